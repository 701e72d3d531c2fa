/**
 * Failed jobs by reason. Counters are updated with each change, so that a long failed list costs
 * nothing.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { QueueFailure } from '#contract/queue.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/** Jobs that failed for one reason. `is not distinct from` could not use an index. */
const failedFor = (is: SQL) =>
  sql`from headway.job e where e.status = 'error' and e.error_code ${is}`;

/** Time of the latest failure, and the error of the newest job. */
const lastOf = (is: SQL) =>
  sql`select (select max(e.finished_at) ${failedFor(is)}) as at,
    (select e.error ${failedFor(is)} order by e.id desc limit 1) as example_details`;

type FailureRow = Omit<QueueFailure, 'example' | 'example_details'> & {
  [column: string]: unknown;
  example_details: MessageDetails | null;
};

/** Reads the counters (see `headway.failed_change`): the failed list may be long. */
export async function readFailures(db: Executor): Promise<QueueFailure[]> {
  const rows = await db.execute<FailureRow>(sql`
    select f.error_code, f.files, f.retryable, last.example_details,
      coalesce(extract(epoch from last.at)::float8, 0) as last_at
    from (select error_code, sum(files)::int as files, sum(retryable)::int as retryable
      from headway.failed_change group by error_code having sum(files) > 0) f
    cross join lateral (${lastOf(sql`= f.error_code`)} where f.error_code is not null
      union all ${lastOf(sql`is null`)} where f.error_code is null) last
    order by f.files desc, f.error_code`);
  return rows.map((row) => ({
    ...row,
    example: row.example_details && formatMessage(row.example_details),
  }));
}

/** Number of changes up to which a sum would save nothing. */
const FEW_CHANGES = 100;

/** Adds up the changes that {@link readFailures} reads. Safe for concurrent processes. */
export async function addUpFailures(db: Executor): Promise<void> {
  await db.execute(sql`
    with gone as (
      delete from headway.failed_change
      where (select count(*) from headway.failed_change) > ${FEW_CHANGES}::int returning *
    )
    insert into headway.failed_change
    select error_code, sum(files), sum(retryable) from gone
    group by error_code having sum(files) <> 0 or sum(retryable) <> 0`);
}
