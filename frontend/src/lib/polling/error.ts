/**
 * Reason of an unsuccessful end of tracking.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { ProblemCode } from '#contract/problem.ts';

/**
 * `session_failed` and `cancelled` are ends of the session itself, `stale` a standstill, `network`
 * no answer at all; the others come from the server.
 */
export type PollingErrorCode =
  | 'session_failed'
  | 'cancelled'
  | 'stale'
  | 'network'
  | ProblemCode
  | (string & Record<never, never>);

export interface PollingErrorOptions {
  code: PollingErrorCode;
  /** HTTP status, where there was an answer. */
  status?: number | undefined;
  /** The last known status of the session. */
  document?: SessionStatusDocument | undefined;
  /** The message as a code with parameters, where the server sent one. */
  reason?: MessageDetails | undefined;
  /** Milliseconds of the server's `Retry-After`. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The error passed to `onError`; `message` can be shown to users. */
export class PollingError extends Error {
  override readonly name = 'PollingError';
  declare readonly code: PollingErrorCode;
  declare readonly status: number | undefined;
  declare readonly document: SessionStatusDocument | undefined;
  declare readonly reason: MessageDetails | undefined;
  declare readonly retryAfterMs: number | undefined;

  constructor(message: string, { cause, ...given }: PollingErrorOptions) {
    super(message, { cause });
    Object.assign(this, given);
  }
}
