/**
 * The files of a session, page by page or only those that have changed: a session of ten thousand
 * files weighs megabytes, too much to be sent again with every poll.
 *
 * @module
 */
import type { SessionFiles } from '#contract/sessions.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { type FilePage, selectFiles } from './read-files.ts';

/**
 * What is stamped with a moment can be seen only when its transaction has ended, a little later; so
 * the next question goes back by so many seconds, and may hear of a change twice.
 */
const OVERLAP_SECONDS = 5;

export interface SessionFilesQuery extends FilePage {
  /** The cursor of an earlier answer: only files that changed since then. */
  readonly since: number | null;
  /** Jobs told of in any case: their place in the queue changes though they do not. */
  readonly ids: readonly string[];
}

export async function readSessionFiles(
  db: Executor,
  sessionId: string,
  { since, ids, ...page }: SessionFilesQuery,
): Promise<SessionFiles> {
  const wanted = since === null ? sql`true` : sql`(j.updated_at >= to_timestamp(${since})
    or j.id = any(${sql.param(ids)}::uuid[]))`;
  const condition = sql`j.session_id = ${sessionId} and ${wanted}`;
  // The clock is read first: what changes meanwhile is told again rather than missed.
  const [row] = await db.execute<{ now: number; total: number }>(sql`
    select extract(epoch from clock_timestamp())::float8 as now, count(*)::int as total
    from headway.job j where ${condition}`);
  const items = await selectFiles(db, condition, page);
  return { items, total: row?.total ?? 0, cursor: (row?.now ?? 0) - OVERLAP_SECONDS };
}
