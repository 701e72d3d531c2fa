/**
 * The poller's pace over time: adaptive, hidden, and with answers that are held.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { Hold } from '../../frontend/src/lib/polling/hold.ts';
import { type PollingOptions, ProgressPoller } from '../../frontend/src/lib/utils/polling.ts';
import { answer, type FakePage, fakePage, problem, serverOf, sessionOf } from './fakes.ts';

let page: FakePage;
let poller: ProgressPoller | undefined;
const completed = vi.fn();
const failed = vi.fn();
const trouble = vi.fn();

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.clearAllMocks();
  page = fakePage();
});
afterEach(() => {
  poller?.stop();
  expect(vi.getTimerCount()).toBe(0);
  expect(page.listeners()).toBe(0);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

type Reply = (request: Request) => Response | Promise<Response>;

/** Starts a poller; returns the moments of its requests in seconds, and the requests. */
function follow(reply: Reply, options: PollingOptions) {
  const begun = Date.now();
  const times: number[] = [];
  const server = serverOf((request) => {
    times.push((Date.now() - begun) / 1_000);
    return reply(request);
  });
  poller = new ProgressPoller('s1', completed, failed, {
    fetch: server.fetch,
    wakeTargets: page,
    random: () => 0.5,
    isOnline: () => true,
    onTrouble: trouble,
    ...options,
  }).start();
  return { times, requests: server.requests };
}

const working = (given: Partial<SessionStatusDocument> = {}) =>
  answer(sessionOf({ last_updated: Date.now() / 1_000, ...given }), {
    headers: { etag: '"1"', 'retry-after': '1' },
  });
const done = () =>
  answer(sessionOf({ status: 'completed', progress: 100, last_updated: Date.now() / 1_000 }));

describe('adaptive pacing', () => {
  const long = { eta_seconds: 24, retry_after_ms: 6_000 };

  it('asks after a quarter of the time left', async () => {
    const { times } = follow(() => working(long), { pacing: 'adaptive' });
    await pass(12_500);
    expect(times.map(Math.round)).toEqual([0, 6, 12]);
  });

  it('asks after a second when the step has changed', async () => {
    const replies = [working(long), working({ ...long, phase: 'index' })];
    const { times } = follow(() => replies.shift() ?? working({ ...long, phase: 'index' }), {
      pacing: 'adaptive',
    });
    await pass(8_000);
    expect(times.map(Math.round)).toEqual([0, 6, 7]);
  });

  it('is how a hidden page asks, until it is seen again', async () => {
    Object.assign(page.document, { visibilityState: 'hidden' });
    const { times } = follow(() => working({ eta_seconds: 3_600, retry_after_ms: 10_000 }), {
      maxInterval: 20_000,
    });
    await pass(45_000);
    expect(times.map(Math.round)).toEqual([0, 20, 40]);
    page.becomeVisible();
    await pass(2_500);
    expect(times.map(Math.round)).toEqual([0, 20, 40, 45, 46, 47]);
  });
});

describe('longPoll', () => {
  /** Holds an answer as long as it is asked to, or until `until`. */
  const holding = (until = new Promise<void>(() => {})): Reply => async (request) => {
    const seconds = Number(/wait=(\d+)/.exec(request.headers.get('prefer') ?? '')?.[1] ?? 0);
    const { promise: up, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, 1_000 * seconds);
    request.signal.addEventListener('abort', () => clearTimeout(timer));
    const ended = until.then(() => true);
    const over = seconds > 0 && await Promise.race([up.then(() => false), ended]);
    clearTimeout(timer);
    return over ? done() : working({ eta_seconds: 20, retry_after_ms: 5_000 });
  };

  it('has the wait spent at the server, at the same pace', async () => {
    const { times, requests } = follow(holding(), { longPoll: 30, pacing: 'adaptive' });
    await pass(12_000);
    expect(times.map(Math.round)).toEqual([0, 0, 5, 10]);
    expect(requests.map((request) => request.headers.get('prefer')))
      .toEqual([null, ...Array(3).fill('wait=5; until=step')]);
    expect(requests[1]?.headers.get('if-none-match')).toBe('"1"');
  });

  it('hears of the end at once', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    follow(holding(promise), { longPoll: 30, pacing: 'adaptive' });
    await pass(7_300);
    expect(completed).not.toHaveBeenCalled();
    resolve();
    await pass(0);
    expect(completed).toHaveBeenCalledTimes(1);
  });

  it('holds no longer than it is told to', async () => {
    const { times } = follow(holding(), { longPoll: 2, pacing: 'adaptive' });
    await pass(5_000);
    expect(times.map(Math.round)).toEqual([0, 0, 2, 4]);
  });

  it('gives up in silence where the server answers at once', async () => {
    const { times, requests } = follow(() => working(), { longPoll: 30 });
    await pass(30_000);
    expect(times.length).toBeLessThanOrEqual(31 + 3);
    const held = requests.filter((request) => request.headers.has('prefer'));
    expect(held.length).toBe(3);
    expect([trouble.mock.calls, failed.mock.calls]).toEqual([[], []]);
  });

  it.each<[string, () => Response]>([
    ['breaks the connection', () => {
      throw new TypeError('Failed to fetch');
    }],
    ['answers 504', () => problem(504, 'gateway_timeout')],
  ])('gives up in silence where a proxy %s', async (_how, cut) => {
    const reply: Reply = (request) => request.headers.has('prefer') ? cut() : working();
    const { times } = follow(reply, { longPoll: 30, maxErrorRetries: 0 });
    await pass(20_000);
    expect(times.length).toBeGreaterThan(15);
    expect([trouble.mock.calls, failed.mock.calls]).toEqual([[], []]);
  });

  it('obeys a server that is too busy to hold', async () => {
    const reply: Reply = (request) =>
      request.headers.has('prefer')
        ? problem(503, 'unavailable', { 'retry-after': '10' })
        : working();
    const { times } = follow(reply, { longPoll: 30 });
    await pass(9_900);
    expect(times).toHaveLength(2);
  });

  it('does not hold after a change of step, so that a server that flaps is not asked in a loop', async () => {
    let turn = 0;
    const { times } = follow(
      () => working({ phase: turn++ % 2 === 0 ? 'extract' : 'index' }),
      { longPoll: 30 },
    );
    await pass(10_000);
    expect(times.length).toBeLessThanOrEqual(14);
  });
});

describe('Hold', () => {
  const fine = { heldMs: 5_000, tookMs: 4_900, failed: false, stepped: false };

  it('asks for whole seconds, one at least and longPoll at most', () => {
    const hold = new Hold();
    expect([100, 1_400, 2_600, 60_000].map((ms) => hold.next(5, ms)))
      .toEqual([1_000, 1_000, 3_000, 5_000]);
    expect(hold.next(0, 5_000)).toBe(0);
  });

  it('leaves the rest of the wait when it is cut short for nothing, and stops at the third time in a row', () => {
    const hold = new Hold();
    for (let times = 0; times < 3; times++) {
      expect(hold.next(5, 5_000)).toBe(5_000);
      expect(hold.restOf({ ...fine, tookMs: 10, stepped: true })).toBeNull();
      expect(hold.restOf({ ...fine, tookMs: 1_000, failed: times > 1 })).toBe(4_000);
    }
    expect(hold.next(5, 5_000)).toBe(0);
  });

  it('goes on where it works in between', () => {
    const hold = new Hold();
    for (let times = 0; times < 10; times++) {
      hold.restOf({ ...fine, failed: true });
      expect(hold.restOf(fine)).toBeNull();
    }
    expect(hold.next(5, 5_000)).toBe(5_000);
  });
});
