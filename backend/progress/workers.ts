/**
 * Living workers: those whose announcement is fresh.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/** A worker announces itself every five seconds; one that does not for this long is dead or hangs. */
export const ALIVE_SECONDS = 20;

/**
 * SQL: whether a row of `headway.worker` is of a living worker. One from the future was written
 * before the clock was set back, and is renewed at once where its worker lives.
 */
export const isAlive: SQL = sql`(seen_at between now() - make_interval(secs => ${ALIVE_SECONDS})
  and now() + make_interval(secs => ${ALIVE_SECONDS}))`;

/** SQL: whether no worker is running. */
export const noWorker: SQL = sql`(not exists (select 1 from headway.worker where ${isAlive}))`;

export async function countWorkers(db: Executor): Promise<number> {
  const [row] = await db.execute<{ workers: number }>(
    sql`select count(*)::int as workers from headway.worker where ${isAlive}`,
  );
  return row?.workers ?? 0;
}
