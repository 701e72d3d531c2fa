/**
 * Something that does not get on is noticed after its limit, unless that is the fault of another.
 *
 * @module
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startWatchdog, type Watchdog } from '../../../backend/lifetime/watchdog.ts';

let watchdog: Watchdog;
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  watchdog.stop();
  vi.useRealTimers();
});

function watch() {
  const state = { pulse: 0 as number | null, own: true, stuck: 0 };
  watchdog = startWatchdog({
    pulse: () => state.pulse,
    seconds: 5,
    isOwnFault: () => state.own ? Promise.resolve(true) : Promise.reject(new Error('No answer')),
    onStuck: () => state.stuck++,
  });
  return state;
}

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

test('Watchdog: is stuck after its limit, again after it once more, and not once it gets on', async () => {
  const state = watch();
  await seconds(4);
  expect([state.stuck, watchdog.isStuck]).toEqual([0, false]);
  await seconds(1);
  expect([state.stuck, watchdog.isStuck]).toEqual([1, true]);
  await seconds(5);
  expect(state.stuck).toBe(2);
  state.pulse = 1;
  await seconds(1);
  expect(watchdog.isStuck).toBe(false);
  await seconds(4);
  expect(state.stuck).toBe(2);
});

test('Watchdog: while nothing is due, and while it gets on, no time passes', async () => {
  const state = watch();
  for (const pulse of [null, 1, 2]) {
    await seconds(4);
    state.pulse = pulse;
  }
  await seconds(5);
  state.pulse = null;
  await seconds(60);
  expect(state.stuck).toBe(0);
});

test('Watchdog: the fault of another starts the time anew', async () => {
  const state = watch();
  state.own = false;
  await seconds(59);
  expect(state.stuck).toBe(0);
  state.own = true;
  await seconds(5);
  expect(state.stuck).toBe(1);
});
