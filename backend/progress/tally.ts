/**
 * Job counts of a session: derived from its rows every time, never stored.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { SessionStatus, Step } from '#contract/progress.ts';

export interface Tally {
  readonly total: number;
  readonly uploading: number;
  readonly queued: number;
  readonly processing: number;
  readonly paused: number;
  readonly completed: number;
  /** Number of completed files with notices. */
  readonly noticed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** 0–1, weighted by expected time; ended files count in full. */
  readonly fraction: number;
  readonly current: { readonly name: string; readonly step: Step } | null;
  readonly message: MessageDetails;
  readonly firstFailure: {
    readonly kind: string;
    readonly name: string;
    readonly error: MessageDetails | null;
  } | null;
  readonly etaSeconds: number | null;
  /** Message of an app job, the only one of its session; else null. */
  readonly ofJob: MessageDetails | null;
}

/** The session status that its files' statuses amount to. */
export function tallyStatus(tally: Omit<Tally, 'etaSeconds'>): SessionStatus {
  if (tally.processing + tally.uploading > 0) return 'processing';
  if (tally.queued > 0) {
    return tally.completed + tally.failed + tally.cancelled > 0 ? 'processing' : 'queued';
  }
  if (tally.paused > 0) return 'paused';
  if (tally.completed > 0 || tally.total === 0) return 'completed';
  return tally.failed > 0 ? 'error' : 'cancelled';
}

/** The outcome of a session, as its message and its error. */
export interface Outcome {
  readonly message: MessageDetails;
  readonly error: MessageDetails | null;
}

/** Describes the outcome of a session whose files have all ended. */
export function describeOutcome(tally: Tally): Outcome {
  const { total, completed, noticed, failed, cancelled, firstFailure, ofJob } = tally;
  if (total === 0) return { message: message('nothing_to_process'), error: null };
  const first = firstFailure &&
    { name: firstFailure.name, reason: firstFailure.error ?? message('unknown_reason') };
  if (firstFailure && first && failed === total && total === 1) {
    const failure = message('file_failed', { kind: firstFailure.kind, ...first });
    return { message: failure, error: failure };
  }
  if (ofJob !== null) return { message: ofJob, error: null };
  return {
    message: message('session_ended', { completed, of: total, noticed, cancelled, failed, first }),
    error: failed > 0 ? message('files_failed', { failed, first }) : null,
  };
}
