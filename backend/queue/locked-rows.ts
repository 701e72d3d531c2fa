/**
 * Rows that a transaction of the app has locked, or that its database refuses to write. A result that
 * needs them waits outside its worker, which runs other jobs meanwhile.
 *
 * @module
 */
import type { Executor } from '../database/connection.ts';
import { isRefused } from '../database/error-code.ts';
import { isLocked, limitLocks, restoreLocks } from '../database/lock-limit.ts';
import { EnvironmentError } from '../processing/environment.ts';

/** Longest wait for a lock while a result is stored, milliseconds. */
const MOST_WAIT_MS = 500;

/**
 * Runs `work`, which locks and writes rows of the app. Throws {@link EnvironmentError} `rows_locked`
 * if a row is not free within `mostMs`, and `rows_refused` if the app's database refuses a write; the
 * transaction is then aborted.
 */
export async function withFreeRows<T>(
  tx: Executor,
  work: () => Promise<T>,
  mostMs: number = MOST_WAIT_MS,
): Promise<T> {
  await tx.execute(limitLocks(mostMs));
  let result: T;
  try {
    result = await work();
  } catch (error) {
    if (isLocked(error)) {
      throw new EnvironmentError('rows_locked', 'The app has locked what is to be written');
    }
    if (!isRefused(error)) throw error;
    throw new EnvironmentError('rows_refused', 'The app refuses what is to be written', {
      cause: error,
    });
  }
  await tx.execute(restoreLocks);
  return result;
}
