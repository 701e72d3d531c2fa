/**
 * Errors as RFC 9457 problem documents. An unexpected error is logged under the request's id, with
 * its causes and its stack, and never shown.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { insufficientStorage, storageFailureOf } from '#contract/storage-failure.ts';
import { type Problem, type ProblemCode, PROBLEMS } from '#contract/problem.ts';
import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { StatusCode } from 'hono/utils/http-status';
import {
  hasCode,
  isRefused,
  isUnreachable,
  lostToAnother,
  tookTooLong,
} from '../database/error-code.ts';
import { describeError } from '../log/describe-error.ts';
import { routeOf } from './request-log.ts';
import type { Env, Services } from './services.ts';

/** Problem codes by status, for errors of the router or a library. */
const CODES_BY_STATUS: Record<number, ProblemCode> = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  422: 'invalid',
};

/** Creates the handler for every error of the app. */
export function problemHandler(services: Pick<Services, 'log'>): ErrorHandler<Env> {
  return (error: Error, c: Context<Env>): Response => {
    const expected = asAppError(error);
    const request_id = c.get('requestId');
    const what = `${c.req.method} ${routeOf(c)} [${request_id}]`;
    // The reason that the app's database gives is for its operator.
    if (!expected || expected.reason.code === 'write_refused') {
      services.log(`${what}: ${describeError(error)}`, { request_id });
    }
    if (expected) return problemResponse(expected, c);
    return problemResponse(new AppError('internal', message('unexpected', { request_id })), c);
  };
}

/** The response to an expected failure. */
export function problemResponse(error: AppError, c: Context<Env>): Response {
  const [status, title] = PROBLEMS[error.code];
  const problem: Problem = {
    type: `/docs/problems#${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    instance: c.req.path,
    request_id: c.get('requestId'),
    reason: error.reason,
    ...(error.errors && { errors: error.errors }),
  };
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (error.retryAfterSeconds) headers.set('retry-after', `${Math.ceil(error.retryAfterSeconds)}`);
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  return c.newResponse(JSON.stringify(problem), status as StatusCode, Object.fromEntries(headers));
}

function asAppError(error: Error): AppError | null {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException) {
    const code = CODES_BY_STATUS[error.status];
    return code ? new AppError(code, error.message || PROBLEMS[code][1]) : null;
  }
  // Only writes: reads can fail for lack of permission as well.
  if (storageFailureOf(error) === 'full') return insufficientStorage(error);
  if (isUnstorable(error)) {
    return new AppError('invalid', message('unstorable_text'), { cause: error });
  }
  if (hasCode(error, /^23503$/)) {
    return new AppError('conflict', message('gone_meanwhile'), { cause: error });
  }
  if (lostToAnother(error)) {
    const options = { cause: error, retryAfterSeconds: 1 };
    return new AppError('unavailable', message('changed_meanwhile'), options);
  }
  if (isRefused(error)) {
    const options = { cause: error, retryAfterSeconds: 30 };
    return new AppError('unavailable', message('write_refused'), options);
  }
  if (tookTooLong(error)) {
    return new AppError('unavailable', message('database_busy'), {
      cause: error,
      retryAfterSeconds: 5,
    });
  }
  if (isUnreachable(error)) {
    const options = { cause: error, retryAfterSeconds: 5 };
    return new AppError('unavailable', message('database_unreachable'), options);
  }
  return null;
}

/** True for NUL in a text, or half of a surrogate pair in JSON: PostgreSQL stores neither. */
const isUnstorable = (error: unknown) => hasCode(error, /^(22021|22P05)$/);
