/**
 * The poller against a scripted server, with time that the test moves.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import {
  type PollingError,
  type PollingOptions,
  ProgressPoller,
} from '../../frontend/src/lib/utils/polling.ts';
import {
  answer,
  type FakePage,
  fakePage,
  problem,
  type ScriptedServer,
  serverOf,
  sessionOf,
} from './fakes.ts';

const done = () => answer(sessionOf({ status: 'completed', progress: 100, last_updated: 2_000 }));
const working = (progress = 10, init: ResponseInit = {}) =>
  answer(sessionOf({ progress, last_updated: 1_000 + progress }), init);

let page: FakePage;
let poller: ProgressPoller | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  page = fakePage();
});

afterEach(() => {
  poller?.stop();
  poller = undefined;
  // No timer and no listener is left, whatever happened.
  expect(vi.getTimerCount()).toBe(0);
  expect(page.listeners()).toBe(0);
  vi.useRealTimers();
});

function follow(server: ScriptedServer, options: PollingOptions = {}) {
  const seen: SessionStatusDocument[] = [];
  const completed = vi.fn<(status: SessionStatusDocument) => void>();
  const failed = vi.fn<(error: PollingError) => void>();
  poller = new ProgressPoller('s1', completed, failed, {
    fetch: server.fetch,
    wakeTargets: page,
    random: () => 0.5,
    isOnline: () => true,
    onProgress: (status) => seen.push(status),
    ...options,
  }).start();
  return { seen, completed, failed };
}

/** An answer that takes its time, and no longer when nobody waits for it. */
const slowly = (ms: number, make: () => Response) => (request: Request) =>
  new Promise<Response>((resolve, reject) => {
    const timer = setTimeout(() => resolve(make()), ms);
    request.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(request.signal.reason);
    });
  });

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('ProgressPoller', () => {
  it('asks at once and then once a second', async () => {
    const server = serverOf(working());
    follow(server);
    await pass(3_500);
    expect(server.requests).toHaveLength(4);
    expect(server.requests[0]?.url).toBe('http://app.test/api/v1/progress/s1/status');
  });

  it('waits after an answer, not while it is on its way', async () => {
    const server = serverOf(slowly(5_000, () => working()));
    follow(server);
    await pass(5_900);
    expect(server.requests).toHaveLength(1);
    await pass(200);
    expect(server.requests).toHaveLength(2);
  });

  it('calls onComplete exactly once and is over', async () => {
    const server = serverOf(working(10), working(60), done());
    const { seen, completed, failed } = follow(server);
    await pass(60_000);
    expect(seen.map((status) => status.progress)).toEqual([10, 60, 100]);
    expect(completed).toHaveBeenCalledTimes(1);
    expect(failed).not.toHaveBeenCalled();
    expect(server.requests).toHaveLength(3);
    expect(poller?.running).toBe(false);
  });

  it('calls onError with the reason of a failed session', async () => {
    const status = sessionOf({ status: 'error', error: 'This PDF is broken' });
    const { failed, completed } = follow(serverOf(answer(status)));
    await pass(60_000);
    expect(completed).not.toHaveBeenCalled();
    expect(failed).toHaveBeenCalledTimes(1);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({
      code: 'session_failed',
      message: 'This PDF is broken',
      document: { status: 'error' },
    });
  });

  it('sends the ETag back and takes 304 for no change', async () => {
    const etag = { headers: { etag: '"v1"' } };
    const server = serverOf(working(10, etag), new Response(null, { status: 304 }), done());
    const { seen } = follow(server);
    await pass(5_000);
    expect(server.requests.map((request) => request.headers.get('if-none-match')))
      .toEqual([null, '"v1"', '"v1"']);
    expect(seen).toHaveLength(2);
  });

  it.each([401, 403, 404, 400, 410])('ends at once on %i, with code and status', async (status) => {
    const server = serverOf(problem(status, 'some_code'));
    const { failed } = follow(server);
    await pass(60_000);
    expect(server.requests).toHaveLength(1);
    expect(failed).toHaveBeenCalledTimes(1);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({
      status,
      code: 'some_code',
      message: 'Detail of some_code',
    });
  });

  it('gives words of its own to an error page that is no problem document', async () => {
    const { failed } = follow(serverOf(new Response('<html>', { status: 404 })));
    await pass(0);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ code: 'not_found', status: 404 });
  });

  it('backs off on errors with jitter and goes on when it passes', async () => {
    const server = serverOf(problem(500, 'internal'), problem(502, 'internal'), working());
    const trouble = vi.fn();
    const { failed } = follow(server, { onTrouble: trouble });
    // Half of 2 s, then half of 4 s.
    await pass(999);
    expect(server.requests).toHaveLength(1);
    await pass(1);
    expect(server.requests).toHaveLength(2);
    await pass(1_999);
    expect(server.requests).toHaveLength(2);
    await pass(1);
    expect(server.requests).toHaveLength(3);
    expect(failed).not.toHaveBeenCalled();
    expect(trouble.mock.calls.map(([error]) => error?.status ?? null)).toEqual([500, 502, null]);
  });

  it('ends after maxErrorRetries with the last error', async () => {
    const server = serverOf(new TypeError('Failed to fetch'));
    const { failed } = follow(server, { maxErrorRetries: 3 });
    await pass(120_000);
    expect(server.requests).toHaveLength(4);
    expect(failed).toHaveBeenCalledTimes(1);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ code: 'network' });
  });

  it('obeys Retry-After of an error, and does not count it as a failure', async () => {
    const busy = problem(503, 'unavailable', { 'retry-after': '20' });
    const server = serverOf(busy, busy, busy, working());
    const { failed } = follow(server, { maxErrorRetries: 0 });
    await pass(20_000);
    expect(server.requests).toHaveLength(1);
    await pass(1_000);
    expect(server.requests).toHaveLength(2);
    await pass(41_000);
    expect(server.requests.length).toBeGreaterThanOrEqual(4);
    expect(failed).not.toHaveBeenCalled();
  });

  it('obeys Retry-After of an answer', async () => {
    const server = serverOf(working(10, { headers: { 'retry-after': '5' } }));
    follow(server);
    await pass(4_900);
    expect(server.requests).toHaveLength(1);
    await pass(200);
    expect(server.requests).toHaveLength(2);
  });

  it('counts a poll without an answer as failed after requestTimeout', async () => {
    const server = serverOf(() => new Promise<Response>(() => {}), working());
    const { seen } = follow(server, { requestTimeout: 4_000 });
    await pass(3_999);
    expect(server.requests).toHaveLength(1);
    await pass(1_001);
    expect(server.requests[0]?.signal.aborted).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('waits for the network while offline, without an error', async () => {
    let online = false;
    const server = serverOf(() => {
      if (!online) throw new TypeError('Failed to fetch');
      return working();
    });
    const { failed, seen } = follow(server, { isOnline: () => online, maxErrorRetries: 0 });
    await pass(300_000);
    expect(failed).not.toHaveBeenCalled();
    expect(server.requests.length).toBeLessThan(12);
    online = true;
    page.comeOnline();
    await pass(0);
    expect(seen).toHaveLength(1);
  });

  it('asks at once when the page becomes visible', async () => {
    const server = serverOf(working());
    follow(server, { interval: 30_000 });
    await pass(10);
    page.becomeVisible();
    await pass(0);
    expect(server.requests).toHaveLength(2);
    await pass(29_000);
    expect(server.requests).toHaveLength(2);
  });

  it('does not ask before Retry-After, visible or not', async () => {
    const server = serverOf(problem(429, 'too_many_requests', { 'retry-after': '30' }), working());
    follow(server);
    await pass(5_000);
    page.becomeVisible();
    page.comeOnline();
    await pass(0);
    expect(server.requests).toHaveLength(1);
  });

  it('ends a standstill with code stale', async () => {
    const { failed } = follow(serverOf(working()));
    await pass(59_000);
    expect(failed).not.toHaveBeenCalled();
    await pass(2_000);
    expect(failed.mock.calls[0]?.[0]).toMatchObject({ code: 'stale' });
  });

  it('tells onStale once for each standstill and goes on', async () => {
    let last = 1_000;
    const onStale = vi.fn();
    const server = serverOf(() => answer(sessionOf({ last_updated: last })));
    const { failed } = follow(server, { onStale });
    await pass(150_000);
    expect(onStale).toHaveBeenCalledTimes(1);
    last = 1_200;
    await pass(70_000);
    expect(onStale).toHaveBeenCalledTimes(2);
    expect(failed).not.toHaveBeenCalled();
  });

  it('does not take sleep for a standstill', async () => {
    const { failed } = follow(serverOf(working()));
    await pass(40_000);
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    await pass(40_000);
    expect(failed).not.toHaveBeenCalled();
    await pass(25_000);
    expect(failed).toHaveBeenCalledTimes(1);
  });

  it('does not take slow answers of a tab that is awake for sleep', async () => {
    const { failed } = follow(serverOf(slowly(4_000, () => working())));
    await pass(80_000);
    expect(failed).toHaveBeenCalledTimes(1);
  });

  it('says nothing after stop(), not even of an answer on its way', async () => {
    const server = serverOf(slowly(500, done));
    const { completed, failed, seen } = follow(server);
    await pass(100);
    poller?.stop();
    await pass(60_000);
    expect([completed.mock.calls, failed.mock.calls, seen]).toEqual([[], [], []]);
    expect(server.requests[0]?.signal.aborted).toBe(true);
  });

  it('stops by the signal too', async () => {
    const controller = new AbortController();
    const server = serverOf(working());
    follow(server, { signal: controller.signal });
    await pass(1_500);
    controller.abort();
    await pass(10_000);
    expect(server.requests).toHaveLength(2);
  });

  it('can be started again after its end', async () => {
    const server = serverOf(done(), working(20), done());
    const { completed } = follow(server);
    await pass(100);
    poller?.start();
    await pass(5_000);
    expect(completed).toHaveBeenCalledTimes(2);
  });

  it('does nothing on a second start()', async () => {
    const server = serverOf(working());
    follow(server);
    poller?.start();
    await pass(0);
    expect(server.requests).toHaveLength(1);
  });

  it('asks for files when they are wanted, read anew before every poll', async () => {
    let files = true;
    const server = serverOf(working());
    follow(server, { files: () => files });
    await pass(0);
    files = false;
    await pass(1_000);
    expect(server.requests.map((request) => new URL(request.url).search)).toEqual([
      '?files=true',
      '',
    ]);
  });

  it('sends token and headers, and asks at baseUrl', async () => {
    const server = serverOf(done());
    follow(server, {
      token: () => 'abc',
      headers: { 'x-app': '1' },
      baseUrl: 'https://api.test/x',
    });
    await pass(0);
    const request = server.requests[0];
    expect(request?.url).toBe('https://api.test/x/api/v1/progress/s1/status');
    expect(request?.headers.get('authorization')).toBe('Bearer abc');
    expect(request?.headers.get('x-app')).toBe('1');
  });

  it('asks by its own transport, and that for nobody else', async () => {
    const asked: string[] = [];
    const server = serverOf(working());
    follow(server);
    const others = ['s1', 's2'].map((id) =>
      new ProgressPoller(id, vi.fn(), vi.fn(), {
        ...poller?.options,
        transport: ({ sessionId }) => {
          asked.push(sessionId);
          const document = sessionOf({ session_id: sessionId });
          return Promise.resolve({
            kind: 'document',
            document,
            etag: null,
            retryAfterMs: undefined,
          });
        },
      }).start()
    );
    await pass(1_500);
    others.forEach((other) => other.stop());
    expect(asked.toSorted()).toEqual(['s1', 's1', 's2', 's2']);
    expect(server.requests).toHaveLength(2);
  });

  it('does not call onComplete when onProgress has stopped it', async () => {
    const { completed } = follow(serverOf(done()), { onProgress: () => poller?.stop() });
    await pass(5_000);
    expect(completed).not.toHaveBeenCalled();
  });

  it('survives a callback that stops it', async () => {
    const server = serverOf(working());
    follow(server, { onProgress: () => poller?.stop() });
    await pass(10_000);
    expect(server.requests).toHaveLength(1);
  });
});
