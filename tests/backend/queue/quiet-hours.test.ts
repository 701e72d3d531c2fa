import { expect, test } from 'vitest';
import { isQuiet } from '../../../backend/queue/quiet-hours.ts';

const at = (time: string) => new Date(`2026-07-01T${time}:00Z`);

test.each<[number | null, number | null, string, string, boolean]>([
  [9, 17, 'UTC', '08:59', false],
  [9, 17, 'UTC', '09:00', true],
  [9, 17, 'UTC', '16:59', true],
  [9, 17, 'UTC', '17:00', false],
  [22, 6, 'UTC', '21:59', false],
  [22, 6, 'UTC', '22:00', true],
  [22, 6, 'UTC', '00:00', true],
  [22, 6, 'UTC', '05:59', true],
  [22, 6, 'UTC', '06:00', false],
  [22, 6, 'Europe/Vienna', '20:00', true],
  [22, 6, 'Europe/Vienna', '04:00', false],
  [0, 1, 'Asia/Kolkata', '18:30', true],
  [null, null, 'UTC', '03:00', false],
  [5, 5, 'UTC', '05:00', false],
])('isQuiet() from %s to %s in %s at %s UTC is %s', (from, to, timeZone, time, quiet) => {
  expect(isQuiet({ from, to, timeZone }, at(time))).toBe(quiet);
});

test('isQuiet() follows the change to winter time', () => {
  const hours = { from: 22, to: 6, timeZone: 'Europe/Vienna' };
  expect(isQuiet(hours, new Date('2026-07-01T04:30:00Z'))).toBe(false);
  expect(isQuiet(hours, new Date('2026-12-01T04:30:00Z'))).toBe(true);
});
