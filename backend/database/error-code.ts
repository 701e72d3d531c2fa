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

/** A connection was lost, could not be made, or is known to lead nowhere. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  readonly code = 'CONNECTION_LOST';
}

const UNREACHABLE =
  /^(ECONN|EPIPE|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EAI_AGAIN|ETIMEDOUT|CONNECTION_|57P0[1235]|25P03|53300|08)/;

/** The database could not be reached, or ended the connection. */
export const isUnreachable = (error: unknown): boolean => hasCode(error, UNREACHABLE);

/** A statement or its wait for a lock took longer than its connection allows. */
export const tookTooLong = (error: unknown): boolean => hasCode(error, /^(55P03|57014)$/);
