/**
 * When a poller asks next.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POLLING_PRESETS, resolvePace } from '../../frontend/src/lib/polling/options.ts';
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

  const adaptive = resolvePace({ pacing: 'adaptive' });
  const estimates = fc.integer({ min: 0, max: 10_000_000 });

  it('follows the estimate when adaptive, within a tenth, interval and maxInterval', () => {
    fc.assert(fc.property(estimates, chance, (estimateMs, luck) => {
      const delay = delayAfterAnswer(adaptive, { retryAfterMs: undefined, estimateMs }, () => luck);
      const meant = Math.min(30_000, Math.max(1_000, estimateMs));
      expect(Math.abs(delay - meant)).toBeLessThanOrEqual(meant / 10 + 1e-6);
      expect(delay).toBeGreaterThanOrEqual(1_000);
      expect(delay).toBeLessThanOrEqual(30_000);
    }));
  });

  it('spreads by a tenth either way', () => {
    expect(delayAfterAnswer(adaptive, none, () => 0)).toBe(7_200);
    expect(delayAfterAnswer(adaptive, none, () => 0.5)).toBe(8_000);
    expect(delayAfterAnswer(adaptive, none, () => 0.999)).toBeCloseTo(8_800, -1);
  });

  it('grows with the estimate', () => {
    fc.assert(fc.property(estimates, estimates, chance, (one, other, luck) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)].map((estimateMs) =>
        delayAfterAnswer(adaptive, { retryAfterMs: undefined, estimateMs }, () => luck)
      );
      expect(less).toBeLessThanOrEqual(more!);
    }));
  });

  it('obeys Retry-After at any pace, seen or hidden', () => {
    const hints = fc.record({
      retryAfterMs: fc.nat(600_000),
      estimateMs: fc.option(estimates, { nil: undefined }),
      stepped: fc.boolean(),
      hidden: fc.boolean(),
    });
    fc.assert(fc.property(hints, fc.constantFrom(pace, adaptive), chance, (given, of, luck) => {
      const delay = delayAfterAnswer(of, given, () => luck);
      expect(delay).toBeGreaterThanOrEqual(Math.max(1_000, given.retryAfterMs));
    }));
  });

  it('is the interval after a change of step, whatever was expected', () => {
    fc.assert(fc.property(estimates, chance, fc.boolean(), (estimateMs, luck, hidden) => {
      const hints = { retryAfterMs: undefined, estimateMs, stepped: true, hidden };
      expect(delayAfterAnswer(adaptive, hints, () => luck)).toBe(1_000);
    }));
  });

  it('is adaptive on a hidden page at a fixed pace too', () => {
    const hidden = { ...none, hidden: true };
    expect(delayAfterAnswer(pace, hidden, () => 0.5)).toBe(8_000);
    expect(delayAfterAnswer(pace, { ...hidden, estimateMs: 300_000 }, () => 0.5)).toBe(30_000);
    expect(delayAfterAnswer(pace, { ...hidden, estimateMs: undefined }, () => 0.5)).toBe(5_000);
  });

  it('is the interval where nothing is expected', () => {
    const nothing = { retryAfterMs: undefined, estimateMs: undefined };
    expect(delayAfterAnswer(adaptive, nothing, () => 0.9)).toBe(1_000);
  });
});

describe('delayAfterFailure()', () => {
  it('is full jitter below a bound that doubles up to maxInterval', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), chance, (failures, luck) => {
      const bound = Math.min(1_000 * 2 ** failures, 30_000);
      expect(delayAfterFailure(pace, failures, undefined, () => luck)).toBeCloseTo(luck * bound);
    }));
  });

  it('is never less after more failures, with the same luck', () => {
    fc.assert(fc.property(fc.nat(40), chance, (failures, luck) => {
      const after = (count: number) => delayAfterFailure(pace, count, undefined, () => luck);
      expect(after(failures)).toBeLessThanOrEqual(after(failures + 1));
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
    { longPoll: -1 },
    { longPoll: NaN },
  ])('throws RangeError on %o', (options) => {
    expect(() => resolvePace(options)).toThrow(RangeError);
  });
});

describe('POLLING_PRESETS', () => {
  it.each(['development', 'production'] as const)('%s is a whole pace, and frozen', (name) => {
    expect(Object.isFrozen(POLLING_PRESETS[name])).toBe(true);
    expect(resolvePace(POLLING_PRESETS[name])).toMatchObject(POLLING_PRESETS[name]);
  });
});
