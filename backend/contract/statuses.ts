/**
 * Statuses and steps of progress. Plain constants, so that a browser that only compares them loads
 * no schemas.
 *
 * @module
 */

/** Statuses of a session. The first three are the old contract, the rest go beyond it. */
export const SESSION_STATUSES = [
  'processing',
  'completed',
  'error',
  'queued',
  'paused',
  'cancelled',
] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** Statuses after which a session does not change by itself any more. */
export const FINAL_STATUSES: readonly SessionStatus[] = ['completed', 'error', 'cancelled'];

/** Statuses of one file of a session. */
export const FILE_STATUSES = [
  'uploading',
  'queued',
  'interrupted',
  'processing',
  'paused',
  'completed',
  'error',
  'cancelled',
] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/**
 * Steps of a file's job, in order; a file has either `extract` or `transcribe`. A job of the app's
 * own is in `run`; its message names the app's own step.
 */
export const STEPS = ['upload', 'queue', 'extract', 'transcribe', 'index', 'run'] as const;
export type Step = (typeof STEPS)[number];

export const PRIORITIES = ['low', 'medium', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * Identifies the step of a session; pollers are notified at once when it changes. In a session of
 * many files the processing steps count as one, because parallel files alternate between them.
 */
export function stepOf(session: {
  readonly attempt: number;
  readonly status: SessionStatus;
  readonly phase: Step | null;
  readonly total_files: number;
}): string {
  const { attempt, status, phase, total_files } = session;
  const works = total_files > 1 && phase !== 'upload' && phase !== 'queue';
  return `${attempt} ${status} ${works ? 'work' : phase}`;
}

/** Maximum count of sessions in a list; one more means that there are more. */
export const MOST_COUNTED = 1_000;
