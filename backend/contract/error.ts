/**
 * The one error type for expected failures.
 *
 * @module
 */
import { formatMessage, text } from './messages/catalogue.ts';
import type { MessageDetails } from './messages/shape.ts';
import { type ProblemCode, PROBLEMS } from './problem.ts';

export interface AppErrorOptions {
  /** Seconds before a retry makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  /** Errors of the input by field. */
  errors?: { path: string; message: string }[];
  cause?: unknown;
}

/** An expected failure with a code of the contract and an actionable detail. */
export class AppError extends Error {
  override readonly name = 'AppError';
  /** `detail` as a message. */
  readonly reason: MessageDetails;
  readonly retryAfterSeconds: number | undefined;
  readonly errors: { path: string; message: string }[] | undefined;

  /** @param detail a message, or text of an app's own that is shown unchanged in every language */
  constructor(
    readonly code: ProblemCode,
    detail: MessageDetails | string,
    options: AppErrorOptions = {},
  ) {
    const reason = typeof detail === 'string' ? text(detail) : detail;
    super(formatMessage(reason), { cause: options.cause });
    this.reason = reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.errors = options.errors;
  }

  /** The HTTP status of this error's code. */
  get status(): number {
    return PROBLEMS[this.code][0];
  }
}
