/**
 * The tray's view of one session, and its group. Pure.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import { heldProgress } from '../components/held-progress.ts';
import type { PollingError } from '../polling/error.ts';
import type { UploadTotals } from '../uploads/totals.ts';

/** One session in this page. */
export interface Observed {
  session: SessionStatusDocument;
  uploads: UploadTotals;
  /** Error that ended the following, or null. */
  error: Pick<PollingError, 'code'> | null;
  /** Set while polls fail and are retried. */
  trouble: Pick<PollingError, 'code'> | null;
  stale: boolean;
}

export type Group = 'attention' | 'running' | 'done';

/**
 * Obstacles: files that failed or could not be sent, a pause after an error, a standstill, a server
 * that is unreachable or refuses. `reconnecting` resolves itself.
 */
export type Trouble =
  | 'failed'
  | 'unsent'
  | 'paused'
  | 'stalled'
  | 'unreachable'
  | 'refused'
  | 'reconnecting';

export interface Work extends Observed {
  group: Group;
  obstacle: Trouble | null;
  live: boolean;
  /** Percent, 0–100; stays at 99 until all work is done. */
  progress: number;
}

export function viewWork(observed: Observed): Work {
  const { session } = observed;
  const live = !FINAL_STATUSES.includes(session.status);
  const obstacle = obstacleOf(observed, live);
  return {
    ...observed,
    obstacle,
    live,
    progress: heldProgress(session.progress, !live),
    group: obstacle !== null && obstacle !== 'reconnecting'
      ? 'attention'
      : live
      ? 'running'
      : 'done',
  };
}

function obstacleOf(observed: Observed, live: boolean): Trouble | null {
  const { session, uploads, error, trouble, stale } = observed;
  if (!live) return session.status === 'error' || session.failed_files > 0 ? 'failed' : null;
  if (error !== null) return error.code === 'network' ? 'unreachable' : 'refused';
  if (uploads.failedFiles > 0) return 'unsent';
  if (session.status === 'paused' && session.error !== null) return 'paused';
  // A running upload counts as an update.
  if (stale && !uploads.busy) return 'stalled';
  return trouble === null ? null : 'reconnecting';
}

export type Groups = Record<Group, Work[]>;

/** Each group keeps the given order. */
export function groupWork(works: readonly Work[]): Groups {
  const groups: Groups = { attention: [], running: [], done: [] };
  for (const work of works) groups[work.group].push(work);
  return groups;
}
