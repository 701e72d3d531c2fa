/**
 * The state behind the queue's dashboard, against a scripted server.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { QueueJob } from '#contract/queue.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { QueueBoard } from '../../frontend/src/lib/state/queue-board.svelte.ts';
import { answer, fakePage, fileOf, problem } from './fakes.ts';

const STATUS = {
  paused: false,
  states: { processing: 0, uploading: 0 },
  waiting: { low: 0, medium: 0, high: 0 },
};

interface Script {
  jobs: Partial<QueueJob>[];
  /** Answers a POST. */
  post?: () => Response | Promise<Response>;
  get?: () => Response;
}

function boardOn(script: Script) {
  const asked: string[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(input), 'http://app.test');
    asked.push(`${init?.method} ${pathname.slice('/api/v1'.length)}?${searchParams}`);
    if (init?.method === 'POST') return await (script.post?.() ?? answer({}));
    if (script.get) return script.get();
    if (pathname.endsWith('/throughput')) return answer({ bucket_seconds: 60, buckets: [] });
    if (!pathname.endsWith('/jobs')) return answer(STATUS);
    const from = Number(searchParams.get('cursor') ?? 0);
    const to = from + Number(searchParams.get('limit'));
    const next_cursor = to < script.jobs.length ? `${to}` : null;
    return answer({ items: script.jobs.slice(from, to), next_cursor });
  };
  const board = new QueueBoard(createHeadwayClient({ fetch }), { targets: fakePage() });
  boards.push(board);
  return { board, asked };
}

const boards: QueueBoard[] = [];
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const board of boards.splice(0)) board.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const jobOf = (given: Partial<QueueJob>) =>
  ({ ...fileOf(), priority: 'low', ...given }) as QueueJob;

describe('QueueBoard', () => {
  it('asks for the graph less often than for the rest', async () => {
    const { board, asked } = boardOn({ jobs: [] });
    board.start();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(asked.filter((each) => each.includes('/jobs'))).toHaveLength(2);
    expect(asked.filter((each) => each.includes('/throughput'))).toHaveLength(1);
    await board.span(1_440);
    expect(asked.at(-1)).toBe('GET /queue/throughput?minutes=1440');
  });

  it('asks with the filters of the address, and for as many pages as are wanted', async () => {
    const { board, asked } = boardOn({ jobs: Array.from({ length: 120 }, () => jobOf({})) });
    board.start();
    await board.show({ state: 'error', reason: 'stalled', q: 'a b' });
    expect(board.jobs).toHaveLength(50);
    expect(asked).toContain('GET /queue/jobs?state=error&q=a+b&error_code=stalled&limit=50');
    await board.more();
    await board.more();
    expect([board.jobs?.length, board.hasMore]).toEqual([120, false]);
  });

  it('shows what is expected of a job until the server says what is true', async () => {
    const script: Script = { jobs: [jobOf({ status: 'queued' })] };
    const posted = Promise.withResolvers<Response>();
    script.post = () => posted.promise;
    const { board } = boardOn(script);
    board.start();
    await vi.advanceTimersByTimeAsync(0);
    const acting = board.act(board.jobs![0]!, 'cancel');
    expect([board.jobs?.[0]?.status, board.isBusy('j1')]).toEqual(['cancelled', true]);
    script.jobs = [jobOf({ status: 'processing' })];
    posted.resolve(answer(script.jobs[0]));
    await acting;
    expect([board.jobs?.[0]?.status, board.isBusy('j1')]).toEqual(['processing', false]);
  });

  it('takes back what was expected where the server refuses, and says why', async () => {
    const script: Script = {
      jobs: [jobOf({ status: 'queued' })],
      post: () => problem(409, 'conflict'),
    };
    const { board } = boardOn(script);
    board.start();
    await vi.advanceTimersByTimeAsync(0);
    await board.act(board.jobs![0]!, 'promote');
    expect(board.jobs?.[0]).toMatchObject({ status: 'queued', priority: 'low' });
    expect(board.refusal('j1')).toMatchObject({ detail: 'Detail of conflict' });
  });

  it('asks no more where it is forbidden', async () => {
    const { board, asked } = boardOn({ jobs: [], get: () => problem(403, 'forbidden') });
    board.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.forbidden).toBe(true);
    expect(asked).toHaveLength(3);
  });

  it('keeps what it has when the server is away, and goes on', async () => {
    const script: Script = { jobs: [jobOf({})] };
    const { board } = boardOn(script);
    board.start();
    await vi.advanceTimersByTimeAsync(0);
    script.get = () => problem(503, 'unavailable');
    await vi.advanceTimersByTimeAsync(6_000);
    expect(board.jobs).toHaveLength(1);
    expect(board.error).toMatchObject({ detail: 'Detail of unavailable' });
    delete script.get;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.error).toBeNull();
  });
});
