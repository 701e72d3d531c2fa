import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextLookMs, retryAfterSeconds } from '../../../backend/progress/next-look.ts';

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const working = (etaSeconds: number | null) =>
  ({ status: 'processing', etaSeconds, workSeconds: null }) as const;

describe('nextLookMs()', () => {
  test('is a quarter of the time left, from one second to ten', () => {
    expect([0, 4, 10, 40, 4_000].map((left) => nextLookMs(working(left))))
      .toEqual([1_000, 1_000, 2_500, 10_000, 10_000]);
  });

  test('grows with the time left and with the load, in proportion', () => {
    const loads = fc.integer({ min: 2, max: 20 }).map((halves) => halves / 2);
    fc.assert(fc.property(seconds, seconds, loads, (one, other, load) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)].map(working);
      expect(nextLookMs(less!)).toBeLessThanOrEqual(nextLookMs(more!));
      const loaded = nextLookMs(less!, load);
      expect(Math.abs(loaded - load * nextLookMs(less!))).toBeLessThanOrEqual(load);
    }));
  });

  test('of who waits goes by the wait, not by the work after it', () => {
    const queued = (etaSeconds: number | null, workSeconds: number | null) =>
      nextLookMs({ status: 'queued', etaSeconds, workSeconds });
    expect(queued(620, 600)).toBe(5_000);
    expect(queued(602, 600)).toBe(1_000);
    expect(queued(100, 600)).toBe(1_000);
    expect(queued(620, 0)).toBe(10_000);
  });

  test('is a second where nobody knows, and slow where nothing moves', () => {
    expect(nextLookMs(working(null))).toBe(1_000);
    expect(nextLookMs({ status: 'queued', etaSeconds: 60, workSeconds: null })).toBe(1_000);
    expect(nextLookMs({ ...working(1), status: 'paused' }, 2)).toBe(10_000);
    expect(nextLookMs({ ...working(null), status: 'completed' })).toBe(60_000);
  });
});

test('Retry-After is a second unless paused or under load', () => {
  expect([retryAfterSeconds('processing'), retryAfterSeconds('queued')]).toEqual([1, 1]);
  expect([retryAfterSeconds('paused'), retryAfterSeconds('processing', 2.5)]).toEqual([5, 3]);
});
