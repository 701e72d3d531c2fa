/**
 * Completed and waiting work over the last minutes or hours.
 *
 * @module
 */
import type { Throughput, ThroughputBucket } from '#contract/queue.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/** Most bars that a phone can show. */
const MOST_BUCKETS = 60;
const BUCKET_SECONDS = [60, 300, 900, 1_800] as const;

/** Seconds per bucket for a period of `minutes`. */
export function bucketSeconds(minutes: number): number {
  return BUCKET_SECONDS.find((seconds) => minutes * 60 <= seconds * MOST_BUCKETS) ?? 1_800;
}

/** Reads the last `minutes`, in buckets that begin at whole multiples of their length. */
export async function readThroughput(db: Executor, minutes: number): Promise<Throughput> {
  const buckets = await db.execute<ThroughputBucket & Record<string, unknown>>(
    throughputQuery(minutes),
  );
  return { bucket_seconds: bucketSeconds(minutes), buckets };
}

/**
 * Selects the jobs that live or ended within that time, both by an index: older history costs
 * nothing. A job waits from its enqueueing until it first starts or ends.
 */
export function throughputQuery(minutes: number): SQL {
  const seconds = bucketSeconds(minutes);
  const buckets = Math.ceil((minutes * 60) / seconds);
  const bucketOf = (moment: SQL) =>
    sql`floor(extract(epoch from ${moment}) / ${seconds}::int)::bigint`;
  return sql`
    with bounds as (
      select floor(extract(epoch from now()) / ${seconds}::int)::bigint - ${
    buckets - 1
  }::int as first
    ), lived as (
      select j.status, j.work_seconds, j.file_id is not null or j.kind <> 'file' as here,
        ${bucketOf(sql`j.finished_at`)} as ended,
        ${bucketOf(sql`greatest(j.created_at, j.released_at)`)} as came,
        ${bucketOf(sql`least(j.started_at, j.finished_at)`)} as left_line,
        j.released_at is not null as released
      from headway.job j
      where j.finished_at is null
        or j.finished_at > now() - make_interval(secs => ${buckets * seconds})
    ), done as (
      select ended as bucket, count(*) filter (where status = 'completed')::int as completed,
        count(*) filter (where status = 'error')::int as failed,
        sum(work_seconds) as work_seconds
      from lived where ended is not null group by 1
    ), moves as (
      select came as bucket, 1 as step from lived where released and here
      union all
      select left_line, -1 from lived where released and here and left_line is not null
    ), line as (
      select greatest(bucket, (select first from bounds)) as bucket, sum(step) as step
      from moves group by 1
    )
    select (b * ${seconds}::int)::float8 as at, coalesce(d.completed, 0) as completed,
      coalesce(d.failed, 0) as failed, coalesce(d.work_seconds, 0)::float8 as work_seconds,
      greatest(0, sum(coalesce(l.step, 0)) over (order by b))::int as waiting
    from bounds, generate_series(first, first + ${buckets - 1}::int) b
    left join done d on d.bucket = b left join line l on l.bucket = b
    order by b`;
}
