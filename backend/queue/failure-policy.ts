/**
 * The consequence of a failed attempt: a retry, failure of the job, or a wait for the environment.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { PASSING_FAILURES } from '#contract/problem.ts';
import { isUnreachable, lostToAnother, tookTooLong } from '../database/error-code.ts';
import { type EnvironmentFailure, environmentFailureOf } from '../processing/environment.ts';
import { exceptionKey } from '../processing/exception-key.ts';
import { ProcessingError } from '../processing/processor.ts';
import type { Failures } from '../progress/attempts.ts';

/** Errors of the PostgreSQL drivers without a code. */
const DATABASE_ENDED = /^Connection terminated/;
const MOST_CAUSES = 10;

/** Reports whether the database was unreachable or ended the statement: no failure of the job. */
export function isDatabaseFailure(error: unknown): boolean {
  if (!isOfDatabase(error)) return false;
  return isUnreachable(error) || lostToAnother(error) || tookTooLong(error) || endedPlainly(error);
}

function* causesOf(error: unknown): Generator<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < MOST_CAUSES; depth++) {
    yield at;
    at = at.cause;
  }
}

const endedPlainly = (error: unknown): boolean =>
  [...causesOf(error)].some(({ message }) => DATABASE_ENDED.test(message));

/**
 * A refused connection may be that of any service; database drivers are recognized by their names.
 */
function isOfDatabase(error: unknown): boolean {
  return [...causesOf(error)].some((at) =>
    ['DrizzleQueryError', 'PostgresError', 'ConnectionLost'].includes(at.name) ||
    ['DrizzleQueryError', 'DatabaseError'].includes(at.constructor.name) ||
    DATABASE_ENDED.test(at.message) ||
    /^CONNECTION_/.test(String((at as { code?: unknown }).code)) || 'query' in at
  );
}

/**
 * The environment failure for which a job waits; null if its own attempt failed. Requests of an app
 * job's function (`isFile` false) may fail by its own mistakes: they count as attempts.
 */
export function environmentOf(error: unknown, isFile: boolean): EnvironmentFailure | null {
  if (isDatabaseFailure(error)) return 'database';
  const failure = environmentFailureOf(error);
  return failure === 'network' && !isFile ? null : failure;
}

/** The failure of an attempt itself. Details of unexpected errors go to the log only. */
export function failureOf(error: unknown): ProcessingError {
  if (error instanceof ProcessingError) return error;
  const exception = environmentFailureOf(error) ? null : exceptionKey(error);
  return new ProcessingError('processing_failed', message('reading_failed'), {
    cause: error,
    exception,
  });
}

/**
 * Reports whether a failed attempt is the last one. That is a permanent failure, the same exception
 * twice without progress in between, or the end of the `retries`.
 */
export function isFinal(
  { code }: ProcessingError,
  { failures, repeated }: Failures,
  retries: number,
): boolean {
  return !PASSING_FAILURES.includes(code) || repeated || failures > retries;
}
