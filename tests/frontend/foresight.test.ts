/**
 * What a tab expects of a session, from what is said and what it has seen.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { nextLookMs } from '../../backend/progress/next-look.ts';
import { expectWait, see, type Sight } from '../../frontend/src/lib/polling/foresight.ts';
import { sessionOf } from './fakes.ts';

/** As the server tells it. */
function told(etaSeconds: number | null, given: Partial<SessionStatusDocument> = {}, load = 1) {
  const { status } = sessionOf(given);
  return sessionOf({
    eta_seconds: etaSeconds === null ? null : Math.ceil(etaSeconds),
    retry_after_ms: nextLookMs({ status, etaSeconds, workSeconds: null }, load),
    ...given,
  });
}

const firstSight = (document: SessionStatusDocument) => see(null, document, 0);
const seconds = fc.double({ min: 0, max: 100_000, noNaN: true });

/** A job seen at even speed so far, with an estimate that is off by a factor. */
function seen(whole: number, from: number, to: number, off: number): Sight {
  const at = (fraction: number) =>
    told(off * whole * (1 - fraction), { progress: 100 * fraction, last_updated: fraction });
  const before = see(null, at(from), 1_000 * whole * from);
  return see(before, at(to), 1_000 * whole * to);
}

describe('expectWait()', () => {
  it('is a quarter of what is said to be left, between one second and ten', () => {
    fc.assert(fc.property(seconds, (left) => {
      const wait = expectWait(firstSight(told(left)), 0);
      expect(wait).toBeGreaterThanOrEqual(1_000);
      expect(wait).toBeLessThanOrEqual(10_000);
      if (left > 4 && left < 40) expect(Math.abs(wait - 250 * left)).toBeLessThanOrEqual(125);
    }));
  });

  it('grows with the time left, so that it is never slowest near the end', () => {
    fc.assert(fc.property(seconds, seconds, (one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      expect(expectWait(firstSight(told(less)), 0))
        .toBeLessThanOrEqual(expectWait(firstSight(told(more)), 0));
    }));
  });

  it('is what the server asks where only that is known, less as it gets old', () => {
    const queued = firstSight(sessionOf({ status: 'queued', retry_after_ms: 8_000, progress: 0 }));
    expect(expectWait(queued, 0)).toBe(8_000);
    expect(expectWait(queued, 8_000)).toBe(6_000);
    expect(expectWait(queued, 3_600_000)).toBe(1_000);
  });

  it('sees a wrong estimate through once the session has moved', () => {
    const factors = fc.double({ min: 0.25, max: 4, noNaN: true });
    fc.assert(fc.property(factors, fc.double({ min: 0.2, max: 0.35, noNaN: true }), (off, to) => {
      const left = 200 * (1 - to);
      const wait = expectWait(seen(200, 0, to, off), 200_000 * to, 3_600_000);
      expect(Math.abs(wait / (250 * left) - 1)).toBeLessThan(0.1);
    }));
  });

  it('takes even steps of two seconds at most to the end it has measured, and does not pass it', () => {
    const ends = fc.double({ min: 1.2, max: 7.9, noNaN: true });
    fc.assert(fc.property(ends, (left) => {
      const whole = 60;
      const wait = expectWait(seen(whole, 0.1, 1 - left / whole, 1), 1_000 * (whole - left));
      expect(wait).toBeLessThanOrEqual(2_000);
      const steps = 1_000 * left / wait;
      expect(Math.abs(steps - Math.round(steps))).toBeLessThan(0.12);
    }));
  });

  it('does not go below one second at the very end', () => {
    expect(expectWait(seen(60, 0.1, 0.999, 1), 59_940)).toBe(1_000);
  });

  it('does not measure what came before the session moved', () => {
    const still = told(100, { progress: 0 });
    let sight = firstSight(still);
    for (const at of [10_000, 20_000, 30_000]) {
      sight = see(sight, { ...still, message: `${at}` }, at);
    }
    sight = see(sight, told(90, { progress: 10 }), 40_000);
    // Ten percent in ten seconds, not in forty: ninety seconds are left.
    expect(expectWait(sight, 40_000, 60_000)).toBeCloseTo(22_500, -3);
  });

  it('keeps what the server adds under load', () => {
    const calm = expectWait(firstSight(told(20)), 0);
    expect(expectWait(firstSight(told(20, {}, 3)), 0)).toBeCloseTo(3 * calm);
  });

  it('has nothing but its own measure where the server has no estimate', () => {
    const at = (progress: number) => told(null, { progress, last_updated: progress });
    const sight = see(see(null, at(0), 0), at(50), 40_000);
    expect(expectWait(sight, 40_000)).toBe(10_000);
    expect(expectWait(firstSight(at(50)), 0)).toBe(1_000);
  });
});

describe('see()', () => {
  const extracting = sessionOf({ phase: 'extract' });

  it.each(
    [
      { phase: 'index' },
      { status: 'paused' },
      { attempt: 2 },
    ] satisfies Partial<SessionStatusDocument>[],
  )('is a step, and forgets: %o', (change) => {
    const before = see(firstSight(extracting), sessionOf({ progress: 50 }), 5_000);
    const after = see(before, sessionOf({ progress: 60, ...change }), 6_000);
    expect(after).toMatchObject({ stepped: true, first: { at: 6_000, progress: 60 } });
    expect(see(after, after.document, 7_000).stepped).toBe(false);
  });

  it('is no step when files of many take turns', () => {
    const many = { total_files: 3 };
    const before = firstSight(sessionOf({ ...many, phase: 'extract' }));
    expect(see(before, sessionOf({ ...many, phase: 'index' }), 1).stepped).toBe(false);
    expect(see(before, sessionOf({ ...many, phase: 'queue' }), 1).stepped).toBe(true);
  });

  it('is no step at first sight', () => {
    expect(firstSight(extracting).stepped).toBe(false);
  });
});
