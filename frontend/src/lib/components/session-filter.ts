/**
 * Which files of a long session are shown, and in which order. Pure.
 *
 * @module
 */
import type { FileProgress, FileStatus } from '#contract/progress.ts';

/** Files in groups that people ask for. */
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

/** What needs somebody, and what is being done, before what waits or is over. */
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

/** Knows numbers: `page 2` comes before `page 10`. One for all, as making one is slow. */
const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

const COMPARE: Record<Exclude<RowOrder, 'given'>, (a: FileProgress, b: FileProgress) => number> = {
  name: (a, b) => names.compare(a.name, b.name),
  size: (a, b) => (b.size ?? -1) - (a.size ?? -1),
  status: (a, b) => URGENCY[a.status] - URGENCY[b.status],
};

/** Sorting is stable: equal files stay in the order in which they were named. */
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

/** The few files of a long list that say most: what failed and what is being done. */
export function mostTelling(files: readonly FileProgress[], count: number): FileProgress[] {
  return [...files].sort(COMPARE.status).slice(0, count);
}
