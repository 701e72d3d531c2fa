/**
 * A shorter wait for locks than that of the connection, for a part of a transaction.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { hasCode } from './error-code.ts';
import { KEPT } from './kept.ts';

/** Limits the wait for a lock of the following statements, milliseconds. Not to be nested. */
export const limitLocks = (mostMs: number): SQL =>
  sql`${KEPT} select set_config('headway.lock_timeout', current_setting('lock_timeout'), true),
    set_config('lock_timeout', ${`${mostMs}`}, true)`;

/** Restores the limit that {@link limitLocks} replaced. A rollback does so as well. */
export const restoreLocks: SQL =
  sql`${KEPT} select set_config('lock_timeout', current_setting('headway.lock_timeout'), true)`;

/** True if a statement failed because a lock was not free in time. */
export const isLocked = (error: unknown): boolean => hasCode(error, /^55P03$/);
