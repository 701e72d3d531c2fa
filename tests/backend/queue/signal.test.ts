import { describe, expect, test } from 'vitest';
import { Signal } from '../../../backend/queue/signal.ts';

const NEVER_MS = 60_000;
const never = new AbortController().signal;

describe('Signal', () => {
  test('wakes who waits', async () => {
    const signal = new Signal();
    const waiting = signal.wait(NEVER_MS, never);
    signal.notify();
    await waiting;
  });

  test('remembers one notification that came before, and only one', async () => {
    const signal = new Signal();
    signal.notify();
    signal.notify();
    await signal.wait(NEVER_MS, never);
    expect(await settles(signal.wait(20, never), 5)).toBe(false);
  });

  test('one that came while somebody was woken counts for the wait after', async () => {
    const signal = new Signal();
    const waiting = signal.wait(NEVER_MS, never);
    signal.notify();
    await waiting;
    signal.notify();
    await signal.wait(NEVER_MS, never);
  });

  test('wakes after the time, and at once when it stops', async () => {
    const signal = new Signal();
    await signal.wait(1, never);
    const stop = new AbortController();
    const waiting = signal.wait(NEVER_MS, stop.signal);
    stop.abort();
    await waiting;
    await signal.wait(NEVER_MS, stop.signal);
  });
});

async function settles(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), ms));
  return await Promise.race([work.then(() => true), late]);
}
