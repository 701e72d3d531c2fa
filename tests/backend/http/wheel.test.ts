import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { Wheel } from '../../../backend/http/wheel.ts';

afterEach(() => vi.useRealTimers());

test('Wheel wakes everybody in time, once, and nobody who has left', () => {
  const waiter = fc.record({ ms: fc.nat(3_000), leaves: fc.option(fc.nat(3_000)) });
  fc.assert(
    fc.property(fc.array(waiter, { maxLength: 50 }), (waiters) => {
      let now = 1_000_000;
      const wheel = new Wheel({ now: () => now, stepMs: 50 });
      const woken = new Map<number, number>();
      const leave = waiters.map(({ ms }, at) =>
        wheel.at(now + ms, () => {
          expect(woken.has(at)).toBe(false);
          woken.set(at, now - 1_000_000);
        })
      );
      for (let passed = 0; passed <= 3_200; passed += 10) {
        now = 1_000_000 + passed;
        waiters.forEach(({ leaves }, at) => {
          if (leaves !== null && passed >= leaves) leave[at]!();
        });
        wheel.turn();
      }
      waiters.forEach(({ ms, leaves }, at) => {
        const at_ = woken.get(at);
        if (at_ === undefined) expect(leaves).not.toBeNull();
        else expect(at_ - ms).toSatisfy((late: number) => late >= 0 && late <= 110);
      });
      expect(wheel.isTurning).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test('ten thousand waiters share one timer, which ends with the last of them', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const wheel = new Wheel();
  let woken = 0;
  const leave = Array.from(
    { length: 10_000 },
    (_, at) => wheel.at(performance.now() + 500 + at % 1_000, () => woken++),
  );
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(800);
  expect(woken).toBeGreaterThan(2_000);
  expect(woken).toBeLessThan(4_000);
  leave.forEach((each) => each());
  expect(vi.getTimerCount()).toBe(0);
});
