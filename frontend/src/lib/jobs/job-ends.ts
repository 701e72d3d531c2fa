/**
 * Unsuccessful ends of following a job, and their remedies. Pure.
 *
 * @module
 */
import { ApiError, errorText } from '../api/api-error.ts';
import { PollingError } from '../polling/error.ts';

const ENDS_OF_JOBS = [
  'session_failed',
  'cancelled',
  'job_failed',
  'analysis_failed',
  'analysis_refused',
];
const PASSING = ['still_running', 'unauthenticated', 'network'];

/** True if the job itself has ended. All other codes end only the following. */
export const isEndOfJob = ({ code }: PollingError): boolean => ENDS_OF_JOBS.includes(code);

/** True if the error may have passed by the time the page is visible again. */
export const isPassing = ({ code }: PollingError): boolean => PASSING.includes(code);

/** True if the job no longer exists or the user may not see it. */
export const isGone = ({ status }: PollingError): boolean => status === 403 || status === 404;

/** True if a retry cannot help: not signed in, not allowed, not found. */
export const isDenied = (error: unknown): error is ApiError =>
  error instanceof ApiError && [401, 403, 404].includes(error.status);

/** True if the server has answered the request, so that the next one is a new request. */
export const isAnswer = ({ status = 0 }: PollingError): boolean =>
  status >= 400 && status < 500 && status !== 408;

export function asPollingError(error: unknown): PollingError {
  if (error instanceof PollingError) return error;
  if (!(error instanceof ApiError)) {
    return new PollingError(errorText(error), { code: 'internal', cause: error });
  }
  const { code, status, reason, retryAfterMs, cause } = error;
  return new PollingError(error.detail, { code, status, reason, retryAfterMs, cause });
}
