import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DueLoop } from '../../../backend/database/due-loop.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A loop whose looks end when told to. */
function loopOf() {
  const looks: PromiseWithResolvers<number | null>[] = [];
  const errors: unknown[] = [];
  const loop = new DueLoop({
    look: () => {
      looks.push(Promise.withResolvers());
      return looks.at(-1)!.promise;
    },
    onError: (error) => errors.push(error),
  });
  const end = async (ms: number | null) => {
    looks.at(-1)!.resolve(ms);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { loop, looks, errors, end };
}

test('looks again when the next is due, and never later than after five seconds', async () => {
  const { loop, looks, end } = loopOf();
  loop.look();
  await end(800);
  await vi.advanceTimersByTimeAsync(799);
  expect(looks).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks).toHaveLength(2);
  for (const ms of [null, 60_000]) {
    await end(ms);
    const before = looks.length;
    await vi.advanceTimersByTimeAsync(4_999);
    expect(looks).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toHaveLength(before + 1);
  }
});

test('cleans before the first look, and then no more often than it is to', async () => {
  const did: string[] = [];
  const loop = new DueLoop({
    clean: { everyMs: 10_000, work: () => Promise.resolve(did.push('clean')) },
    look: () => Promise.resolve(did.push('look')).then(() => null),
    onError: (error) => did.push(`${error}`),
  });
  loop.look();
  await vi.advanceTimersByTimeAsync(10_000);
  await loop.stop();
  expect(did).toEqual(['clean', 'look', 'look', 'clean', 'look']);
});

test('what is due at once does not make it spin', async () => {
  const { loop, looks, end } = loopOf();
  loop.look();
  await end(-5);
  await vi.advanceTimersByTimeAsync(19);
  expect(looks).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks).toHaveLength(2);
});

test('one look at a time; whoever calls during it is served by one more', async () => {
  const { loop, looks, end } = loopOf();
  loop.look();
  loop.look();
  loop.look();
  expect(looks).toHaveLength(1);
  await end(null);
  await vi.advanceTimersByTimeAsync(20);
  expect(looks).toHaveLength(2);
  await end(null);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(looks).toHaveLength(2);
});

test('called between two looks it looks at once, and not twice', async () => {
  const { loop, looks, end } = loopOf();
  loop.look();
  await end(1_000);
  loop.look();
  expect(looks).toHaveLength(2);
  await end(null);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(looks).toHaveLength(2);
});

test('a look that fails is told, and is not the last one', async () => {
  const { loop, looks, errors } = loopOf();
  loop.look();
  looks[0]!.reject(new Error('no database'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(errors).toEqual([new Error('no database')]);
  expect(looks).toHaveLength(2);
});

test('stop waits for the look under way, and nothing is left', async () => {
  const { loop, looks, end } = loopOf();
  loop.look();
  let stopped = false;
  const stopping = loop.stop().then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).toBe(false);
  await end(0);
  await stopping;
  loop.look();
  expect(vi.getTimerCount()).toBe(0);
  expect(looks).toHaveLength(1);
});
