/**
 * The one error of the client.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { ProblemCode } from '#contract/problem.ts';

export interface ApiErrorOptions {
  /** `network` when no answer came. */
  code: ProblemCode | 'network' | (string & Record<never, never>);
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** `detail` as a code with parameters, where the server gave one. */
  reason?: MessageDetails | undefined;
  /** Milliseconds the server asked to wait. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** A call that failed. `detail` (and `message`) can be shown to people. */
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

/** Words for any error, to be shown to people. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
