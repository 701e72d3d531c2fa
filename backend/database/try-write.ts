/**
 * Writes into rows of the app that can be postponed: a transaction of the app may have locked the
 * row, or one of its triggers may refuse.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from './connection.ts';
import { isUnreachable, lostToAnother } from './error-code.ts';
import { isLocked, limitLocks, restoreLocks } from './lock-limit.ts';

/** A postponed write. */
export interface Postponed {
  readonly error: unknown;
  /** Message of the app's database; null if a row was locked. */
  readonly refused: string | null;
}

/**
 * Runs `work`, which writes, in a savepoint of a transaction. A failure, or a wait for a lock of
 * more than `mostMs`, rolls back to it, and the transaction continues. Not to be nested.
 *
 * @param work one statement, pipelined with those of the savepoint, or a function that runs several
 */
export async function tryWrite(
  tx: Executor,
  mostMs: number,
  work: SQL | (() => Promise<unknown>),
): Promise<Postponed | null> {
  const begin = () => [
    tx.execute(sql`savepoint try_write`),
    tx.execute(limitLocks(mostMs)),
  ];
  const end = () => [
    tx.execute(restoreLocks),
    tx.execute(sql`release savepoint try_write`),
  ];
  try {
    if (typeof work === 'function') {
      await Promise.all(begin());
      await work();
      await Promise.all(end());
    } else {
      // In order, without waiting for earlier results.
      await Promise.all([...begin(), tx.execute(work), ...end()]);
    }
    return null;
  } catch (error) {
    if (lostToAnother(error) || isUnreachable(error)) throw error;
    await tx.execute(sql`rollback to savepoint try_write`);
    return postponed(error);
  }
}

export const postponed = (error: unknown): Postponed => ({
  error,
  refused: isLocked(error) ? null : reasonOf(error),
});

const LONGEST_REASON = 500;

function reasonOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return (at instanceof Error ? at.message : String(at)).slice(0, LONGEST_REASON);
}

/**
 * SQL that sets the columns `refused`, `refused_since` and `retry_at` of a row of `table`. In the
 * first minute each pass retries; then pauses grow to five minutes while the reason stays the same.
 */
export function setRefusal(table: SQL, refused: string | null): SQL {
  const isSame = sql`coalesce(${table}.refused = ${refused}::text, false)`;
  const since = sql`(case when ${isSame} then ${table}.refused_since else now() end)`;
  const age = sql`extract(epoch from now() - ${since})`;
  return sql`refused = ${refused}::text,
    refused_since = case when ${refused}::text is not null then ${since} end,
    retry_at = now() + make_interval(secs => case when ${refused}::text is null or ${age} < 60
      then 0 else least(300, ${age} / 4) end)`;
}
