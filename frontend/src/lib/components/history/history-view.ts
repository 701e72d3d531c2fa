/**
 * View model of a past session in the history. Pure.
 *
 * @module
 */
import type { FileProgress, SessionStatus, SessionStatusDocument } from '#contract/progress.ts';
import type { ListedSession } from '#contract/sessions.ts';
import type { Outcome } from '../../messages/history.ts';
import type { Filters } from '../address.ts';
import { formatDuration } from '../formatting.ts';
import type { Messages } from '../messages.ts';

export const OUTCOMES = ['done', 'partly', 'failed', 'cancelled'] as const satisfies Outcome[];

/** Filters of the history, kept in the URL. */
export const HISTORY_FILTERS = { outcome: OUTCOMES, knowledge: 'text' } as const;
export type HistoryFilters = Filters<typeof HISTORY_FILTERS>;

/** Query parameters that select each outcome. */
export const QUERIES: Record<Outcome, { status: SessionStatus; failed?: 'true' | 'false' }> = {
  done: { status: 'completed', failed: 'false' },
  partly: { status: 'completed', failed: 'true' },
  failed: { status: 'error' },
  cancelled: { status: 'cancelled' },
};

export function outcomeOf({ status, failed_files }: SessionStatusDocument): Outcome {
  if (status === 'completed') return failed_files > 0 ? 'partly' : 'done';
  return status === 'error' ? 'failed' : 'cancelled';
}

/** Seconds a session waited before its start, took from start to end, and was processed. */
export interface Durations {
  readonly waited: number | null;
  readonly took: number | null;
  readonly worked: number | null;
}

export function durationsOf(session: ListedSession): Durations {
  const { created_at, queued_at = created_at, started_at, finished_at, work_seconds } = session;
  return {
    waited: started_at === null ? null : Math.max(0, started_at - queued_at),
    took: started_at === null || finished_at === null ? null : finished_at - started_at,
    worked: work_seconds ? work_seconds : null,
  };
}

/** Describes durations; a wait of less than a second is left out. */
export function tellDurations({ waited, took, worked }: Durations, messages: Messages): string[] {
  const texts = messages.history;
  if (took === null) return [texts.neverBegan];
  return [
    ...(waited !== null && waited >= 1
      ? [texts.waited(formatDuration(waited, messages.locale))]
      : []),
    texts.took(formatDuration(took, messages.locale)),
    ...(worked === null ? [] : [texts.worked(formatDuration(worked, messages.locale))]),
  ];
}

/** Describes the results of the files. */
export function tellFiles(session: SessionStatusDocument, messages: Messages): string {
  const texts = messages.history;
  const { total_files: total, processed_files: done, failed_files: failed } = session;
  const ended = failed > 0
    ? texts.failedOf(failed, total)
    : done === total
    ? texts.files(total)
    : texts.doneOf(done, total);
  const noticed = session.noticed_files;
  return noticed > 0 ? `${ended}, ${messages.notices.files(noticed)}` : ended;
}

/** Describes how long one file took and was processed. */
export function tellFile(file: FileProgress, messages: Messages): string[] {
  const { started_at, finished_at, work_seconds } = file;
  const took = started_at === null || finished_at === null ? null : finished_at - started_at;
  const worked = work_seconds > 0 ? work_seconds : null;
  return tellDurations({ waited: null, took, worked }, messages);
}

/** Lists the possible replays: `retry` of what failed, `again` of a session's files as a whole. */
export function replaysOf(session: SessionStatusDocument): ('retry' | 'again')[] {
  const ofFiles = session.kind === 'files' || session.kind === 'background';
  switch (outcomeOf(session)) {
    case 'done':
      return ofFiles && session.total_files > 0 ? ['again'] : [];
    case 'partly':
      return ofFiles ? ['retry', 'again'] : ['retry'];
    default:
      return session.total_files > 0 ? ['retry'] : [];
  }
}
