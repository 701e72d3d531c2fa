/**
 * The state machine of a session, as a pure function.
 *
 * ```
 *            ┌────────── resumed ─────────┐
 *   queued ──┼─► processing ◄──────► paused
 *            │        │
 *            └────────┴─► completed | error | cancelled ── retried ─► queued
 * ```
 *
 * @module
 */
import { formatMessage, message, text } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import {
  FINAL_STATUSES,
  type ProgressDocument,
  type SessionStatus,
  type Step,
} from '#contract/progress.ts';
import { describeOutcome, type Tally, tallyStatus } from './tally.ts';

/** The state of a session. Times are epoch seconds, progress is 0–100. */
export interface SessionState {
  readonly sessionId: string;
  readonly status: SessionStatus;
  /** Starts at 1 and grows by one with every retry. Progress never decreases within an attempt. */
  readonly attempt: number;
  readonly totalFiles: number;
  readonly processedFiles: number;
  readonly failedFiles: number;
  readonly noticedFiles: number;
  readonly currentFile: string | null;
  readonly progress: number;
  readonly phase: Step | null;
  readonly message: MessageDetails;
  readonly error: MessageDetails | null;
  readonly etaSeconds: number | null;
  readonly startedAt: number | null;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
}

/** Progress that an app reports of its own work. */
export interface Report {
  readonly status?: 'queued' | 'processing' | 'paused';
  readonly totalFiles?: number;
  readonly processedFiles?: number;
  readonly currentFile?: string | null;
  /** 0–100. */
  readonly progress?: number;
  readonly message?: string;
}

export type SessionEvent =
  /** Jobs of the session changed; the tally is computed from their rows. */
  | { readonly type: 'tallied'; readonly tally: Tally }
  /** Work that had ended is retried. */
  | { readonly type: 'retried'; readonly tally: Tally }
  | { readonly type: 'reported'; readonly report: Report }
  | { readonly type: 'completed'; readonly message?: MessageDetails | undefined }
  | { readonly type: 'failed'; readonly error: MessageDetails }
  | { readonly type: 'cancelled' };

/** A new session. */
export function newSession(sessionId: string, at: number): SessionState {
  return {
    sessionId,
    status: 'queued',
    attempt: 1,
    totalFiles: 0,
    processedFiles: 0,
    failedFiles: 0,
    noticedFiles: 0,
    currentFile: null,
    progress: 0,
    phase: null,
    message: message('waiting_to_start'),
    error: null,
    etaSeconds: null,
    startedAt: null,
    updatedAt: at,
    finishedAt: null,
  };
}

export const isFinal = (status: SessionStatus): boolean => FINAL_STATUSES.includes(status);

/**
 * Returns the state after `event`, or null if the event does not apply (for example a tick after
 * the end).
 */
export function transition(
  state: SessionState,
  event: SessionEvent,
  at: number,
): SessionState | null {
  if (event.type === 'retried') return afterRetry(state, event.tally, at);
  if (isFinal(state.status)) return null;
  switch (event.type) {
    case 'tallied':
      return afterTally(state, event.tally, at);
    case 'reported':
      return afterReport(state, event.report, at);
    case 'completed':
      return finish(state, 'completed', event.message ?? message('completed'), null, at);
    case 'failed':
      return finish(state, 'error', event.error, event.error, at);
    case 'cancelled':
      return finish(state, 'cancelled', message('cancelled'), null, at);
  }
}

/** The nine keys of the old contract, in English. `last_updated` is whole epoch seconds. */
export function toDocument(state: SessionState): ProgressDocument {
  return {
    session_id: state.sessionId,
    status: state.status,
    total_files: state.totalFiles,
    processed_files: state.processedFiles,
    current_file: state.currentFile,
    progress: state.progress,
    message: formatMessage(state.message),
    last_updated: Math.floor(state.updatedAt),
    error: state.error && formatMessage(state.error),
  };
}

function afterTally(state: SessionState, tally: Tally, at: number): SessionState {
  const status = tallyStatus(tally);
  const counted = {
    ...state,
    totalFiles: tally.total,
    processedFiles: tally.completed,
    failedFiles: tally.failed,
    noticedFiles: tally.noticed,
  };
  if (isFinal(status)) {
    const outcome = describeOutcome(tally);
    return finish(counted, status, outcome.message, outcome.error, at);
  }
  return {
    ...counted,
    status,
    currentFile: tally.current?.name ?? null,
    progress: advance(state.progress, tally.fraction * 100),
    phase: tally.current?.step ?? 'queue',
    message: tally.message,
    error: null,
    etaSeconds: status === 'paused' ? null : tally.etaSeconds,
    startedAt: state.startedAt ?? (status === 'processing' ? at : null),
    updatedAt: at,
  };
}

function afterRetry(state: SessionState, tally: Tally, at: number): SessionState {
  const again: SessionState = {
    ...state,
    status: 'queued',
    attempt: state.attempt + 1,
    progress: 0,
    error: null,
    startedAt: null,
    finishedAt: null,
  };
  return afterTally(again, tally, at);
}

function afterReport(state: SessionState, report: Report, at: number): SessionState {
  const status = report.status ?? 'processing';
  return {
    ...state,
    status,
    totalFiles: report.totalFiles ?? state.totalFiles,
    processedFiles: report.processedFiles ?? state.processedFiles,
    currentFile: report.currentFile === undefined ? state.currentFile : report.currentFile,
    progress: advance(state.progress, report.progress ?? state.progress),
    message: report.message === undefined ? state.message : text(report.message),
    startedAt: state.startedAt ?? (status === 'processing' ? at : null),
    updatedAt: at,
  };
}

function finish(
  state: SessionState,
  status: SessionStatus,
  message: MessageDetails,
  error: MessageDetails | null,
  at: number,
): SessionState {
  return {
    ...state,
    status,
    currentFile: null,
    progress: status === 'completed' ? 100 : state.progress,
    phase: null,
    message,
    error,
    etaSeconds: null,
    updatedAt: at,
    finishedAt: at,
  };
}

/** One decimal, never decreasing, at most 99: only a completed session shows 100. */
function advance(from: number, to: number): number {
  const rounded = Math.round(to * 10) / 10;
  return Math.max(from, Math.min(99, Number.isFinite(rounded) ? rounded : 0));
}
