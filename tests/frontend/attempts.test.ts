/**
 * What somebody does on a page: under way, failed, tried again.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { Attempts } from '../../frontend/src/lib/state/attempts.svelte.ts';

test('an attempt is busy until it ends', async () => {
  const attempts = new Attempts();
  const work = Promise.withResolvers<void>();
  const outcome = attempts.run(() => work.promise);
  expect(attempts.busy).toBe(true);
  work.resolve();
  await outcome;
  expect([attempts.busy, attempts.error]).toEqual([false, null]);
});

test('a failure is kept until the next attempt, and never thrown', async () => {
  const attempts = new Attempts();
  const refusal = new Error('No room');
  await attempts.run(() => Promise.reject(refusal));
  expect([attempts.busy, attempts.error]).toEqual([false, refusal]);
  const next = attempts.run(() => Promise.resolve());
  expect(attempts.error).toBe(null);
  await next;
  await attempts.run(() => Promise.reject(refusal));
  attempts.forget();
  expect(attempts.error).toBe(null);
});

test('of two attempts at once the page is busy until both have ended', async () => {
  const attempts = new Attempts();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const both = [attempts.run(() => first.promise), attempts.run(() => second.promise)];
  first.resolve();
  await both[0];
  expect(attempts.busy).toBe(true);
  second.resolve();
  await both[1];
  expect(attempts.busy).toBe(false);
});
