/**
 * View models of the queue dashboard: job actions, reasons and the graph. Pure.
 *
 * @module
 */
import { FAILURES } from '#contract/failures.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { QueueJob, Throughput } from '#contract/queue.ts';
import { FILE_STATUSES, PRIORITIES } from '#contract/statuses.ts';
import type { Filters } from '../address.ts';
import type { Messages } from '../messages.ts';

/** Filters of the job list, kept in the URL. */
export const QUEUE_FILTERS = {
  state: FILE_STATUSES,
  priority: PRIORITIES,
  reason: FAILURES,
  knowledge: 'text',
  user: 'text',
  q: 'text',
} as const;
export type QueueFilters = Filters<typeof QUEUE_FILTERS>;

export type JobAction = 'retry' | 'promote' | 'cancel';

/** Lists the actions available for a job in its current state. */
export function actionsOf({ status, priority, file_id, kind }: QueueJob): JobAction[] {
  switch (status) {
    case 'completed':
      return [];
    case 'error':
    case 'cancelled':
      return file_id === null && kind === 'file' ? [] : ['retry'];
    case 'queued':
    case 'interrupted':
      return priority === 'high' ? ['cancel'] : ['promote', 'cancel'];
    default:
      return ['cancel'];
  }
}

/** Returns the optimistic state of a job, shown until the server's state arrives. */
export function expectedAfter(action: JobAction): Partial<QueueJob> {
  if (action === 'cancel') return { status: 'cancelled' };
  if (action === 'promote') return { priority: 'high', held: false };
  return { status: 'queued', error: null, error_code: null };
}

/** Describes the reason of a failure. */
export function reasonText(code: string | null, messages: Messages): string {
  const reasons: Readonly<Record<string, string>> = messages.queue.reasons;
  return (code !== null && reasons[code]) || messages.queue.otherReason;
}

export const isFailureCode = (code: string | null): code is FailureCode =>
  code !== null && (FAILURES as readonly string[]).includes(code);

/** One bar and one step of the graph, in a square of 1 × 1 whose origin is at the top left. */
export interface GraphBar {
  readonly x: number;
  readonly width: number;
  readonly completed: number;
  readonly failed: number;
  readonly waiting: number;
}

export interface GraphView {
  readonly bars: GraphBar[];
  /** Outline of the waiting jobs, as an SVG path in the same square. */
  readonly line: string;
  readonly mostEnded: number;
  readonly mostWaiting: number;
  readonly completed: number;
  readonly failed: number;
}

const GAP = 0.2;

/** Computes shares of the largest bucket; a scale starts at 0 and ends no lower than 1. */
export function viewGraph({ buckets }: Throughput): GraphView {
  const sum = (of: 'completed' | 'failed') => buckets.reduce((all, each) => all + each[of], 0);
  const mostEnded = Math.max(1, ...buckets.map(({ completed, failed }) => completed + failed));
  const mostWaiting = Math.max(1, ...buckets.map(({ waiting }) => waiting));
  const step = 1 / Math.max(1, buckets.length);
  const bars = buckets.map((bucket, index) => ({
    x: round((index + GAP / 2) * step),
    width: round(step * (1 - GAP)),
    completed: round(bucket.completed / mostEnded),
    failed: round(bucket.failed / mostEnded),
    waiting: round(bucket.waiting / mostWaiting),
  }));
  const steps = bars.map(({ waiting }, index) =>
    `V${round(1 - waiting)}H${round((index + 1) * step)}`
  );
  return {
    bars,
    line: `M0 1${steps.join('')}V1Z`,
    mostEnded,
    mostWaiting,
    completed: sum('completed'),
    failed: sum('failed'),
  };
}

const round = (value: number) => Math.round(value * 10_000) / 10_000;
