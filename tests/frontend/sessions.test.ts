/**
 * The sessions of a knowledge base: found, followed, given up, taken up again.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { Sessions, type SessionsOptions } from '../../frontend/src/lib/state/sessions.svelte.ts';
import { ProgressPoller } from '../../frontend/src/lib/polling/poller.ts';
import { rememberSessions } from '../../frontend/src/lib/state/remembered.ts';
import { FakeBrowser } from './fake-browser.ts';
import { answer, problem, sessionOf } from './fakes.ts';

let known: Map<string, SessionStatusDocument>;
let requests: string[];
let down: boolean;
let sessions: Sessions;

function serve(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const url = new URL(String(input), 'http://app.test');
  requests.push(`${init?.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}${url.search}`);
  if (down) return Promise.reject(new TypeError('Failed to fetch'));
  const [, , , place, id = ''] = url.pathname.split('/');
  if (place === 'sessions') return Promise.resolve(listOf(url.searchParams));
  if (init?.method === 'DELETE') {
    known.delete(id);
    return Promise.resolve(answer({ message: 'Cleared' }));
  }
  if (id === 'status') return Promise.resolve(batchOf(url.searchParams.get('ids') ?? ''));
  const session = known.get(id);
  return Promise.resolve(session ? answer(session) : problem(404, 'session_not_found'));
}

function listOf(query: URLSearchParams): Response {
  const listed = [...known.values()]
    .filter(({ status }) =>
      !query.has('live') || ['queued', 'processing', 'paused'].includes(status)
    );
  const items = listed.slice(0, Number(query.get('limit') ?? 50));
  return answer({ items, total: listed.length });
}

function batchOf(ids: string): Response {
  const asked = ids.split(',');
  const sessions = asked.flatMap((id) => known.get(id) ?? []);
  return answer({ sessions, missing: asked.filter((id) => !known.has(id)) });
}

function put(id: string, given: Partial<SessionStatusDocument> = {}): void {
  known.set(id, sessionOf({ session_id: id, ...given }));
}

function start(options: SessionsOptions = {}, knowledgeId: string | null = 'k1'): void {
  const client = createHeadwayClient({ fetch: serve as typeof fetch });
  sessions = new Sessions(client, knowledgeId, options);
  sessions.start();
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const ids = () => sessions.current.map(({ sessionId }) => sessionId);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_100_000 });
  known = new Map();
  requests = [];
  down = false;
});

afterEach(() => {
  sessions.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('Sessions', () => {
  it('follows what the server lists, newest first', async () => {
    put('old', { created_at: 100 });
    put('new', { created_at: 200 });
    start();
    await pass(100);
    expect(ids()).toEqual(['new', 'old']);
    expect(sessions.looked).toBe(true);
  });

  it('shows what lately ended with failures, and nothing else that ended', async () => {
    put('fine', { status: 'completed', finished_at: 1_000 });
    put('failed', { status: 'completed', failed_files: 1, finished_at: 1_000 });
    put('long ago', { status: 'error', failed_files: 1, finished_at: 1_000 - 90_000 });
    start();
    await pass(100);
    expect(ids()).toEqual(['failed']);
  });

  it('finds what another tab has started', async () => {
    start({ lookInterval: 2_000 });
    await pass(100);
    put('other');
    await pass(2_000);
    expect(ids()).toEqual(['other']);
  });

  it('takes up again what it has given up', async () => {
    put('s1');
    start();
    await pass(100);
    down = true;
    await pass(300_000);
    expect(sessions.current[0]?.error?.code).toBe('network');
    down = false;
    put('s1', { progress: 60, last_updated: 1_060 });
    await pass(10_000);
    expect(sessions.current[0]).toMatchObject({ error: null, current: { progress: 60 } });
  });

  it('takes up again what was retried elsewhere', async () => {
    put('s1', { status: 'error', failed_files: 1, finished_at: 1_000 });
    start();
    await pass(100);
    put('s1', { attempt: 2, progress: 5 });
    await pass(6_000);
    expect(sessions.current[0]?.current).toMatchObject({ status: 'processing', progress: 5 });
  });

  it('tells once that a session has ended', async () => {
    const onEnd = vi.fn();
    put('s1');
    start({ onEnd });
    await pass(100);
    put('s1', { status: 'completed', progress: 100, last_updated: 1_050 });
    await pass(20_000);
    expect(onEnd).toHaveBeenCalledTimes(1);
    expect(sessions.current[0]?.following).toBe(false);
  });

  it('forgets what somebody has cleared', async () => {
    put('s1');
    start();
    await pass(100);
    known.delete('s1');
    await pass(2_000);
    expect(ids()).toEqual([]);
  });

  it('asks for the files of a long session only while it is open', async () => {
    put('s1', { total_files: 1_000 });
    start();
    await pass(1_500);
    expect(requests.filter((request) => request.includes('files=true'))).toEqual([]);
    sessions.open('s1', true);
    await pass(100);
    expect(requests.at(-1)).toBe('GET /progress/s1/status?files=true');
  });

  it.each([
    [50, ['GET /progress/s1/status', 'GET /progress/s1/status?files=true']],
    [51, ['GET /progress/s1/status']],
  ])('learns that a session has %i files before it asks for them', async (total, asked) => {
    start();
    put('s1', { total_files: total });
    requests = [];
    sessions.follow('s1');
    await pass(500);
    expect(requests.filter((request) => request.includes('/progress/'))).toEqual(asked);
  });

  it('asks at once after a control, and passes on its failure', async () => {
    put('s1');
    start();
    await pass(100);
    requests = [];
    await sessions.controlFile('s1', 'j 1', 'pause').catch(() => {});
    await pass(0);
    expect(requests[0]).toBe('POST /sessions/s1/files/j%201/pause');
    down = true;
    await expect(sessions.control('s1', 'cancel')).rejects.toMatchObject({ code: 'network' });
  });

  it('clears one with failures on the server when dismissed, and only hides the others', async () => {
    put('failed', { status: 'error', failed_files: 1, finished_at: 1_000 });
    put('fine');
    start();
    await pass(100);
    put('fine', { status: 'completed', last_updated: 1_050 });
    await pass(2_000);
    await sessions.dismiss('failed');
    await sessions.dismiss('fine');
    expect(ids()).toEqual([]);
    expect([...known.keys()]).toEqual(['fine']);
  });

  it('does not show again what was dismissed on this device', async () => {
    const dismissed = new Set(['failed']);
    put('failed', { status: 'error', failed_files: 1, finished_at: 1_000 });
    start({ dismissed: { has: (id) => dismissed.has(id), add: (id) => void dismissed.add(id) } });
    await pass(100);
    expect(ids()).toEqual([]);
    put('failed', { attempt: 2 });
    await pass(6_000);
    expect(ids()).toEqual(['failed']);
  });

  it('tells of no end that came before it was met', async () => {
    const onEnd = vi.fn();
    put('failed', { status: 'error', failed_files: 1, finished_at: 1_000 });
    start({ onEnd });
    await pass(10_000);
    expect(onEnd).not.toHaveBeenCalled();
  });

  it('gives a page its share, and asks for files only where a page shows them', async () => {
    put('mine', { knowledge_id: 'k1' });
    put('other', { knowledge_id: 'k2' });
    start({}, null);
    await pass(100);
    expect(ids().sort()).toEqual(['mine', 'other']);
    expect(requests[0]).toBe('GET /sessions');
    expect(requests.filter((request) => request.includes('files='))).toEqual([]);
    const onEnd = vi.fn();
    const page = sessions.of('k1', { onEnd });
    page.start();
    expect(page.current.map(({ sessionId }) => sessionId)).toEqual(['mine']);
    await pass(1_500);
    const withFiles = requests.filter((request) => request.includes('files='));
    expect(new Set(withFiles)).toEqual(
      new Set(['GET /progress/status?ids=mine,other&files=mine']),
    );
    for (const id of ['mine', 'other']) {
      put(id, {
        status: 'completed',
        knowledge_id: id === 'mine' ? 'k1' : 'k2',
        last_updated: 1_050,
      });
    }
    await pass(20_000);
    expect(onEnd).toHaveBeenCalledTimes(1);
    page.stop();
    page.follow('new');
    expect(page.current.map(({ sessionId }) => sessionId)).toContain('new');
  });

  it('hears at once of what another tab follows, asking nothing', async () => {
    const browser = new FakeBrowser();
    browser.sessions = known;
    put('s1');
    const [here, there] = [browser.tab(), browser.tab()];
    const client = createHeadwayClient({ fetch: serve as typeof fetch });
    Object.assign(client.options, here.options);
    sessions = new Sessions(client, 'k1', { lookInterval: 600_000 });
    sessions.start();
    await pass(100);
    put('other', { knowledge_id: 'k2' });
    put('new');
    const others = ['other', 'new'].map((id) =>
      new ProgressPoller(id, vi.fn(), vi.fn(), there.options).start()
    );
    await pass(100);
    expect(ids()).toEqual(['s1', 'new']);
    others.forEach((poller) => poller.stop());
  });

  it('shows what was known before a reload until the server has answered', async () => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    };
    const begin = (user: string) => {
      const remembered = rememberSessions({ user }, storage);
      start({ remembered });
    };
    put('s1', { progress: 40 });
    put('gone');
    begin('u1');
    await pass(3_000);
    sessions.stop();
    known.delete('gone');
    begin('u2');
    expect(ids()).toEqual([]);
    sessions.stop();
    begin('u1');
    expect(sessions.current.map(({ recalled, current }) => [recalled, current?.progress])).toEqual([
      [true, 40],
      [true, 10],
    ]);
    await pass(100);
    expect(sessions.current.map(({ recalled, sessionId }) => [recalled, sessionId])).toEqual([
      [false, 's1'],
    ]);
  });

  it('counts what it does not follow', async () => {
    for (let i = 0; i < 230; i++) put(`s${i}`);
    start({ lookInterval: 1_000 });
    await pass(3_000);
    expect([sessions.current.length, sessions.unlisted]).toEqual([200, 30]);
  });

  it('asks nothing after stop()', async () => {
    put('s1');
    start();
    await pass(100);
    sessions.stop();
    requests = [];
    await pass(60_000);
    expect(requests).toEqual([]);
  });
});
