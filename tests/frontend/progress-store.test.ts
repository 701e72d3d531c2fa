/**
 * The plain store.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createProgressStore,
  type ProgressState,
} from '../../frontend/src/lib/utils/progress-store.ts';
import { answer, problem, serverOf, sessionOf } from './fakes.ts';

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const working = (progress: number) =>
  answer(sessionOf({ progress, last_updated: 1_000 + progress }));

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('createProgressStore()', () => {
  it('asks while somebody is subscribed, and tells the state at once', async () => {
    const server = serverOf(working(10), working(20));
    const store = createProgressStore('s1', { fetch: server.fetch });
    await pass(5_000);
    expect(server.requests).toHaveLength(0);
    const seen: (number | undefined)[] = [];
    const run = (state: ProgressState) => void seen.push(state.document?.progress);
    const [first, second] = [store.subscribe(run), store.subscribe(run)];
    await pass(100);
    expect(seen).toEqual([undefined, undefined, 10, 10]);
    first();
    await pass(1_000);
    expect(seen.at(-1)).toBe(20);
    second();
    const asked = server.requests.length;
    await pass(60_000);
    expect(server.requests).toHaveLength(asked);
  });

  it('ends once, with the reason, and stays so for whoever comes later', async () => {
    const server = serverOf(working(10), problem(404, 'session_not_found'));
    const store = createProgressStore('s1', { fetch: server.fetch });
    const states: ProgressState[] = [];
    store.subscribe((state) => states.push(state));
    await pass(10_000);
    expect(states.filter(({ ended }) => ended)).toHaveLength(1);
    expect(states.at(-1)).toMatchObject({ error: { status: 404 }, document: { progress: 10 } });
    const late = vi.fn();
    store.subscribe(late)();
    await pass(10_000);
    expect(late.mock.calls).toEqual([[states.at(-1)]]);
    expect(server.requests).toHaveLength(2);
  });

  it('says when it stands still, and when it goes on', async () => {
    let last = 1_000;
    const server = serverOf(() => answer(sessionOf({ last_updated: last })));
    const states: ProgressState[] = [];
    const stop = createProgressStore('s1', { fetch: server.fetch, staleTimeout: 5_000 })
      .subscribe((state) => states.push(state));
    await pass(6_500);
    expect(states.at(-1)?.stale).toBe(true);
    last = 1_050;
    await pass(1_500);
    expect(states.at(-1)?.stale).toBe(false);
    stop();
  });
});
