/**
 * How following a job can end otherwise than well, and what may help then. Pure.
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

/** Whether the job itself is over. All other ends are ends of following it. */
export const isEndOfJob = ({ code }: PollingError): boolean => ENDS_OF_JOBS.includes(code);

/** Whether it is worth another look as soon as somebody looks at the page again. */
export const isPassing = ({ code }: PollingError): boolean => PASSING.includes(code);

/** Not there any more, or not for the asker's eyes. */
export const isGone = ({ status }: PollingError): boolean => status === 403 || status === 404;

/** Whether asking again cannot help: not signed in, not allowed, not there. */
export const isDenied = (error: unknown): error is ApiError =>
  error instanceof ApiError && [401, 403, 404].includes(error.status);

/** Whether the server has said what it thinks of a request, so that another one is a new one. */
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
