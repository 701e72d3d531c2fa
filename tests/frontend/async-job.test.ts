/**
 * A job that is done elsewhere: followed to its result, found again, told of once.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import {
  type AsyncJob,
  type AsyncJobOptions,
  createAsyncJob,
} from '../../frontend/src/lib/index.ts';
import { readFinished } from '../../frontend/src/lib/jobs/finished.ts';
import { sessionHandle } from '../../frontend/src/lib/jobs/handle.ts';
import { OneStart } from '../../frontend/src/lib/jobs/one-start.ts';
import type { TextStorage } from '../../frontend/src/lib/state/stored.ts';
import { answer, type FakePage, fakePage, problem, sessionOf } from './fakes.ts';

const ANALYSIS = '/api/v1/analyzers/prebuilt-layout/results/op-1';

/** A server with one job `s1` at most, and one analysis. */
class FakeServer {
  session: SessionStatusDocument | null = null;
  /** What the addresses of results answer; the last again and again. */
  results: (() => Response)[] = [() => answer({ result: { words: 7 }, finished_at: 1_500 })];
  down: (() => Response) | null = null;
  starts: (string | null)[] = [];
  readonly asked: string[] = [];

  readonly fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(String(input), 'http://app.test');
    const path = url.pathname.replace('/api/v1', '');
    this.asked.push(`${init?.method ?? 'GET'} ${path}${url.search}`);
    try {
      return Promise.resolve(this.down?.() ?? this.#answer(path, init));
    } catch (error) {
      return Promise.reject(error);
    }
  };

  #answer(path: string, init?: RequestInit): Response {
    const { session } = this;
    if (path.startsWith('/analyzers/') || path.endsWith('/result')) {
      return (this.results.length > 1 ? this.results.shift() : this.results[0])!();
    }
    if (path === '/jobs') {
      const live = session && ['queued', 'processing'].includes(session.status);
      return answer({ items: live ? [{ ...session, job_kind: 'digest' }] : [], total: 0 });
    }
    if (path === '/jobs/digest') {
      this.starts.push(new Headers(init?.headers).get('operation-id'));
      this.put();
      return answer({ session_id: 's1' }, { status: 202 });
    }
    if (path.endsWith('/cancel')) this.put({ status: 'cancelled', last_updated: 1_900 });
    if (path.endsWith('/resume')) this.put({ status: 'processing', last_updated: 1_800 });
    if (path.endsWith('/retry')) this.put({ status: 'queued', attempt: 2, error: null });
    return this.session ? answer(this.session) : problem(404, 'session_not_found');
  }

  put(given: Partial<SessionStatusDocument> = {}): void {
    this.session = sessionOf({ kind: 'job', title: 'Digest', ...this.session, ...given });
  }

  count(pattern: RegExp): number {
    return this.asked.filter((one) => pattern.test(one)).length;
  }
}

function fakeStorage(): TextStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
}

/** One lock for all, so that what two pages do at once is done one after the other. */
function fakeLocks(): NonNullable<AsyncJobOptions['locks']> {
  let before = Promise.resolve();
  return { request: (_name, _options, held) => before = before.then(held) };
}

let server: FakeServer;
let page: FakePage;
let storage: TextStorage;
let online: boolean;
let jobs: AsyncJob[];
let told: unknown[];
let locks: AsyncJobOptions['locks'];

function open(given: Partial<AsyncJobOptions> = {}): AsyncJob {
  const client = createHeadwayClient({ fetch: server.fetch as typeof fetch, user: 'u1' });
  const job = createAsyncJob({
    client,
    start: (id) => client.startJob('digest', {}, id),
    list: { kind: 'digest' },
    storageKey: 'digest',
    storage,
    ...(locks && { locks }),
    shared: false,
    wakeTargets: page,
    random: () => 0.5,
    isOnline: () => online,
    onComplete: (result) => told.push(result),
    onError: ({ code }) => told.push(code),
    ...given,
  });
  jobs.push(job);
  return job;
}

/** As a page that is opened, or loaded again. */
function visit(given: Partial<AsyncJobOptions> = {}): AsyncJob {
  const job = open(given);
  job.follow();
  return job;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function started(given: Partial<AsyncJobOptions> = {}): Promise<AsyncJob> {
  const job = visit(given);
  await pass(0);
  await job.start();
  await pass(0);
  return job;
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  server = new FakeServer();
  page = fakePage();
  storage = fakeStorage();
  locks = fakeLocks();
  online = true;
  jobs = [];
  told = [];
});

afterEach(() => {
  for (const job of jobs) job.stop();
  expect([vi.getTimerCount(), page.listeners()]).toEqual([0, 0]);
  vi.useRealTimers();
});

describe('a job of the app’s own', () => {
  it('is followed every five seconds to its result, which is told of once', async () => {
    const job = await started();
    expect(job.state).toMatchObject({ phase: 'following', handle: { id: 's1' } });
    expect(job.status?.message).toBe('Page 1 of 10');
    server.put({ progress: 60, last_updated: 1_004 });
    await pass(4_900);
    expect(job.status?.progress).toBe(10);
    await pass(200);
    expect(job.status?.progress).toBe(60);
    server.put({ status: 'completed', last_updated: 1_008 });
    await pass(5_000);
    expect(job.state).toMatchObject({ phase: 'done', result: { words: 7 }, finishedAt: 1_500_000 });
    await pass(60_000);
    expect(told).toEqual([{ words: 7 }]);
  });

  it('waits for a result that is not there yet, through a server that stumbles', async () => {
    server.results = [
      () => problem(503, 'unavailable', { 'retry-after': '20' }),
      () => answer({ status: 'processing', message: '', progress: 99, elapsed_seconds: 3 }),
      () => answer({ result: 'late' }),
    ];
    const job = await started();
    server.put({ status: 'completed' });
    await pass(5_000);
    expect(job.trouble?.code).toBe('unavailable');
    await pass(19_000);
    expect(server.count(/result/)).toBe(1);
    await pass(10_000);
    expect(job.result).toBe('late');
  });

  it('ends with the reason of its failure, and is tried again where it stopped', async () => {
    const job = await started();
    server.put({ status: 'error', error: 'Nothing to report on' });
    await pass(5_000);
    expect(job.error).toMatchObject({ code: 'session_failed', message: 'Nothing to report on' });
    await job.retry();
    await pass(0);
    expect([job.busy, server.starts.length]).toEqual([true, 1]);
    server.put({ status: 'completed' });
    await pass(5_000);
    expect(told).toEqual(['session_failed', { words: 7 }]);
  });

  it('can be cancelled, also while it is only being started', async () => {
    const job = await started();
    await job.cancel();
    await pass(1_000);
    expect([job.error?.code, told]).toEqual(['cancelled', ['cancelled']]);

    server.session = null;
    const starting = job.start();
    await job.cancel();
    await starting;
    await pass(1_000);
    expect(job.error?.code).toBe('cancelled');
  });

  it('goes on when it was paused elsewhere', async () => {
    const job = await started();
    server.put({ status: 'paused', last_updated: 1_700 });
    await pass(5_000);
    expect([job.status?.status, job.busy]).toEqual(['paused', true]);
    await job.resume();
    await pass(1_000);
    expect(job.status?.status).toBe('processing');
  });

  it('is started once, however often it is asked for and whatever gets lost', async () => {
    const job = visit();
    server.down = () => {
      throw new TypeError('Failed to fetch');
    };
    await job.start();
    expect(job.error?.code).toBe('network');
    server.down = null;
    await Promise.all([job.retry(), job.start(), job.start()]);
    expect(server.starts).toHaveLength(1);
    server.put({ status: 'completed' });
    await pass(5_000);
    await job.start();
    expect(new Set(server.starts).size).toBe(2);
  });

  it('backs off with full jitter, and being offline is no failure', async () => {
    const job = await started({ maxInterval: 30_000 });
    const before = server.asked.length;
    server.down = () => problem(500, 'internal');
    await pass(5_000);
    expect(job.trouble?.code).toBe('internal');
    // Half of 10, 20, 30 and 30 seconds.
    await pass(5_000 + 10_000 + 15_000 + 15_000 + 100);
    expect(server.asked.length - before).toBe(5);
    expect(job.busy).toBe(true);
    online = false;
    server.down = () => {
      throw new TypeError('Failed to fetch');
    };
    await pass(10 * 60_000);
    expect([job.busy, told]).toEqual([true, []]);
    online = true;
    server.down = null;
    page.comeOnline();
    await pass(0);
    expect(job.trouble).toBeNull();
  });

  it.each([[401, 'unauthenticated'], [403, 'forbidden'], [404, 'session_not_found']])(
    'ends with a reason at %i',
    async (status, code) => {
      const job = await started();
      server.down = () => problem(status, code);
      await pass(5_000);
      expect([job.error?.status, job.error?.code, told]).toEqual([status, code, [code]]);
    },
  );

  it('is not followed for ever: it goes on, and is taken up when somebody looks', async () => {
    const job = await started({ maxPollTime: 60_000 });
    for (let at = 0; at < 13; at++) {
      server.put({ last_updated: 1_000 + 5 * at });
      await pass(5_000);
    }
    expect(job.error).toMatchObject({ code: 'still_running', message: /goes on/ });
    const before = server.count(/progress/);
    await pass(120_000);
    expect(server.count(/progress/)).toBe(before);
    page.becomeHidden();
    page.becomeVisible();
    await pass(0);
    expect(job.busy).toBe(true);
    server.put({ status: 'completed' });
    await pass(5_000);
    expect(told).toEqual(['still_running', { words: 7 }]);
  });

  it('throws at a bad option before any work', () => {
    expect(() => open({ pollInterval: 0 })).toThrow(RangeError);
    expect(() => open({ maxPollTime: NaN })).toThrow(/maxPollTime/);
  });
});

describe('after a reload, in other tabs and on other devices', () => {
  it('goes on after a reload, and tells of an end that came in between', async () => {
    const before = await started();
    before.stop();
    server.put({ status: 'completed' });
    const after = visit();
    expect(after.busy).toBe(true);
    await pass(0);
    expect([after.result, told]).toEqual([{ words: 7 }, [{ words: 7 }]]);
    after.stop();
    const later = visit();
    await pass(1_000);
    expect([later.state.phase, told.length]).toEqual(['idle', 1]);
  });

  it('is found on another device by the server’s list', async () => {
    await started();
    storage = fakeStorage();
    const there = visit();
    await pass(0);
    expect(there.state).toMatchObject({ phase: 'following', handle: { id: 's1' } });
    expect(there.status?.progress).toBe(10);
    server.put({ status: 'completed' });
    await pass(5_000);
    expect(told).toEqual([{ words: 7 }, { words: 7 }]);
  });

  it('is told of by one of two tabs, and both show it', async () => {
    const one = await started();
    const other = visit();
    await pass(0);
    server.put({ status: 'completed' });
    await pass(5_000);
    expect([one.result, other.result]).toEqual([{ words: 7 }, { words: 7 }]);
    expect(told).toEqual([{ words: 7 }]);
  });

  it('believes the server more than what it remembers', async () => {
    const before = await started();
    before.stop();
    server.session = null;
    const after = visit();
    await pass(0);
    expect([after.state.phase, told]).toEqual(['idle', []]);
    server.put({ session_id: 's1' });
    await pass(30_000);
    expect(after.busy).toBe(true);
  });

  it('remembers nothing of somebody else', async () => {
    const before = await started({ list: undefined });
    before.stop();
    const client = createHeadwayClient({ fetch: server.fetch as typeof fetch, user: 'u2' });
    const other = visit({ client, list: undefined });
    await pass(0);
    expect(other.state.phase).toBe('idle');
  });

  it('does not take a list from before the end for news, but another attempt', async () => {
    const job = await started();
    server.put({ status: 'completed' });
    await pass(5_000);
    server.put({ status: 'processing' });
    await pass(30_000);
    expect([job.state.phase, told.length]).toEqual(['done', 1]);
    server.put({ attempt: 2 });
    await pass(30_000);
    expect(job.busy).toBe(true);
    server.put({ status: 'completed' });
    await pass(5_000);
    expect(told).toHaveLength(2);
  });

  it('does nothing where there is no page', async () => {
    const job = open({ wakeTargets: {} });
    job.follow();
    await pass(60_000);
    expect([job.state.phase, server.asked]).toEqual(['idle', []]);
  });
});

describe('an analysis', () => {
  const analysed = () =>
    started({
      list: undefined,
      start: () =>
        Promise.resolve({ operationId: 'op-1', resultsEndpoint: `https://app.test${ANALYSIS}` }),
    });
  const processing = () =>
    answer(
      { status: 'processing', message: 'The analysis service is at work', elapsed_seconds: 90 },
      { status: 202, headers: { 'retry-after': '10' } },
    );

  it('is asked for its result, no sooner than the server wants', async () => {
    server.results = [processing];
    const job = await analysed();
    expect([job.status?.message, job.startedAt]).toEqual([
      'The analysis service is at work',
      910_000,
    ]);
    expect(job.cancellable).toBe(false);
    await pass(29_000);
    expect(server.asked).toEqual(Array(3).fill(`GET ${ANALYSIS.replace('/api/v1', '')}`));
    server.results = [() => answer({ status: 'succeeded', result: { pages: 2 } })];
    await pass(1_500);
    expect([job.result, told]).toEqual([{ pages: 2 }, [{ pages: 2 }]]);
  });

  it('ends with the service’s reason, though that is a 500', async () => {
    server.results = [() => problem(500, 'analysis_failed')];
    const job = await analysed();
    expect([job.error?.code, told]).toEqual(['analysis_failed', ['analysis_failed']]);
  });

  it('is found again after a reload', async () => {
    server.results = [processing];
    (await analysed()).stop();
    const after = visit({ list: undefined });
    server.results = [() => answer({ status: 'succeeded', result: 1 })];
    await pass(10_000);
    expect(after.result).toBe(1);
  });
});

it('an answer that is the result already is the end', async () => {
  const job = await started({ start: () => Promise.resolve({ result: 'at once' }) });
  expect([job.result, told]).toEqual(['at once', ['at once']]);
});

it('a result that cannot be read is a failure', async () => {
  const job = await started({
    parse: () => {
      throw new Error('This is no report');
    },
  });
  server.put({ status: 'completed' });
  await pass(5_000);
  expect(job.error).toMatchObject({ code: 'job_failed', message: 'This is no report' });
});

describe('a start', () => {
  const refusal = (status: number) => new ApiError('No', { code: 'conflict', status });

  it('keeps its id while nobody knows whether it arrived, and no longer', async () => {
    const asked: string[] = [];
    const answers: (ApiError | null)[] = [refusal(0), refusal(503), refusal(409), null, null];
    let ids = 0;
    const start = new OneStart((id) => {
      asked.push(id);
      const problem = answers.shift();
      return problem ? Promise.reject(problem) : Promise.resolve({ session_id: 's1' });
    }, () => `id-${++ids}`);
    for (const code of ['conflict', 'conflict', 'conflict']) {
      await expect(start.ask()).rejects.toMatchObject({ code });
    }
    await start.ask();
    await start.ask();
    expect(asked).toEqual(['id-1', 'id-1', 'id-1', 'id-2', 'id-3']);
  });
});

describe('what a server answered', () => {
  const now = 9_000;

  it('is read with its own time, else with ours', () => {
    const handle = sessionHandle('s1');
    const parse = (value: unknown) => Number(value) + 1;
    expect(readFinished({ result: 1, finished_at: 2 } as never, handle, { parse, now })).toEqual({
      result: 2,
      job: { id: 's1', finishedAt: 2_000 },
    });
    expect(readFinished({ result: 1 }, null, { now }).job).toEqual({ id: '', finishedAt: now });
  });

  it('is a failure of the job where it cannot be read', () => {
    const parse = () => {
      throw new TypeError('Not a number');
    };
    expect(() => readFinished({ result: 1 }, null, { parse, now })).toThrow('Not a number');
  });
});
