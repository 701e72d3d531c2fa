/**
 * The clock that all processes share: stored times are compared with it.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from './connection.ts';

/** The database's time, also within a transaction that began earlier. */
export async function databaseNow(db: Executor): Promise<Date> {
  const [row] = await db.execute<{ ms: number }>(
    sql`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`,
  );
  if (!row) throw new Error('The database gave no time');
  return new Date(row.ms);
}
