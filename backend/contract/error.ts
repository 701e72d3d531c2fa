/**
 * The one error type for expected failures.
 *
 * @module
 */
import { type ProblemCode, PROBLEMS } from './problem.ts';

export interface AppErrorOptions {
  /** Seconds after which trying again makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
  /** What exactly is wrong with the input, field by field. */
  errors?: { path: string; message: string }[];
  cause?: unknown;
}

/** An expected failure with a code out of the contract and a detail that a person can act on. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly retryAfterSeconds: number | undefined;
  readonly errors: { path: string; message: string }[] | undefined;

  constructor(readonly code: ProblemCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.errors = options.errors;
  }

  /** The HTTP status of this error's code. */
  get status(): number {
    return PROBLEMS[this.code][0];
  }
}
