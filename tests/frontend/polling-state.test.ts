/**
 * What a poller makes of each event.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_STATUSES } from '#contract/progress.ts';
import { PollingError } from '../../frontend/src/lib/polling/error.ts';
import {
  INITIAL_STATE,
  type PollEvent,
  type PollState,
  reduce,
  type StateRules,
} from '../../frontend/src/lib/polling/state.ts';
import { fileOf, sessionOf } from './fakes.ts';

const rules: StateRules = {
  staleTimeout: 60_000,
  maxErrorRetries: 2,
  endWhenStale: true,
  longestWatchMs: 7_000,
};
const error = new PollingError('No answer', { code: 'network' });

const answered = (
  at: number,
  given: Parameters<typeof sessionOf>[0],
  serverTimeMs: number | null = null,
): PollEvent => ({ type: 'answered', at, document: sessionOf(given), serverTimeMs });

function after(events: PollEvent[], given: Partial<StateRules> = {}): PollState {
  return events.reduce(
    (state, event) => reduce(state, event, { ...rules, ...given }),
    INITIAL_STATE,
  );
}

/** Polls each second from `from` on, `count` times, and never sees a change. */
const quiet = (count: number, from = 0): PollEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'unchanged',
    at: from + index * 1_000,
    serverTimeMs: null,
  }));

describe('reduce() on a standstill', () => {
  it("goes by the server's clock too: one that jumps here makes no job stale", () => {
    const jumping: PollEvent[] = Array.from({ length: 20 }, (_, n) => ({
      type: 'unchanged',
      at: n * 6_500,
      serverTimeMs: 1_000_000 + n * 1_000,
    }));
    const first = answered(0, { last_updated: 1_000 }, 1_000_000);
    expect(after([first, ...jumping]).end).toBeNull();
    const later: PollEvent = { type: 'unchanged', at: 130_000, serverTimeMs: 1_060_000 };
    expect(after([first, ...jumping, later]).end).toMatchObject({ error: { code: 'stale' } });
  });
});

describe('reduce() on answers', () => {
  it('drops one that is older than what is known', () => {
    const state = after([
      answered(0, { last_updated: 20, progress: 50 }),
      answered(1, { last_updated: 10, progress: 70 }),
    ]);
    expect(state.document?.progress).toBe(50);
  });

  it('drops one of an earlier attempt', () => {
    const state = after([
      answered(0, { attempt: 2, progress: 5 }),
      answered(1, { attempt: 1, progress: 90, last_updated: 9_999 }),
    ]);
    expect(state.document?.attempt).toBe(2);
  });

  it('lets a retry begin anew', () => {
    const state = after([answered(0, { progress: 90 }), answered(1, { attempt: 2, progress: 0 })]);
    expect(state.document?.progress).toBe(0);
  });

  it('holds the progress of a file in its step', () => {
    const state = after([
      answered(0, { files: [fileOf({ progress: 60 })] }),
      answered(1, { last_updated: 2_000, files: [fileOf({ progress: 40, message: 'Later' })] }),
    ]);
    expect(state.document?.files?.[0]).toMatchObject({ progress: 60, message: 'Later' });
  });

  it('has no files where an answer has none, rather than those of before', () => {
    const state = after([answered(0, { files: [fileOf()] }), answered(1, { progress: 20 })]);
    expect(state.document?.files).toBeUndefined();
  });

  it.each(
    [
      ['completed', 'completed', undefined],
      ['error', 'failed', 'session_failed'],
      ['cancelled', 'failed', 'cancelled'],
    ] as const,
  )('ends with status %s', (status, kind, code) => {
    const { end } = after([answered(0, { status, error: 'Broken' })]);
    expect(end?.kind).toBe(kind);
    if (end?.kind === 'failed') expect(end.error.code).toBe(code);
  });

  it('never moves progress back within an attempt, whatever comes in whatever order', () => {
    const document = fc.record({
      attempt: fc.integer({ min: 1, max: 3 }),
      last_updated: fc.integer({ min: 1, max: 20 }),
      progress: fc.integer({ min: 0, max: 100 }),
      status: fc.constantFrom('queued' as const, 'processing' as const, 'paused' as const),
    });
    fc.assert(fc.property(fc.array(document), (documents) => {
      let state = INITIAL_STATE;
      documents.forEach((given, at) => {
        const before = state.document;
        state = reduce(state, answered(at, given), rules);
        const now = state.document;
        if (before === null || now === null) return;
        expect(now.attempt).toBeGreaterThanOrEqual(before.attempt);
        if (now.attempt > before.attempt) return;
        expect(now.progress).toBeGreaterThanOrEqual(before.progress);
        expect(now.last_updated).toBeGreaterThanOrEqual(before.last_updated);
      });
    }));
  });

  it('ends once: nothing changes after the end, whatever comes', () => {
    const event: fc.Arbitrary<PollEvent> = fc.oneof(
      fc.record({ status: fc.constantFrom(...SESSION_STATUSES), progress: fc.integer() })
        .map((given) => answered(0, given)),
      fc.constant<PollEvent>({ type: 'unchanged', at: 5, serverTimeMs: null }),
      fc.constant<PollEvent>({ type: 'failed', error, counts: true }),
      fc.constant<PollEvent>({ type: 'refused', error }),
      fc.constant<PollEvent>({ type: 'offline', error }),
    );
    fc.assert(fc.property(fc.array(event), (events) => {
      let ended: PollState | null = null;
      let state = INITIAL_STATE;
      for (const next of events) {
        state = reduce(state, next, rules);
        if (ended) expect(state).toBe(ended);
        if (state.end) ended ??= state;
      }
    }));
  });
});

describe('reduce() on a standstill', () => {
  it('ends with code stale after the time allowed', () => {
    const events = [answered(0, {}), ...quiet(61)];
    expect(after(events.slice(0, -1)).end).toBeNull();
    const { end } = after(events);
    expect(end?.kind === 'failed' && end.error.code).toBe('stale');
  });

  it('only marks it when tracking is to go on, and unmarks it on news', () => {
    const still = [answered(0, {}), ...quiet(61)];
    expect(after(still, { endWhenStale: false })).toMatchObject({ stale: true, end: null });
    const news = [...still, answered(61_000, { last_updated: 1_061 })];
    expect(after(news, { endWhenStale: false })).toMatchObject({ stale: false, watchedMs: 0 });
  });

  it('does not count a time through which the tab slept', () => {
    const state = after([answered(0, {}), ...quiet(30), ...quiet(30, 3_600_000)]);
    expect(state.end).toBeNull();
    expect(state.watchedMs).toBe(29_000);
  });

  it('does not count the time of failed polls', () => {
    const failed: PollEvent = { type: 'failed', error, counts: true };
    const state = after([answered(0, {}), failed, {
      type: 'unchanged',
      at: 6_000,
      serverTimeMs: null,
    }]);
    expect(state.watchedMs).toBe(0);
  });

  it.each(['queued', 'paused'] as const)('is none while %s: no update is due', (status) => {
    expect(after([answered(0, { status }), ...quiet(200)]).end).toBeNull();
  });

  it('goes by the server’s last_updated, not by answers that differ otherwise', () => {
    const same = Array.from(
      { length: 61 },
      (_, index) => answered(index * 1_000, { eta_seconds: index }),
    );
    expect(after(same).end?.kind).toBe('failed');
  });
});

describe('reduce() on failures', () => {
  const failed: PollEvent = { type: 'failed', error, counts: true };

  it('ends after more in a row than are tried again', () => {
    expect(after([failed, failed]).end).toBeNull();
    expect(after([failed, failed, failed]).end).toEqual({ kind: 'failed', error });
  });

  it('forgets them with an answer', () => {
    const state = after([failed, failed, answered(0, {}), failed, failed]);
    expect(state).toMatchObject({ end: null, failures: 2 });
  });

  it('does not count being offline', () => {
    expect(after(Array(50).fill({ type: 'offline', error })).end).toBeNull();
  });

  it('ends at once when refused', () => {
    expect(after([{ type: 'refused', error }]).end).toEqual({ kind: 'failed', error });
  });
});
