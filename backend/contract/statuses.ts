/**
 * The words that progress is told in. Plain constants, so that a browser that only compares them
 * loads no schemas.
 *
 * @module
 */

/** Every status a session can have. The first three are the old contract, the rest go beyond it. */
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

/** Every status one file of a session can have. */
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
 * The named parts of a file's work, in their order; a file has either `extract` or `transcribe`. A
 * job of the app's own is in `run`; which of its own steps that is, its message says.
 */
export const STEPS = ['upload', 'queue', 'extract', 'transcribe', 'index', 'run'] as const;
export type Step = (typeof STEPS)[number];

export const PRIORITIES = ['low', 'medium', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

/**
 * Of a session, what a poller wants to know of at once when it changes. Files at work beside each
 * other take turns with their steps: for a session of many files that is no change.
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

/** Sessions of a list are counted up to here; one more says that there are more. */
export const MOST_COUNTED = 1_000;
