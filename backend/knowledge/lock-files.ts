/**
 * Lock order of rows: those of `file` first, ordered by id, then links and extracted content. A
 * transaction that changes both must begin here, to avoid deadlocks.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';

/**
 * Locks the files: other transactions that change them, or their content, wait for the end of this
 * one.
 */
export async function lockFiles(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`${KEPT}
    select 1 from file where id = any(${sql.param(ids)}::text[]) order by id for update`);
}
