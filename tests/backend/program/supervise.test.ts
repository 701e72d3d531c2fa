/**
 * Supervised processes: replaced when they end, hang or cannot be started.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { supervise } from '../../../backend/supervise.ts';
import { isAlive, signalTo, until } from '../../support/processes.ts';

const BEATING = new URL('../../support/beating.ts', import.meta.url).href;

function start(env: Record<string, string> = {}, executable?: string) {
  const lines: string[] = [];
  const logged: string[] = [];
  const { stop, restart } = supervise({
    name: 'stand-in',
    script: BEATING,
    env,
    log: (message) => logged.push(message),
    onLine: (line) => lines.push(line),
    ...(executable && { executable }),
  });
  const pids = () => lines.flatMap((line) => /^pid (\d+)$/.exec(line)?.[1] ?? []).map(Number);
  return { lines, logged, stop, restart, pids };
}

test('a process that cannot be started is tried again, and nothing is unhandled', async () => {
  const { logged, stop } = start({}, '/nowhere/deno');
  await until('two attempts', () => logged.length >= 2);
  expect(logged[0]).toMatch(/^The stand-in could not be started \(.*\/nowhere\/deno.*\); another/);
  await stop();
});

for (const how of ['is frozen', 'has a blocked event loop']) {
  test(`a process that ${how} is killed and replaced within 30 s`, async () => {
    const blocked = how !== 'is frozen';
    const { logged, stop, pids, lines } = start(blocked ? { BLOCK_FILE: await unused() } : {});
    const [first = 0] = await until('the first one', () => pids().length > 0 && pids());
    await until('a heartbeat', () => lines.includes('beaten'));
    const at = performance.now();
    if (blocked) lines.push('it blocks by itself');
    else signalTo(first, 'SIGSTOP');
    await until('another one', () => pids().length === 2);
    expect(performance.now() - at).toBeLessThan(30_000);
    expect(isAlive(first)).toBe(false);
    expect(logged[0]).toContain(`The stand-in hangs (process ${first}): no heartbeat`);
    // Heartbeats are not printed.
    expect(lines.join('')).not.toContain('\x05');
    await stop();
    expect(pids().filter(isAlive)).toEqual([]);
  });
}

test('a restart ends the process and starts another one without a wait', async () => {
  const { logged, stop, restart, pids } = start();
  const [first = 0] = await until('the first one', () => pids().length > 0 && pids());
  restart();
  const [, second = 0] = await until('another one', () => pids().length === 2 && pids());
  expect(isAlive(first)).toBe(false);
  expect(isAlive(second)).toBe(true);
  expect(logged).toEqual([]);
  await stop();
  expect(pids().filter(isAlive)).toEqual([]);
});

test('a restart while another attempt is waited for begins it at once, with short waits', async () => {
  const { logged, stop, restart } = start({}, '/nowhere/deno');
  await until('a longer wait', () => logged.length >= 3);
  expect(logged[2]).toMatch(/in 1000 ms$/);
  const before = logged.length;
  restart();
  await until('another attempt', () => logged.length > before);
  expect(logged[before]).toMatch(/in 250 ms$/);
  await stop();
});

/** The name of a file that is not there. */
async function unused(): Promise<string> {
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  return path;
}
