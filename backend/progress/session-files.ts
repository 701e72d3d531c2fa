/**
 * The files of a session, by page or by changes since a cursor. A session of ten thousand files
 * weighs megabytes, too much for every poll.
 *
 * @module
 */
import type { SessionFiles } from '#contract/sessions.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { type FilePage, selectFiles } from './read-files.ts';

/**
 * Overlap of two polls. A row becomes visible only when its transaction commits, later than its
 * timestamp. The cursor therefore goes back by this many seconds, and a change may be sent twice.
 */
const OVERLAP_SECONDS = 5;

export interface SessionFilesQuery extends FilePage {
  /** Cursor of an earlier response: only files that changed since then. */
  readonly since: number | null;
  /**
   * Jobs that are always included: their position in the queue changes though their rows do not.
   */
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
  // The clock is read first: a simultaneous change is sent again rather than missed.
  const [row] = await db.execute<{ now: number; total: number }>(sql`
    select extract(epoch from clock_timestamp())::float8 as now, count(*)::int as total
    from headway.job j where ${condition}`);
  const items = await selectFiles(db, condition, page);
  return { items, total: row?.total ?? 0, cursor: (row?.now ?? 0) - OVERLAP_SECONDS };
}
