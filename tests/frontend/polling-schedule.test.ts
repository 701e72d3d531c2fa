/**
 * When a poller asks next.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolvePace } from '../../frontend/src/lib/polling/options.ts';
import { delayAfterAnswer, delayAfterFailure } from '../../frontend/src/lib/polling/schedule.ts';

const pace = resolvePace({});
const chance = fc.double({ min: 0, max: 0.999, noNaN: true });

describe('delayAfterAnswer()', () => {
  const none = { retryAfterMs: undefined, estimateMs: 8_000 };

  it('is the interval, once a second by default', () => {
    expect(delayAfterAnswer(pace, none, () => 0)).toBe(1_000);
  });

  it('is never shorter than Retry-After', () => {
    expect(delayAfterAnswer(pace, { ...none, retryAfterMs: 5_000 }, () => 0)).toBe(5_000);
  });

  it('follows the estimate when adaptive, spread by a tenth', () => {
    const adaptive = resolvePace({ pacing: 'adaptive' });
    expect(delayAfterAnswer(adaptive, none, () => 0)).toBe(7_200);
    expect(delayAfterAnswer(adaptive, none, () => 0.5)).toBe(8_000);
  });

  it('stays between interval and maxInterval when adaptive', () => {
    const adaptive = resolvePace({ pacing: 'adaptive' });
    fc.assert(fc.property(fc.nat(10_000_000), chance, (estimateMs, luck) => {
      const delay = delayAfterAnswer(adaptive, { retryAfterMs: undefined, estimateMs }, () => luck);
      expect(delay).toBeGreaterThanOrEqual(1_000);
      expect(delay).toBeLessThanOrEqual(30_000);
    }));
  });
});

describe('delayAfterFailure()', () => {
  it('is full jitter below a bound that doubles up to maxInterval', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), chance, (failures, luck) => {
      const bound = Math.min(1_000 * 2 ** failures, 30_000);
      expect(delayAfterFailure(pace, failures, undefined, () => luck)).toBeCloseTo(luck * bound);
    }));
  });

  it('keeps Retry-After and spreads over one interval behind it', () => {
    fc.assert(fc.property(fc.nat(600_000), chance, (wait, luck) => {
      const delay = delayAfterFailure(pace, 3, wait, () => luck);
      expect(delay).toBeGreaterThanOrEqual(wait);
      expect(delay).toBeLessThan(wait + 1_000);
    }));
  });
});

describe('resolvePace()', () => {
  it('takes defaults for what is undefined', () => {
    expect(resolvePace({ interval: undefined as unknown as number }).interval).toBe(1_000);
  });

  it.each([
    { interval: 0 },
    { interval: NaN },
    { staleTimeout: -1 },
    { maxErrorRetries: -1 },
    { errorBackoffMultiplier: 0.5 },
    { maxInterval: 0 },
    { requestTimeout: 0 },
  ])('throws RangeError on %o', (options) => {
    expect(() => resolvePace(options)).toThrow(RangeError);
  });
});
