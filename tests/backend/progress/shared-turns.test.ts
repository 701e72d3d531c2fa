import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SharedTurns } from '../../../backend/progress/shared-turns.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a long turn is followed by a longer rest, though by none beyond measure', async () => {
  const begun: number[] = [];
  const lengths = [2, 20, 500, 0];
  const turns = new SharedTurns(async () => {
    begun.push(Date.now());
    await new Promise((resolve) => setTimeout(resolve, lengths[begun.length - 1]));
  }, { gapMs: 10, mostGapMs: 100, now: () => Date.now() });
  for (const _ of lengths) {
    const asked = [turns.take(), turns.take()];
    await vi.runAllTimersAsync();
    await Promise.all(asked);
  }
  const rests = begun.slice(1).map((at, turn) => at - begun[turn]! - lengths[turn]!);
  expect(rests).toEqual([10, 60, 100]);
});
