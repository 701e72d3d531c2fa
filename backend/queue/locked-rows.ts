/**
 * Rows that a transaction of the app has locked. A result that needs them waits outside its worker,
 * which does other work meanwhile.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hasCode } from '../database/error-code.ts';
import { KEPT } from '../database/kept.ts';
import { EnvironmentError } from '../processing/environment.ts';

/** Longest wait for a lock while a result is stored, milliseconds. */
const MOST_WAIT_MS = 500;

/**
 * Runs `work`, which locks rows of the app. Throws {@link EnvironmentError} `rows_locked` where one
 * of them is not free within `mostMs`; the transaction is over then.
 */
export async function withFreeRows<T>(
  tx: Executor,
  work: () => Promise<T>,
  mostMs: number = MOST_WAIT_MS,
): Promise<T> {
  const [limit] = await tx.execute<{ before: string }>(sql`${KEPT}
    select current_setting('lock_timeout') as before,
      set_config('lock_timeout', ${`${mostMs}`}, true)`);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    if (!hasCode(error, /^55P03$/)) throw error;
    throw new EnvironmentError('rows_locked', 'The app has locked what is to be written');
  }
  await tx.execute(sql`${KEPT}
    select set_config('lock_timeout', ${limit?.before ?? '0'}, true)`);
  return result;
}
