/**
 * Positions of files in the queue, by one statement for any number of files.
 *
 * @module
 */
import type { Priority } from '#contract/progress.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { priorityName } from './priority.ts';

export interface QueuePlace {
  readonly priority: Priority;
  /** Number of waiting files ahead; null once it is being read. */
  readonly ahead: number | null;
}

/** Positions of the jobs that are in the queue, in its dispatch order. */
export async function queuePlaces(
  db: Executor,
  jobIds: readonly string[],
): Promise<Map<string, QueuePlace>> {
  if (jobIds.length === 0) return new Map();
  const rows = await db.execute<{ id: string; priority: number; ahead: number | null }>(sql`
    with waiting as (
      select id, (row_number() over (order by priority desc, created_on, id) - 1)::int as ahead
      from headway_queue.job where name = 'files' and state in ('created', 'retry'))
    select q.id, q.priority, waiting.ahead
    from headway_queue.job q left join waiting on waiting.id = q.id
    where q.name = 'files' and q.state in ('created', 'retry', 'active')
      and q.id = any(${sql.param(jobIds)}::uuid[])`);
  return new Map(
    rows.map(({ id, priority, ahead }) => [id, { priority: priorityName(priority), ahead }]),
  );
}
