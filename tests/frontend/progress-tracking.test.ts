/**
 * Tracking by session id.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ProgressPoller,
  resumeTracking,
  startProgressTracking,
  stopProgressTracking,
} from '../../frontend/src/lib/utils/polling.ts';
import { FakeBrowser } from './fake-browser.ts';
import { answer, fakePage, problem, serverOf, sessionOf } from './fakes.ts';

const working = () => answer(sessionOf());
const done = () => answer(sessionOf({ status: 'completed' }));
const page = fakePage();
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => vi.useFakeTimers());

afterEach(() => {
  ['s1', 's2'].forEach(stopProgressTracking);
  expect(vi.getTimerCount()).toBe(0);
  expect(page.listeners()).toBe(0);
  vi.useRealTimers();
});

describe('startProgressTracking()', () => {
  it('follows a session to its end', async () => {
    const completed = vi.fn();
    const { fetch } = serverOf(working(), done());
    startProgressTracking('s1', completed, vi.fn(), { fetch, wakeTargets: page });
    await pass(5_000);
    expect(completed).toHaveBeenCalledTimes(1);
  });

  it('takes the place of an earlier one for the same id', async () => {
    const [first, second] = [vi.fn(), vi.fn()];
    const server = serverOf(working(), working(), done());
    const options = { fetch: server.fetch, wakeTargets: page };
    startProgressTracking('s1', first, vi.fn(), options);
    startProgressTracking('s1', second, vi.fn(), options);
    await pass(5_000);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledTimes(1);
  });

  it('leaves other sessions alone', async () => {
    const completed = vi.fn();
    startProgressTracking('s1', completed, vi.fn(), {
      ...serverOf(working(), done()),
      wakeTargets: page,
    });
    startProgressTracking('s2', completed, vi.fn(), {
      ...serverOf(working(), done()),
      wakeTargets: page,
    });
    await pass(5_000);
    expect(completed).toHaveBeenCalledTimes(2);
  });

  it('can track an id again out of its own onError', async () => {
    const completed = vi.fn();
    const { fetch } = serverOf(problem(404, 'session_not_found'), working(), done());
    const options = { fetch, wakeTargets: page };
    startProgressTracking('s1', vi.fn(), () => {
      startProgressTracking('s1', completed, vi.fn(), options);
    }, options);
    await pass(5_000);
    expect(completed).toHaveBeenCalledTimes(1);
  });
});

describe('stopProgressTracking()', () => {
  it('ends tracking in silence', async () => {
    const called = vi.fn();
    const server = serverOf(working());
    startProgressTracking('s1', called, called, { fetch: server.fetch, wakeTargets: page });
    await pass(1_500);
    stopProgressTracking('s1');
    await pass(60_000);
    expect(server.requests).toHaveLength(2);
    expect(called).not.toHaveBeenCalled();
  });

  it('does nothing for an id that is not tracked', () => {
    expect(() => stopProgressTracking('unknown')).not.toThrow();
  });
});

describe('resumeTracking()', () => {
  it('follows every live session that the server lists', async () => {
    const items = [sessionOf({ session_id: 's1' }), sessionOf({ session_id: 's2' })];
    const ended = items.map((item) => ({ ...item, status: 'completed' }));
    const server = serverOf(
      answer({ items, total: 2 }),
      answer({ sessions: ended, missing: [] }),
    );
    const completed = vi.fn();
    const found = await resumeTracking(completed, vi.fn(), {
      fetch: server.fetch,
      wakeTargets: page,
      knowledgeId: 'k 1',
    });
    await pass(1_000);
    expect(found).toEqual(items);
    expect(completed).toHaveBeenCalledTimes(2);
    const url = new URL(server.requests[0]?.url ?? '');
    expect(url.pathname).toBe('/api/v1/sessions');
    expect(Object.fromEntries(url.searchParams)).toEqual({ knowledge_id: 'k 1', live: 'true' });
  });

  it('keeps on with a signal: hears what another tab starts, looks again, and lets go', async () => {
    const browser = new FakeBrowser();
    const [here, there] = [browser.tab(), browser.tab()];
    const controller = new AbortController();
    const completed = vi.fn();
    browser.put('s1');
    const options = { ...here.options, knowledgeId: 'k1', signal: controller.signal };
    await Promise.all([resumeTracking(completed, vi.fn(), options), pass(100)]);
    browser.put('s2');
    browser.put('elsewhere', { knowledge_id: 'k2' });
    const others = ['s2', 'elsewhere'].map((id) =>
      new ProgressPoller(id, vi.fn(), vi.fn(), there.options).start()
    );
    await pass(200);
    browser.put('s2', { status: 'completed', last_updated: 1_100 });
    browser.put('elsewhere', { status: 'completed', last_updated: 1_100 });
    await pass(2_000);
    expect(completed.mock.calls.map(([status]) => status.session_id)).toEqual(['s2']);
    browser.put('s3', { status: 'completed', last_updated: 1_100 });
    browser.put('s3', { status: 'processing' });
    here.page.comeOnline();
    await pass(200);
    browser.put('s3', { status: 'completed', last_updated: 1_200 });
    await pass(2_000);
    expect(completed).toHaveBeenCalledTimes(2);
    controller.abort();
    others.forEach((poller) => poller.stop());
    await pass(0);
    expect(here.page.listeners()).toBe(0);
    expect(browser.channels.size).toBe(0);
    expect(browser.locks.busy).toEqual([]);
  });

  it('rejects when there is no list', async () => {
    const { fetch } = serverOf(problem(401, 'unauthenticated'));
    await expect(resumeTracking(vi.fn(), vi.fn(), { fetch })).rejects.toMatchObject({
      status: 401,
    });
  });
});
