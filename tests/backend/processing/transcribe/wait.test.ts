import { expect, test } from 'vitest';
import { whileWaiting } from '../../../../backend/processing/transcribe/wait.ts';

test('whileWaiting() yields a count of ticks, then returns the result', async () => {
  const work = Promise.withResolvers<string>();
  const waiting = whileWaiting(work.promise, new AbortController().signal, 5);
  expect(await waiting.next()).toEqual({ done: false, value: 1 });
  expect(await waiting.next()).toEqual({ done: false, value: 2 });
  work.resolve('done');
  expect(await waiting.next()).toEqual({ done: true, value: 'done' });
});

test('whileWaiting() throws what the work throws', async () => {
  const waiting = whileWaiting(
    Promise.reject(new Error('broken')),
    new AbortController().signal,
    5,
  );
  await expect(waiting.next()).rejects.toThrow('broken');
});

test('whileWaiting() throws the reason of an abort at once, though the work goes on', async () => {
  const abort = new AbortController();
  const waiting = whileWaiting(new Promise(() => {}), abort.signal, 60_000);
  const next = waiting.next();
  abort.abort('stop');
  await expect(next).rejects.toBe('stop');
  await expect(whileWaiting(new Promise(() => {}), abort.signal, 5).next()).rejects.toBe('stop');
});
