import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Outlook,
  restOfRun,
  sessionSecondsLeft,
  smooth,
  weightOf,
} from '../../../backend/progress/time-left.ts';

interface Simulation {
  /** Expected seconds of reading, over those it takes. */
  readonly off: number;
  readonly learned: boolean;
  /** Of one segment against another. */
  readonly noise: number;
  readonly segments: number;
  readonly random: () => number;
}

/** Relative errors of what is shown, at each segment's end of a file of 100 s after a start of 2 s. */
function errorsOf({ off, learned, noise, segments, random }: Simulation) {
  const steps = Array.from({ length: segments }, () => 1 + noise * (2 * random() - 1));
  const all = steps.reduce((sum, step) => sum + step, 0);
  const seconds = steps.map((step) => 100 * step / all);
  let elapsed = 2 + seconds[0]!;
  const movedAt = elapsed;
  let shown: number | null = null;
  return seconds.slice(1).map((step, at) => {
    elapsed += step;
    const fraction = (at + 2) / segments;
    const rest = restOfRun({
      startSeconds: 2,
      readingSeconds: 100 * off,
      learned,
      elapsedSeconds: elapsed,
      movingSeconds: elapsed - movedAt,
      movedFraction: fraction - 1 / segments,
      fraction,
    });
    shown = smooth(shown === null ? null : { seconds: shown, agoSeconds: step }, rest);
    const truth = 102 - elapsed;
    return { fraction, error: Math.abs(shown! - truth) / Math.max(truth, 1) };
  });
}

/** Errors while more than `from` and less than `to` of the file is done. */
const between = (errors: ReturnType<typeof errorsOf>, from: number, to: number) =>
  errors.filter(({ fraction }) => fraction > from && fraction < to).map(({ error }) => error);
const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;
/** Even noise; arbitrary numbers would be a conspiracy, not noise. */
const seeded = fc.integer().map((seed) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
});
/** Of one file the noise may be worse than any estimate; of many it is not. */
const manyFiles = fc.array(seeded, { minLength: 25, maxLength: 25 });
const segmentCounts = fc.integer({ min: 20, max: 200 });

describe('restOfRun()', () => {
  test('pace right within noise: the median error after the first tenth is below 20 %', () => {
    const off = fc.double({ min: 0.9, max: 1.1, noNaN: true });
    fc.assert(
      fc.property(off, fc.boolean(), segmentCounts, manyFiles, (off, learned, segments, files) => {
        const errors = files.flatMap((random) =>
          errorsOf({ off, learned, noise: 0.3, segments, random })
        );
        expect(quantile(between(errors, 0.1, 1), 0.5)).toBeLessThan(0.2);
      }),
    );
  });

  test('pace off by four: found out on the way, the median error still below 20 %', () => {
    const off = fc.constantFrom(0.25, 4);
    fc.assert(
      fc.property(off, fc.boolean(), segmentCounts, manyFiles, (off, learned, segments, files) => {
        const errors = files.flatMap((random) =>
          errorsOf({ off, learned, noise: 0.2, segments, random })
        );
        expect(quantile(between(errors, 0.1, 1), 0.5)).toBeLessThan(0.2);
        expect(quantile(between(errors, 0.4, 0.9), 0.95)).toBeLessThan(0.35);
      }),
    );
  });

  test('is never negative, and nothing at the end', () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const run = fc.record({
      startSeconds: amount,
      readingSeconds: amount,
      learned: fc.boolean(),
      elapsedSeconds: amount,
      movingSeconds: amount,
      movedFraction: share,
      fraction: share,
    });
    fc.assert(fc.property(run, (run) => {
      expect(restOfRun(run)).toBeGreaterThanOrEqual(0);
      expect(weightOf(run)).toBeGreaterThanOrEqual(0);
      if (run.fraction < 0.99 && run.readingSeconds > 1) {
        expect(weightOf(run) * (1 - run.fraction)).toBeGreaterThanOrEqual(restOfRun(run) * 0.999);
      }
    }));
  });
});

const outlook = (given: Partial<Outlook>): Outlook => ({
  own: { running: [], waiting: 0 },
  ahead: { running: [], waiting: 0 },
  longestWaiting: 0,
  notBefore: 0,
  workers: 1,
  ...given,
});

describe('sessionSecondsLeft()', () => {
  test('says nothing where nobody works', () => {
    expect(sessionSecondsLeft(outlook({ workers: 0, own: { running: [], waiting: 9 } })))
      .toBeNull();
  });

  test('one worker: what runs, what goes first, and what waits, one after the other', () => {
    const own = { running: [], waiting: 10 };
    const ahead = { running: [5], waiting: 20 };
    expect(sessionSecondsLeft(outlook({ own, ahead }))).toBe(35);
  });

  test('two workers share many files, but not one', () => {
    const own = { running: [], waiting: 100 };
    expect(sessionSecondsLeft(outlook({ own, longestWaiting: 1, workers: 2 }))).toBe(50);
    expect(sessionSecondsLeft(outlook({ own, longestWaiting: 100, workers: 2 }))).toBe(100);
  });

  test('what others do on another worker is no wait', () => {
    const own = { running: [30], waiting: 0 };
    const ahead = { running: [500], waiting: 900 };
    expect(sessionSecondsLeft(outlook({ own, ahead, workers: 2 }))).toBe(30);
    expect(sessionSecondsLeft(outlook({ own, workers: 2 }))).toBe(30);
  });

  test('a file that is tried again later is not done before', () => {
    const own = { running: [], waiting: 3 };
    expect(sessionSecondsLeft(outlook({ own, notBefore: 60 }))).toBe(63);
  });

  test('more to do is never sooner, one worker more never later', () => {
    const amount = fc.nat(1_000);
    const load = fc.record({ running: fc.array(amount, { maxLength: 3 }), waiting: amount });
    fc.assert(
      fc.property(load, load, fc.integer({ min: 1, max: 9 }), amount, (own, ahead, n, more) => {
        const now = outlook({ own, ahead, workers: n });
        const seconds = sessionSecondsLeft(now)!;
        expect(seconds).toBeGreaterThanOrEqual(0);
        const later = { ...now, own: { ...own, waiting: own.waiting + more } };
        expect(sessionSecondsLeft(later)).toBeGreaterThanOrEqual(seconds - 1e-6);
        expect(sessionSecondsLeft({ ...now, workers: n + 1 })).toBeLessThanOrEqual(seconds + 1e-6);
      }),
    );
  });
});

describe('smooth()', () => {
  test('shows the first value as it is, and nothing where nothing is known', () => {
    expect(smooth(null, 42)).toBe(42);
    expect(smooth({ seconds: 10, agoSeconds: 1 }, null)).toBeNull();
  });

  test('counts down by itself, takes a step slowly, and arrives', () => {
    expect(smooth({ seconds: 100, agoSeconds: 1 }, 99)).toBeCloseTo(99);
    const step = smooth({ seconds: 100, agoSeconds: 1 }, 200)!;
    expect(step).toBeGreaterThan(99);
    expect(step).toBeLessThan(130);
    let shown = 100;
    for (let at = 0; at < 40; at++) shown = smooth({ seconds: shown, agoSeconds: 1 }, 200)!;
    expect(shown).toBeGreaterThan(190);
  });

  test('lies between what was shown and what is expected, never below 0', () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(fc.property(amount, amount, amount, (seconds, agoSeconds, now) => {
      const shown = smooth({ seconds, agoSeconds }, now)!;
      const before = Math.max(0, seconds - agoSeconds);
      expect(shown).toBeGreaterThanOrEqual(Math.min(before, now) - 1e-6);
      expect(shown).toBeLessThanOrEqual(Math.max(before, now) + 1e-6);
    }));
  });
});
