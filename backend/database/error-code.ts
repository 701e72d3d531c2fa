/**
 * What an error says of itself, however often it was wrapped.
 *
 * @module
 */

/** Whether an error, or one of its causes, has such a code (SQLSTATE, or the system's). */
export function hasCode(error: unknown, pattern: RegExp): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && pattern.test(String(at.code))) return true;
  }
  return false;
}

/** Of two transactions that wait for each other, or exclude each other, PostgreSQL ends one. */
export const lostToAnother = (error: unknown): boolean => hasCode(error, /^(40P01|40001)$/);
