import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import { WhileVisible } from '../../frontend/src/lib/polling/while-visible.ts';
import { fakePage } from './fakes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const until = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('WhileVisible', () => {
  it('does a round, waits as long as the round says, and keeps one timer', async () => {
    const targets = fakePage();
    const round = vi.fn(() => Promise.resolve(2_000));
    const loop = new WhileVisible(round, { targets });
    loop.start();
    loop.start();
    await until(0);
    expect([round.mock.calls.length, vi.getTimerCount()]).toEqual([1, 1]);
    await until(1_999);
    expect(round).toHaveBeenCalledTimes(1);
    await until(4_001);
    expect(round).toHaveBeenCalledTimes(4);
    loop.stop();
    await until(60_000);
    expect(round).toHaveBeenCalledTimes(4);
    expect(targets.listeners()).toBe(0);
  });

  it('has no timer while the page is hidden, and asks at once when it is seen again', async () => {
    const targets = fakePage();
    const round = vi.fn(() => Promise.resolve(1_000));
    const loop = new WhileVisible(round, { targets });
    loop.start();
    await until(0);
    targets.becomeHidden();
    await until(60_000);
    expect([round.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
    targets.comeOnline();
    await until(0);
    expect(round).toHaveBeenCalledTimes(1);
    targets.becomeVisible();
    await until(0);
    expect(round).toHaveBeenCalledTimes(2);
    loop.stop();
  });

  it('waits longer after each failure in a row, and as before once it works again', async () => {
    const works = [false, false, false, true, false];
    const moments: number[] = [];
    const round = () => {
      moments.push(Date.now());
      return works.shift() ? Promise.resolve(100) : Promise.reject(new Error('No'));
    };
    const options = { targets: fakePage(), failureMs: 1_000, longestMs: 3_000, random: () => 1 };
    const loop = new WhileVisible(round, options);
    loop.start();
    await until(7_200);
    loop.stop();
    expect(moments.slice(1).map((at, index) => at - moments[index]!)).toEqual([
      1_000,
      2_000,
      3_000,
      100,
      1_000,
    ]);
  });

  it('waits no shorter than the server asks', async () => {
    const round = vi.fn(() =>
      Promise.reject(
        new ApiError('Busy', { code: 'unavailable', status: 503, retryAfterMs: 9_000 }),
      )
    );
    const loop = new WhileVisible(round, { targets: fakePage() });
    loop.start();
    await until(8_999);
    expect(round).toHaveBeenCalledTimes(1);
    await until(1);
    expect(round).toHaveBeenCalledTimes(2);
    loop.stop();
  });

  it('ends when the round says so', async () => {
    const targets = fakePage();
    const round = vi.fn(() => Promise.resolve(null));
    const loop = new WhileVisible(round, { targets });
    loop.start();
    await until(60_000);
    await loop.now();
    expect([round.mock.calls.length, targets.listeners()]).toEqual([1, 0]);
  });

  it('overtakes a round that is under way, whose end then counts for nothing', async () => {
    const signals: AbortSignal[] = [];
    const ends: ((ms: number) => void)[] = [];
    const round = (signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<number>((resolve) => ends.push(resolve));
    };
    const loop = new WhileVisible(round, { targets: fakePage() });
    loop.start();
    const second = loop.now();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    ends[0]!(5);
    await until(100);
    expect(signals.length).toBe(2);
    ends[1]!(5_000);
    await second;
    expect(vi.getTimerCount()).toBe(1);
    loop.stop();
  });
});
