/**
 * Living workers: those with a fresh heartbeat.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/**
 * Seconds without a heartbeat after which a worker counts as dead or hung; it sends one every five
 * seconds.
 */
export const ALIVE_SECONDS = 20;

/**
 * SQL condition: a row of `headway.worker` belongs to a living worker. A row from the future was
 * written before the clock was set back; a living worker renews it at once.
 */
export const isAlive: SQL = sql`(seen_at between now() - make_interval(secs => ${ALIVE_SECONDS})
  and now() + make_interval(secs => ${ALIVE_SECONDS}))`;

/** SQL condition: no worker is running. */
export const noWorker: SQL = sql`(not exists (select 1 from headway.worker where ${isAlive}))`;

export async function countWorkers(db: Executor): Promise<number> {
  const [row] = await db.execute<{ workers: number }>(
    sql`select count(*)::int as workers from headway.worker where ${isAlive}`,
  );
  return row?.workers ?? 0;
}
