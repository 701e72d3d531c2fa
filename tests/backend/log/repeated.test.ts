import { expect, test } from 'vitest';
import { createRepeatedLog } from '../../../backend/log/repeated.ts';

const MINUTE = 60_000;
/** As a database wraps it: the row is another one each time. */
const refused = (row: string, message: string) =>
  new Error(`Failed query: update ${row}`, { cause: new Error(message) });

test('a cause is logged at once, and again after growing pauses', () => {
  const logged: number[] = [];
  let now = 0;
  const log = createRepeatedLog(() => logged.push(now / MINUTE), () => now);
  for (; now < 20 * MINUTE; now += 10_000) log('Reconciling', refused(`${now}`, 'Not this one'));
  expect(logged).toEqual([0, 1, 3, 7, 15]);
});

test('the pause does not grow over six hours', () => {
  const logged: number[] = [];
  let now = 0;
  const log = createRepeatedLog(() => logged.push(now / MINUTE), () => now);
  for (; now < 5_000 * MINUTE; now += MINUTE) log('Reconciling', refused('a', 'Not this one'));
  const pauses = logged.slice(1).map((at, index) => at - logged[index]!);
  expect(Math.max(...pauses)).toBe(360);
});

test('another cause, or the same of other work, is logged at once', () => {
  const logged: string[] = [];
  const log = createRepeatedLog((message) => logged.push(message), () => 0);
  log('Reconciling', refused('a', 'First'));
  log('Reconciling', refused('b', 'First'));
  log('Reconciling', refused('a', 'Second'));
  log('Cleaning', refused('a', 'First'));
  log('Cleaning', 'First');
  expect(logged).toEqual([
    expect.stringMatching(/^Reconciling failed: [^]*Caused by Error: First/),
    expect.stringMatching(/^Reconciling failed: [^]*Caused by Error: Second/),
    expect.stringMatching(/^Cleaning failed: [^]*Caused by Error: First/),
    'Cleaning failed: First',
  ]);
});

test('a cause that was away for half an hour is logged at once', () => {
  const logged: number[] = [];
  let now = 0;
  const log = createRepeatedLog(() => logged.push(now / MINUTE), () => now);
  for (; now < 100 * MINUTE; now += MINUTE) log('Reconciling', 'down');
  now += 30 * MINUTE;
  log('Reconciling', 'down');
  expect(logged.at(-1)).toBe(130);
});
