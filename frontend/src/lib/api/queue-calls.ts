/**
 * Calls for the queue, for administrators.
 *
 * @module
 */
import type { JobProgress } from '#contract/context.ts';
import { paths } from '#contract/paths.ts';
import type { FailureCode } from '#contract/problem.ts';
import type { FileStatus, Priority } from '#contract/progress.ts';
import type { QueueJobs, QueueStatus, RetriedFailed, Throughput } from '#contract/queue.ts';
import type { Request } from './request.ts';

export interface JobsQuery {
  state?: FileStatus | undefined;
  priority?: Priority | undefined;
  /** Id of a knowledge base, or part of its name. */
  knowledge?: string | undefined;
  /** Id of a user, or part of the name. */
  user?: string | undefined;
  error_code?: FailureCode | undefined;
  /** Part of a file's name. */
  q?: string | undefined;
  limit?: number;
  /** The `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function queueCalls(request: Request) {
  return {
    queue: (signal?: AbortSignal) => request<QueueStatus>('GET', paths.queue, { signal }),
    queueThroughput: (minutes: number, signal?: AbortSignal) =>
      request<Throughput>('GET', paths.queueThroughput, { query: { minutes }, signal }),
    queueJobs: (query: JobsQuery = {}, signal?: AbortSignal) =>
      request<QueueJobs>('GET', paths.queueJobs, { query: { ...query }, signal }),
    pauseQueue: () => request<QueueStatus>('POST', paths.queueAction('pause')),
    resumeQueue: () => request<QueueStatus>('POST', paths.queueAction('resume')),
    controlJob: (id: string, action: 'retry' | 'cancel') =>
      request<JobProgress>('POST', paths.queueJobAction(id, action)),
    promoteJob: (id: string, priority: Priority) =>
      request<JobProgress>('POST', paths.queueJobAction(id, 'promote'), { body: { priority } }),
    /** Without a code, retries every failed file. */
    retryFailed: (code?: FailureCode) =>
      request<RetriedFailed>('POST', paths.queueRetryFailed, {
        body: code === undefined ? {} : { error_code: code },
      }),
  };
}
