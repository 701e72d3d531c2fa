/**
 * What the files of a session add up to. Derived from their rows every time, stored nowhere.
 *
 * @module
 */
import type { SessionStatus, Step } from '#contract/progress.ts';

export interface Tally {
  readonly total: number;
  readonly uploading: number;
  readonly queued: number;
  readonly processing: number;
  readonly paused: number;
  readonly completed: number;
  /** Of the completed ones: those with notices. */
  readonly noticed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** 0–1, files weighted by the time they are expected to take; final ones count whole. */
  readonly fraction: number;
  readonly current: { readonly name: string; readonly step: Step } | null;
  readonly message: string;
  readonly firstFailure: { readonly name: string; readonly error: string } | null;
  readonly etaSeconds: number | null;
  /** What a job of the app's own, the only one of its session, says of itself; else null. */
  readonly ofJob: string | null;
}

/** The status that the files' statuses amount to. */
export function tallyStatus(tally: Omit<Tally, 'etaSeconds'>): SessionStatus {
  if (tally.processing + tally.uploading > 0) return 'processing';
  if (tally.queued > 0) {
    return tally.completed + tally.failed + tally.cancelled > 0 ? 'processing' : 'queued';
  }
  if (tally.paused > 0) return 'paused';
  if (tally.completed > 0 || tally.total === 0) return 'completed';
  return tally.failed > 0 ? 'error' : 'cancelled';
}

/** How a session whose files have all ended is put into words. */
export function describeOutcome(tally: Tally): { message: string; error: string | null } {
  const { total, completed, noticed, failed, cancelled, firstFailure, ofJob } = tally;
  const failure = firstFailure ? `${firstFailure.name}: ${firstFailure.error}` : 'unknown reason';
  if (total === 0) return { message: 'Nothing to process', error: null };
  if (failed === total && total === 1) return { message: failure, error: failure };
  if (ofJob !== null) return { message: ofJob, error: null };
  const parts = [`${completed} of ${total} ${total === 1 ? 'file' : 'files'}`];
  if (noticed > 0) parts.push(`${noticed} with notices`);
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  if (failed > 0) parts.push(`${failed} failed: ${failure}`);
  return {
    message: parts.join('; '),
    error: failed > 0 ? `${failed} failed: ${failure}` : null,
  };
}
