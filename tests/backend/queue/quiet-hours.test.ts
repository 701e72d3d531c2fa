import { expect, test } from 'vitest';
import { clockIn, isQuiet, quietUntil } from '../../../backend/queue/quiet-hours.ts';

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

test.each<[number, number, string, string, string]>([
  [22, 6, 'UTC', '2026-07-01T23:10:00Z', '2026-07-02T06:00:00.000Z'],
  [22, 6, 'UTC', '2026-07-01T05:59:59Z', '2026-07-01T06:00:00.000Z'],
  [22, 7, 'Asia/Kolkata', '2026-07-01T20:00:00Z', '2026-07-02T01:30:00.000Z'],
  // The night in which the clocks go back has an hour more.
  [22, 6, 'Europe/Vienna', '2026-10-24T21:00:00Z', '2026-10-25T05:00:00.000Z'],
  // In Vienna there is no 02:30 in the night in which the clocks go forward.
  [1, 2, 'Europe/Vienna', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
])('quietUntil() from %s to %s in %s at %s is %s', (from, to, timeZone, now, until) => {
  expect(quietUntil({ from, to, timeZone }, new Date(now))?.toISOString()).toBe(until);
});

test('quietUntil() is null outside of them', () => {
  expect(quietUntil({ from: 22, to: 6, timeZone: 'UTC' }, at('06:00'))).toBeNull();
  expect(quietUntil({ from: null, to: null, timeZone: 'UTC' }, at('06:00'))).toBeNull();
});

test('clockIn() shows a moment as the clocks there do', () => {
  expect(clockIn('Asia/Kolkata', at('01:30'))).toBe('07:00');
  expect(clockIn('UTC', at('00:00'))).toBe('00:00');
});
