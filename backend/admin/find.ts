/**
 * Look-up of an id: a session, or a job of one.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import type { JobSelection } from '../progress/jobs.ts';

/** The jobs that a command applies to. Throws if the id is neither a job's nor a session's. */
export async function findSelection(db: Executor, id: string): Promise<JobSelection> {
  const [row] = await db.execute<{ session_id: string; is_job: boolean }>(sql`
    select session_id, true as is_job from headway.job where id::text = ${id.toLowerCase()}
    union all select id, false from headway.session where id = ${id} limit 1`);
  if (!row) throw new Error(`There is neither a job nor a session with this id: ${id}`);
  return { sessionId: row.session_id, ...(row.is_job ? { jobId: id.toLowerCase() } : {}) };
}
