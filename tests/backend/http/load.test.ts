import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LoadMeter } from '../../../backend/http/load.ts';

/** A process that has been like this for long. */
function settled(meter: LoadMeter, { lateMs = 0, pollMs = 0 }): number {
  for (let look = 0; look < 40; look++) {
    if (pollMs > 0) meter.answered(pollMs);
    meter.look(lateMs);
  }
  return meter.factor();
}

describe('LoadMeter', () => {
  test('is 1 in a calm process', () => {
    expect(new LoadMeter(4).factor()).toBe(1);
    expect(settled(new LoadMeter(4), { lateMs: 20, pollMs: 50 })).toBe(1);
  });

  test('follows late timers and slow polls, whichever is worse', () => {
    expect(settled(new LoadMeter(4), { lateMs: 260 })).toBe(2.5);
    expect(settled(new LoadMeter(4), { pollMs: 310, lateMs: 10 })).toBe(3);
  });

  test('calms down again when nobody polls any more', () => {
    const meter = new LoadMeter(4);
    settled(meter, { pollMs: 1_000 });
    expect(meter.factor()).toBe(4);
    expect(settled(meter, {})).toBe(1);
  });

  test('does not take one late timer, or a machine that slept, for load', () => {
    const meter = new LoadMeter(4);
    meter.look(300);
    expect(meter.factor()).toBe(1);
    meter.look(8 * 3_600_000);
    for (let look = 0; look < 6; look++) meter.look(0);
    expect(meter.factor()).toBe(1);
  });

  test('stays between 1 and its bound; a bound of 1 turns it off', () => {
    const delays = fc.array(fc.tuple(fc.nat(100_000), fc.nat(100_000)), { maxLength: 30 });
    fc.assert(fc.property(delays, fc.integer({ min: 0, max: 10 }), (looks, most) => {
      const meter = new LoadMeter(most);
      for (const [pollMs, lateMs] of looks) {
        meter.answered(pollMs);
        meter.look(lateMs);
        expect(meter.factor()).toBeGreaterThanOrEqual(1);
        expect(meter.factor()).toBeLessThanOrEqual(Math.max(1, most));
      }
    }));
  });
});
