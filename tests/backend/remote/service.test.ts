import { text } from '../../../backend/contract/messages/catalogue.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RemoteStatus } from '../../../backend/contract/remote.ts';
import { RemoteError } from '../../../backend/remote/remote-error.ts';
import { createRemoteService, type RemoteServiceOptions } from '../../../backend/remote/service.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => vi.useRealTimers());

function make(options: Partial<RemoteServiceOptions> = {}) {
  const changes: RemoteStatus[] = [];
  const service = createRemoteService({
    name: 'analysis',
    random: () => 1 / 2,
    onChange: (status) => changes.push(status),
    ...options,
  });
  return { service, changes };
}

const outage = (retryAfterSeconds: number | null = null) =>
  new RemoteError('outage', text('It has a failure of its own'), { retryAfterSeconds });

/** Fails so many times, then succeeds; tells when it was called. */
function failing(times: number, error: () => Error = outage) {
  const calledAt: number[] = [];
  const work = () => {
    calledAt.push(Date.now() - START);
    return calledAt.length <= times ? Promise.reject(error()) : Promise.resolve('done');
  };
  return { calledAt, work };
}

/** Lets time pass until the promise is settled. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await vi.advanceTimersByTimeAsync(120_000);
  return await promise;
}

test('call() tries again with growing, jittered pauses', async () => {
  const { calledAt, work } = failing(3);
  expect(await settled(make().service.call(work))).toBe('done');
  expect(calledAt).toEqual([0, 250, 750, 1750]);
});

test('call() waits as long as the service asks for, and a little jitter', async () => {
  const busy = () => new RemoteError('busy', text('Too much to do'), { retryAfterSeconds: 7 });
  const { calledAt, work } = failing(1, busy);
  await settled(make().service.call(work));
  expect(calledAt).toEqual([0, 7062]);
});

test('call() leaves a longer Retry-After to its caller', async () => {
  const { calledAt, work } = failing(1, () => outage(300));
  await expect(settled(make().service.call(work))).rejects.toMatchObject({
    retryAfterSeconds: 300,
  });
  expect(calledAt).toHaveLength(1);
});

test.each(['refused', 'missing'] as const)('call() does not repeat what is %s', async (failure) => {
  const { calledAt, work } = failing(1, () => new RemoteError(failure, text('No')));
  await expect(settled(make().service.call(work))).rejects.toMatchObject({ failure });
  expect(calledAt).toHaveLength(1);
});

test('call() ends an attempt that takes too long, and aborts its signal', async () => {
  const { service } = make({ retries: 0, attemptMs: 2_500 });
  let aborted = false;
  const work = (signal: AbortSignal) =>
    new Promise<never>(() => signal.addEventListener('abort', () => aborted = true));
  await expect(settled(service.call(work))).rejects.toThrow(
    'The analysis service did not answer within 2.5 s',
  );
  expect(aborted).toBe(true);
});

test('call() ends at once with the reason of its signal, also between attempts', async () => {
  const stop = new AbortController();
  const { calledAt, work } = failing(9);
  const call = make().service.call(work, { signal: stop.signal });
  call.catch(() => {});
  await vi.advanceTimersByTimeAsync(100);
  stop.abort(new Error('Given way'));
  await expect(call).rejects.toThrow('Given way');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calledAt).toHaveLength(1);
});

test('a service that fails again and again is left alone, asked again, and back', async () => {
  const { service, changes } = make({ retries: 0 });
  const { calledAt, work } = failing(6);
  const call = () => service.call(work).catch((error) => error);
  for (let i = 0; i < 5; i++) await call();
  expect(service.status).toMatchObject({ status: 'down', error: 'It has a failure of its own' });
  expect(await call()).toMatchObject({ failure: 'outage', retryAfterSeconds: 5 });
  expect(calledAt).toHaveLength(5);

  await vi.advanceTimersByTimeAsync(5_000);
  await call();
  expect(calledAt).toHaveLength(6);
  expect(await call()).toMatchObject({ retryAfterSeconds: 10 });

  await vi.advanceTimersByTimeAsync(10_000);
  expect(await call()).toBe('done');
  expect(service.status).toEqual({
    service: 'analysis',
    status: 'up',
    since: START / 1000 + 15,
    retry_at: null,
    error: null,
    error_details: null,
  });
  expect(changes.map(({ status, since, retry_at }) => [status, since, retry_at])).toEqual([
    ['down', START / 1000, START / 1000 + 5],
    ['down', START / 1000, START / 1000 + 15],
    ['up', START / 1000 + 15, null],
  ]);
});

test('a service that refuses, is busy, or is given up by its caller is not down', async () => {
  const { service } = make({ retries: 0, failures: 1 });
  for (const failure of ['refused', 'missing', 'busy'] as const) {
    await service.call(() => Promise.reject(new RemoteError(failure, text('No')))).catch(() => {});
  }
  const stop = new AbortController();
  const call = service.call(() => new Promise<never>(() => {}), { signal: stop.signal });
  stop.abort(new Error('Enough'));
  await expect(call).rejects.toThrow('Enough');
  expect(service.status.status).toBe('up');
});

test('a clock that is set back by two hours does not lengthen the time it is left alone', async () => {
  const { service } = make({ retries: 0, failures: 1 });
  const { calledAt, work } = failing(1);
  const call = () => service.call(work).catch((error) => error);
  await call();
  vi.setSystemTime(START - 2 * 60 * 60 * 1000);
  expect([service.restSeconds, service.status.retry_at]).toEqual([5, START / 1000 - 7_195]);
  expect(await call()).toMatchObject({ failure: 'outage', retryAfterSeconds: 5 });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(service.restSeconds).toBe(0);
  expect(await call()).toBe('done');
  expect(calledAt).toHaveLength(2);
});
