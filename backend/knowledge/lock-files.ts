/**
 * In which order rows are locked: those of `file` first, in the order of their ids, then links and
 * what was read. Whoever changes both in one transaction begins here, so that no two wait for each
 * other.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';

/** Others that change these files, or what belongs to them, wait for the end of the transaction. */
export async function lockFiles(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`${KEPT}
    select 1 from file where id = any(${sql.param(ids)}::text[]) order by id for update`);
}
