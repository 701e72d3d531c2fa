/**
 * A short run of `deno task chaos`: faults of many kinds below the real program.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { runChaos } from '../../chaos/run.ts';

const SEED = 390;

test('six faults of many kinds: every file ends right, and nothing untrue is told', async () => {
  const log: string[] = [];
  const { problems, output } = await runChaos({
    faults: 6,
    seed: SEED,
    pauseMs: 500,
    log: (line) => log.push(line),
  });
  if (problems.length > 0) console.error(`${log.join('\n')}\n${output}`);
  expect(problems).toEqual([]);
});
