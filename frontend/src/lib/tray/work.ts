/**
 * What the tray knows of one session, and in which group it belongs. Pure.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import { heldProgress } from '../components/held-progress.ts';
import type { PollingError } from '../polling/error.ts';
import type { UploadTotals } from '../uploads/totals.ts';

/** One session as this page sees it. */
export interface Observed {
  session: SessionStatusDocument;
  uploads: UploadTotals;
  /** Why following it ended, if it did. */
  error: Pick<PollingError, 'code'> | null;
  /** Set while polls fail and are tried again. */
  trouble: Pick<PollingError, 'code'> | null;
  stale: boolean;
}

export type Group = 'attention' | 'running' | 'done';

/**
 * What stands in the way: files that failed or could not be sent, a pause that an error made, a
 * standstill, a server that cannot be reached or refuses. `reconnecting` passes by itself.
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
  /** 0–100; holds at 99 until all is done. */
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
  // Bytes on their way are news enough.
  if (stale && !uploads.busy) return 'stalled';
  return trouble === null ? null : 'reconnecting';
}

export type Groups = Record<Group, Work[]>;

/** In each group as they came. */
export function groupWork(works: readonly Work[]): Groups {
  const groups: Groups = { attention: [], running: [], done: [] };
  for (const work of works) groups[work.group].push(work);
  return groups;
}
