/**
 * A process that nothing supervises ends when its event loop is blocked.
 *
 * @module
 */
import { afterEach, expect, test } from 'vitest';
import { endPrograms, startProgram, until } from '../../support/processes.ts';

afterEach(endPrograms);

test('a process that spins is ended by its thread, and says why', async () => {
  const program = startProgram({ args: ['tests/support/spinning.ts'] });
  await program.printed(/spins/);
  const { signal } = await program.ended;
  expect(signal).toBe('SIGKILL');
  await until('its reason', () => program.output.includes('its event loop is blocked'));
});
