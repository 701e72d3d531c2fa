/**
 * Queue statistics: waiting and running jobs, workers, and recent throughput.
 *
 * @module
 */
import type { FileStatus } from '#contract/progress.ts';
import type { QueueStatus, QueueWorker } from '#contract/queue.ts';
import type { RemoteStatus } from '#contract/remote.ts';
import { FILE_STATUSES } from '#contract/statuses.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { isAlive } from '../progress/workers.ts';
import { readFailures } from './failures.ts';
import { queuePause } from './pausing.ts';
import { readRemoteStatuses } from './remote-status.ts';

/** Reads the present state of the queue. `services` are the external services of this process. */
export async function readQueue(
  db: Executor,
  services: readonly RemoteStatus[] = [],
): Promise<QueueStatus> {
  const [pause, states, line, workers, lately, failures, remote] = await Promise.all([
    queuePause(db),
    countStates(db),
    readLine(db),
    readWorkers(db),
    readLately(db),
    readFailures(db),
    readRemoteStatuses(db, services),
  ]);
  return {
    paused: pause !== null,
    paused_by: pause?.by ?? null,
    paused_by_name: pause?.name ?? null,
    paused_at: pause?.at ?? null,
    states: { ...states, error: failures.reduce((sum, { files }) => sum + files, 0) },
    ...line,
    workers,
    ...lately,
    failures,
    services: remote,
  };
}

/** Failed jobs are counted by reason, see {@link readFailures}. */
async function countStates(db: Executor): Promise<Record<FileStatus, number>> {
  const rows = await db.execute<{ status: FileStatus; files: number }>(sql`
    select status, count(*)::int as files from headway.job where finished_at is null group by 1
    union all
    select status, count(*)::int from headway.job
      where finished_at > now() - interval '1 day' and status in ('completed', 'cancelled')
      group by 1`);
  const none = Object.fromEntries(FILE_STATUSES.map((status) => [status, 0]));
  return { ...none, ...Object.fromEntries(rows.map((row) => [row.status, row.files])) } as Record<
    FileStatus,
    number
  >;
}

type Line = Pick<QueueStatus, 'waiting' | 'held' | 'oldest_waiting_seconds'>;

/**
 * Looks up each job by its id (`offset 0` keeps the conditions outside). After a large upload, old
 * statistics claim that hardly any job is live. The planner would then scan all live jobs for each
 * entry.
 */
async function readLine(db: Executor): Promise<Line> {
  const [row] = await db.execute<
    { low: number; medium: number; high: number; held: number; oldest: number | null }
  >(sql`
    select count(*) filter (where q.priority <= 0)::int as low,
      count(*) filter (where q.priority = 1)::int as medium,
      count(*) filter (where q.priority >= 2)::int as high,
      extract(epoch from now() - min(q.created_on))::float8 as oldest,
      (select count(*)::int from headway.job
        where released_at is null and finished_at is null) as held
    from headway_queue.job q
    cross join lateral (
      select finished_at, status from headway.job where id = q.id offset 0) j
    where q.name = 'files' and q.state < 'active' and not q.blocked
      and j.finished_at is null and j.status in ('queued', 'interrupted')`);
  const { low = 0, medium = 0, high = 0, held = 0, oldest = null } = row ?? {};
  return { waiting: { low, medium, high }, held, oldest_waiting_seconds: oldest };
}

async function readWorkers(db: Executor): Promise<QueueWorker[]> {
  return await db.execute<QueueWorker & Record<string, unknown>>(sql`
    select w.id, w.host, w.pid, extract(epoch from w.started_at)::float8 as started_at,
      extract(epoch from w.seen_at)::float8 as seen_at,
      ${isAlive} as alive,
      round(extract(epoch from clock_timestamp() - w.seen_at))::float8 as silent_seconds,
      w.concurrency, w.version,
      coalesce((select json_agg(json_build_object('job_id', j.id, 'session_id', j.session_id,
          'name', j.name, 'step', j.step, 'progress', round(j.progress::numeric, 1)) order by j.id)
        from headway.job j
        where j.worker = w.id and j.status = 'processing' and j.finished_at is null), '[]') as jobs
    from headway.worker w order by w.started_at, w.id`);
}

type Lately = Pick<QueueStatus, 'last_hour' | 'last_day'>;

/** Reads what ended within the last day in one scan. */
async function readLately(db: Executor): Promise<Lately> {
  const [row] = await db.execute<Lately & Record<string, unknown>>(sql`
    select json_build_object(
        'completed', count(*) filter (where status = 'completed' and hour),
        'failed', count(*) filter (where status = 'error' and hour),
        'bytes', coalesce(sum(size) filter (where status = 'completed' and hour), 0),
        'work_seconds', coalesce(sum(work_seconds) filter (where hour), 0)) as last_hour,
      json_build_object(
        'completed', count(*) filter (where status = 'completed'),
        'failed', count(*) filter (where status = 'error')) as last_day
    from (select status, size, work_seconds, finished_at > now() - interval '1 hour' as hour
      from headway.job where finished_at > now() - interval '1 day') lately`);
  if (!row) throw new Error('Cannot count what ended lately');
  return row;
}
