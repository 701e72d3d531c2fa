/**
 * Classification of database errors by their code, also when they are wrapped.
 *
 * @module
 */

/** True if an error or one of its causes has such a code (SQLSTATE, or a system error code). */
export function hasCode(error: unknown, pattern: RegExp): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && pattern.test(String(at.code))) return true;
  }
  return false;
}

/**
 * Codes that a trigger, rule or policy raises: an exception of PL/pgSQL, a triggered action, a missing
 * right, a violated check option, or a code of its own.
 */
const RAISED = /^(P000[134]|09000|2700[0-9]|38\w{3}|39\w{3}|42501|44000|45\w{3})$/;
/** A column without a value, a check, an exclusion. */
const CONSTRAINED = /^(23502|23514|23P01)$/;

/** A statement that writes into a table of the app. */
const APP_WRITE =
  /\b(insert into|update|delete from)\s+"?(file|knowledge|knowledge_file|knowledge_directory|access_grant)\b/i;

/** The app's database refused to write a row of its own: by a trigger, a policy, a constraint. */
export function isRefused(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('query' in at && APP_WRITE.test(String(at.query))) return hasRefusal(at.cause);
  }
  return false;
}

function hasRefusal(error: unknown): boolean {
  if (hasCode(error, RAISED)) return true;
  const isOurs = error instanceof Error && 'schema' in error && error.schema === 'headway';
  return !isOurs && hasCode(error, CONSTRAINED);
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
