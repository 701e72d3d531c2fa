/**
 * Filter and order of the files of a long session. Pure.
 *
 * @module
 */
import type { FileProgress, FileStatus } from '#contract/progress.ts';

/** Groups of files offered as filters. */
export const FILE_GROUPS = ['all', 'running', 'waiting', 'failed', 'done'] as const;
export type FileGroup = (typeof FILE_GROUPS)[number];
export const FILE_ORDERS = ['given', 'name', 'size', 'status'] as const;
export type RowOrder = (typeof FILE_ORDERS)[number];

export interface RowFilter {
  query: string;
  group: FileGroup;
  order: RowOrder;
}

const GROUP_OF: Record<FileStatus, Exclude<FileGroup, 'all'>> = {
  uploading: 'running',
  processing: 'running',
  queued: 'waiting',
  interrupted: 'waiting',
  paused: 'waiting',
  error: 'failed',
  cancelled: 'failed',
  completed: 'done',
};

/** Sort rank: files that need attention or are in progress, then waiting, then finished ones. */
const URGENCY: Record<FileStatus, number> = {
  error: 0,
  processing: 1,
  uploading: 2,
  paused: 3,
  interrupted: 3,
  queued: 4,
  cancelled: 5,
  completed: 6,
};

/** Numeric: `page 2` comes before `page 10`. Shared, as creating a collator is slow. */
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const COMPARE: Record<Exclude<RowOrder, 'given'>, (a: FileProgress, b: FileProgress) => number> = {
  name: (a, b) => names.compare(a.name, b.name),
  size: (a, b) => (b.size ?? -1) - (a.size ?? -1),
  status: (a, b) => URGENCY[a.status] - URGENCY[b.status],
};

/** Filters and sorts. The sort is stable: equal files keep their given order. */
export function filterRows(files: readonly FileProgress[], filter: RowFilter): FileProgress[] {
  const query = filter.query.trim().toLocaleLowerCase();
  const found = files.filter((file) =>
    (filter.group === 'all' || GROUP_OF[file.status] === filter.group) &&
    (query === '' || file.name.toLocaleLowerCase().includes(query))
  );
  return filter.order === 'given' ? found : found.sort(COMPARE[filter.order]);
}

export function countGroups(files: readonly FileProgress[]): Record<FileGroup, number> {
  const counts = { all: files.length, running: 0, waiting: 0, failed: 0, done: 0 };
  for (const { status } of files) counts[GROUP_OF[status]] += 1;
  return counts;
}

/** Returns the most relevant files of a long list: first failed, then in progress. */
export function mostTelling(files: readonly FileProgress[], count: number): FileProgress[] {
  return [...files].sort(COMPARE.status).slice(0, count);
}
