import { text } from '../../../backend/contract/messages/catalogue.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SESSION_STATUSES, type SessionStatus } from '../../../backend/contract/progress.ts';
import {
  isFinal,
  newSession,
  type SessionEvent,
  type SessionState,
  toDocument,
  transition,
} from '../../../backend/progress/session.ts';
import type { Tally } from '../../../backend/progress/tally.ts';
import { tallyOf } from './tallies.ts';

const at = 1_000;

function sessionIn(status: SessionStatus): SessionState {
  return {
    ...newSession('s', at),
    status,
    progress: status === 'completed' ? 100 : 40,
    finishedAt: isFinal(status) ? at : null,
  };
}

const running = tallyOf({ processing: 1, completed: 1, fraction: 0.5 });
const events: Record<string, SessionEvent> = {
  'tallied waiting': { type: 'tallied', tally: tallyOf({ queued: 2 }) },
  'tallied running': { type: 'tallied', tally: running },
  'tallied paused': { type: 'tallied', tally: tallyOf({ paused: 2 }) },
  'tallied done': { type: 'tallied', tally: tallyOf({ completed: 2 }) },
  'tallied failed': { type: 'tallied', tally: tallyOf({ failed: 2 }) },
  'retried': { type: 'retried', tally: tallyOf({ queued: 1, completed: 1 }) },
  'reported': { type: 'reported', report: { progress: 50 } },
  'completed': { type: 'completed' },
  'failed': { type: 'failed', error: text('The reason') },
  'cancelled': { type: 'cancelled' },
};

/** Where a session is after an event, whatever live status it had before. */
const fromLive: Record<string, SessionStatus> = {
  'tallied waiting': 'queued',
  'tallied running': 'processing',
  'tallied paused': 'paused',
  'tallied done': 'completed',
  'tallied failed': 'error',
  'retried': 'processing',
  'reported': 'processing',
  'completed': 'completed',
  'failed': 'error',
  'cancelled': 'cancelled',
};

describe('transition()', () => {
  for (const status of SESSION_STATUSES) {
    for (const [name, event] of Object.entries(events)) {
      const expected = isFinal(status) && name !== 'retried' ? null : fromLive[name]!;
      test(`${status} and ${name} make ${expected ?? 'no change'}`, () => {
        const state = sessionIn(status);
        const next = transition(state, event, at + 1);
        expect(next?.status ?? null).toBe(expected);
        if (!next) return;
        expect(next.updatedAt).toBe(at + 1);
        expect(next.finishedAt).toBe(isFinal(next.status) ? at + 1 : null);
        expect(next.attempt).toBe(name === 'retried' ? 2 : 1);
      });
    }
  }

  test('starts the clock when the work starts, not when it is asked for', () => {
    const waiting = transition(newSession('s', at), events['tallied waiting']!, at + 1)!;
    expect(waiting.startedAt).toBeNull();
    const started = transition(waiting, events['tallied running']!, at + 2)!;
    expect(started.startedAt).toBe(at + 2);
    expect(transition(started, events['tallied paused']!, at + 3)!.startedAt).toBe(at + 2);
  });

  test('a retried session begins again at its files, without its old error', () => {
    const failed = transition(sessionIn('processing'), events['failed']!, at + 1)!;
    expect(failed).toMatchObject({
      progress: 40,
      error: text('The reason'),
      message: text('The reason'),
    });
    const tally = tallyOf({ queued: 1, completed: 1, fraction: 0.2 });
    const again = transition(failed, { type: 'retried', tally }, at + 2)!;
    expect(again).toMatchObject({ progress: 20, error: null, attempt: 2, finishedAt: null });
  });

  test('any events: never back within an attempt, 100 only and always when completed', () => {
    fc.assert(fc.property(fc.array(anyEvent, { maxLength: 40 }), (sequence) => {
      let state = newSession('s', at);
      for (const [step, event] of sequence.entries()) {
        const next = transition(state, event, at + step);
        if (isFinal(state.status) && event.type !== 'retried') expect(next).toBeNull();
        if (!next) continue;
        if (next.attempt === state.attempt) {
          expect(next.progress).toBeGreaterThanOrEqual(state.progress);
        }
        expect(next.progress).toBeGreaterThanOrEqual(0);
        expect(next.progress === 100).toBe(next.status === 'completed');
        expect(isFinal(next.status)).toBe(next.finishedAt !== null);
        state = next;
      }
    }));
  });
});

const count = fc.nat({ max: 5 });
const strange = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 1e9);
const anyTally: fc.Arbitrary<Tally> = fc.record({
  uploading: count,
  queued: count,
  processing: count,
  paused: count,
  completed: count,
  failed: count,
  cancelled: count,
  fraction: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), strange),
}).map(tallyOf);
const anyEvent: fc.Arbitrary<SessionEvent> = fc.oneof(
  fc.record({ type: fc.constant('tallied' as const), tally: anyTally }),
  fc.record({ type: fc.constant('retried' as const), tally: anyTally }),
  fc.record({
    type: fc.constant('reported' as const),
    report: fc.record({
      status: fc.constantFrom('queued' as const, 'processing' as const, 'paused' as const),
      progress: fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), strange),
    }),
  }),
  fc.constantFrom<SessionEvent>(
    { type: 'completed' },
    { type: 'failed', error: text('x') },
    { type: 'cancelled' },
  ),
);

test('toDocument() has the nine keys of the contract and whole seconds', () => {
  const document = toDocument({ ...sessionIn('processing'), updatedAt: 1_700_000_000.9 });
  expect(document).toEqual({
    session_id: 's',
    status: 'processing',
    total_files: 0,
    processed_files: 0,
    current_file: null,
    progress: 40,
    message: 'Waiting to start',
    last_updated: 1_700_000_000,
    error: null,
  });
});
