/**
 * State of a poller, and its change by each event. Pure: time comes with the events.
 *
 * @module
 */
import type { FileProgress, SessionStatusDocument } from '#contract/progress.ts';
import { PollingError } from './error.ts';

export interface PollState {
  /** The newest known; its progress never goes back. */
  document: SessionStatusDocument | null;
  /** The server's clock in the last answer, epoch milliseconds; null where it sent none. */
  serverTimeMs: number | null;
  /** Failed polls in a row. */
  failures: number;
  trouble: PollingError | null;
  /** Milliseconds that this tab has polled without seeing an update. */
  watchedMs: number;
  /** Time of the last answer, or null when the measurement has to start anew. */
  answeredAt: number | null;
  stale: boolean;
  /** Set once; nothing changes after it. */
  end: PollEnd | null;
}

export type PollEnd =
  | { kind: 'completed'; document: SessionStatusDocument }
  | { kind: 'failed'; error: PollingError };

export type PollEvent =
  | {
    type: 'answered';
    at: number;
    serverTimeMs: number | null;
    document: SessionStatusDocument;
  }
  | { type: 'unchanged'; at: number; serverTimeMs: number | null }
  | { type: 'failed'; error: PollingError; counts: boolean }
  | { type: 'refused'; error: PollingError }
  | { type: 'offline'; error: PollingError };

export interface StateRules {
  staleTimeout: number;
  maxErrorRetries: number;
  /** True if a standstill ends tracking. */
  endWhenStale: boolean;
  /** Maximum time between two answers; after a longer one this tab was suspended. */
  longestWatchMs: number;
}

export const INITIAL_STATE: PollState = {
  document: null,
  serverTimeMs: null,
  failures: 0,
  trouble: null,
  watchedMs: 0,
  answeredAt: null,
  stale: false,
  end: null,
};

export function reduce(state: PollState, event: PollEvent, rules: StateRules): PollState {
  if (state.end !== null) return state;
  switch (event.type) {
    case 'answered':
      return judge(take(watch(state, event, rules), event.document), rules);
    case 'unchanged':
      return judge(watch(state, event, rules), rules);
    case 'failed':
      return fail(state, event.error, event.counts, rules);
    case 'offline':
      return { ...state, trouble: event.error, answeredAt: null };
    case 'refused':
      return end(state, event.error);
  }
}

function take(watched: PollState, answer: SessionStatusDocument): PollState {
  const known = watched.document;
  if (known !== null && isOlder(answer, known)) return watched;
  const taken = { ...watched, document: known === null ? answer : hold(answer, known) };
  const updated = known === null || answer.last_updated > known.last_updated ||
    answer.status !== known.status || answer.attempt !== known.attempt;
  return updated ? { ...taken, watchedMs: 0, stale: false } : taken;
}

/** Adds the time since the last answer, unless this tab was suspended in it. */
function watch(
  state: PollState,
  { at, serverTimeMs }: { at: number; serverTimeMs: number | null },
  rules: StateRules,
): PollState {
  const elapsed = state.answeredAt === null ? 0 : at - state.answeredAt;
  const slept = elapsed < 0 || elapsed > rules.longestWatchMs;
  return {
    ...state,
    failures: 0,
    trouble: null,
    answeredAt: at,
    serverTimeMs,
    watchedMs: slept ? 0 : state.watchedMs + elapsed,
  };
}

/** True if the known document is newer than the answer. Within one second only `hold` can tell. */
function isOlder(answer: SessionStatusDocument, known: SessionStatusDocument): boolean {
  return answer.attempt === known.attempt
    ? answer.last_updated < known.last_updated
    : answer.attempt < known.attempt;
}

/**
 * Keeps progress of the same attempt from going back, for the session and for each file. The files
 * are those of the answer: those of an earlier one are out of date.
 */
function hold(answer: SessionStatusDocument, known: SessionStatusDocument): SessionStatusDocument {
  const held = answer.files && known.files
    ? { ...answer, files: holdFiles(answer.files, known.files) }
    : answer;
  if (answer.attempt !== known.attempt || answer.progress >= known.progress) return held;
  return { ...held, progress: known.progress };
}

function holdFiles(answer: FileProgress[], known: FileProgress[]): FileProgress[] {
  const before = new Map(known.map((file) => [file.job_id, file]));
  return answer.map((file) => {
    const old = before.get(file.job_id);
    const goesBack = old !== undefined && old.attempt === file.attempt &&
      old.step === file.step && file.progress < old.progress && file.status !== 'uploading';
    return goesBack ? { ...file, progress: old.progress } : file;
  });
}

function judge(state: PollState, rules: StateRules): PollState {
  const { document } = state;
  if (document === null) return state;
  if (document.status === 'completed') return { ...state, end: { kind: 'completed', document } };
  if (document.status === 'error' || document.status === 'cancelled') {
    return end(state, sessionError(document));
  }
  if (state.stale || !isStandstill(state, document, rules)) return state;
  const stale = { ...state, stale: true };
  return rules.endWhenStale ? end(stale, staleError(document)) : stale;
}

/**
 * True if a running session makes no progress. A session that waits or is paused has no updates to
 * make, unless the server misses some. This tab must have polled all the while, and the server's
 * clock must agree: the local one may jump.
 */
function isStandstill(
  state: PollState,
  document: SessionStatusDocument,
  rules: StateRules,
): boolean {
  const expected = document.status === 'processing' || document.stale === true;
  const { serverTimeMs } = state;
  const untouchedMs = serverTimeMs === null
    ? Infinity
    : serverTimeMs - document.last_updated * 1_000;
  return expected && Math.min(state.watchedMs, untouchedMs) >= rules.staleTimeout;
}

function fail(
  state: PollState,
  error: PollingError,
  counts: boolean,
  rules: StateRules,
): PollState {
  const failures = state.failures + (counts ? 1 : 0);
  const failed = { ...state, failures, trouble: error, answeredAt: null };
  return failures > rules.maxErrorRetries ? end(failed, error) : failed;
}

function end(state: PollState, error: PollingError): PollState {
  return { ...state, end: { kind: 'failed', error } };
}

function sessionError(document: SessionStatusDocument): PollingError {
  return document.status === 'cancelled'
    ? new PollingError('Processing was cancelled', { code: 'cancelled', document })
    : new PollingError(document.error ?? document.message, {
      code: 'session_failed',
      reason: document.error_details ?? document.message_details,
      document,
    });
}

function staleError(document: SessionStatusDocument): PollingError {
  return new PollingError('No progress has been reported for too long', {
    code: 'stale',
    document,
  });
}
