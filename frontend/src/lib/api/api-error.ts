/**
 * The client's only error class.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { ProblemCode } from '#contract/problem.ts';

export interface ApiErrorOptions {
  /** `network` when there was no answer. */
  code: ProblemCode | 'network' | (string & Record<never, never>);
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** `detail` as a code with parameters, where the server sent one. */
  reason?: MessageDetails | undefined;
  /** Milliseconds of the server's `Retry-After`. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** A failed call. `detail` (and `message`) can be shown to users. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: MessageDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(detail: string, { code, status, reason, retryAfterMs, cause }: ApiErrorOptions) {
    super(detail, { cause });
    this.detail = detail;
    this.code = code;
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns a message for any error, fit to be shown to users. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
