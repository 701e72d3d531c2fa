/**
 * The queue for administrators: status and control.
 *
 * @module
 */
import * as v from 'valibot';
import { nullableDetails } from './messages/schema.ts';
import { ErrorCode, FAILURES } from './problem.ts';
import { FILE_STATUSES, FileProgress, PRIORITIES } from './progress.ts';
import { RemoteStatus } from './remote.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const epochSeconds = v.pipe(v.number(), v.description('Epoch seconds'));

const countOfEach = <K extends string>(keys: readonly K[]) =>
  Object.fromEntries(keys.map((key) => [key, count])) as Record<K, typeof count>;

/** A worker process. `alive`: its last heartbeat is at most some seconds old. */
export const QueueWorker = v.object({
  id: v.string(),
  host: v.string(),
  pid: v.number(),
  started_at: epochSeconds,
  seen_at: epochSeconds,
  alive: v.boolean(),
  silent_seconds: v.pipe(
    v.number(),
    v.description("Since its last heartbeat, by the server's clock"),
  ),
  concurrency: v.pipe(count, v.description('Jobs it takes at a time')),
  version: v.pipe(v.nullable(v.string()), v.description('Of the program')),
  jobs: v.array(v.object({
    job_id: v.string(),
    session_id: v.string(),
    name: v.string(),
    step: v.string(),
    progress: v.number(),
  })),
});
export type QueueWorker = v.InferOutput<typeof QueueWorker>;

/** Files that failed for one reason, over the whole history. */
export const QueueFailure = v.object({
  error_code: ErrorCode,
  files: count,
  retryable: v.pipe(count, v.description('Those whose bytes are here')),
  last_at: epochSeconds,
  example: v.pipe(v.nullable(v.string()), v.description('The latest reason in words')),
  example_details: nullableDetails,
});
export type QueueFailure = v.InferOutput<typeof QueueFailure>;

const done = { completed: count, failed: count };

/** Response of `GET /queue`. */
export const QueueStatus = v.object({
  paused: v.boolean(),
  paused_by: v.nullable(v.string()),
  paused_by_name: v.nullable(v.string()),
  paused_at: v.nullable(epochSeconds),
  states: v.pipe(
    v.object(countOfEach(FILE_STATUSES)),
    v.description('Files by status; those that ended are the whole history'),
  ),
  waiting: v.pipe(
    v.object(countOfEach(PRIORITIES)),
    v.description('Files in the queue by their present priority'),
  ),
  held: v.pipe(count, v.description('Files of background work that are not in the queue yet')),
  oldest_waiting_seconds: v.nullable(v.number()),
  workers: v.array(QueueWorker),
  last_hour: v.object({ ...done, bytes: count, work_seconds: v.number() }),
  last_day: v.object(done),
  failures: v.pipe(
    v.array(QueueFailure),
    v.description('What failed, by reason; most files first'),
  ),
  services: v.pipe(
    v.array(RemoteStatus),
    v.description('Services of others that files are read by'),
  ),
});
export type QueueStatus = v.InferOutput<typeof QueueStatus>;

/** Work finished in an interval, and the number of files waiting at its end. */
export const ThroughputBucket = v.object({
  at: v.pipe(v.number(), v.description('Epoch seconds of its beginning')),
  ...done,
  waiting: v.pipe(count, v.description('In the queue at its end, not begun yet')),
  work_seconds: v.pipe(v.number(), v.description('Work on the files that ended in it')),
});
export type ThroughputBucket = v.InferOutput<typeof ThroughputBucket>;

/** Response of `GET /queue/throughput`, oldest first; the last bucket is incomplete. */
export const Throughput = v.object({
  bucket_seconds: count,
  buckets: v.array(ThroughputBucket),
});
export type Throughput = v.InferOutput<typeof Throughput>;

/** A job of one file, with its state in detail for operators. */
export const QueueJob = v.object({
  ...FileProgress.entries,
  session_id: v.string(),
  knowledge_id: v.nullable(v.string()),
  knowledge_name: v.nullable(v.string()),
  user_id: v.string(),
  user_name: v.nullable(v.string()),
  priority: v.picklist(PRIORITIES),
  held: v.boolean(),
  worker: v.nullable(v.string()),
  created_at: epochSeconds,
});
export type QueueJob = v.InferOutput<typeof QueueJob>;

/** Response of `GET /queue/jobs`, newest first; `next_cursor` is the cursor of the next page. */
export const QueueJobs = v.object({
  items: v.array(QueueJob),
  next_cursor: v.nullable(v.string()),
});
export type QueueJobs = v.InferOutput<typeof QueueJobs>;

/** Body of the routes that promote. */
export const Promotion = v.object({ priority: v.picklist(PRIORITIES) });
export type Promotion = v.InferOutput<typeof Promotion>;

/** Body of `POST /queue/jobs/retry-failed`; without a code, all failed jobs. */
export const RetryFailed = v.strictObject({ error_code: v.optional(v.picklist(FAILURES)) });
export type RetryFailed = v.InferOutput<typeof RetryFailed>;

export const RetriedFailed = v.object({ files: count, sessions: count });
export type RetriedFailed = v.InferOutput<typeof RetriedFailed>;
