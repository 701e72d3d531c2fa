/**
 * Failures of external services.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';

/**
 * `outage`: no response, a 5xx, or an invalid response. `busy`: the service requests a later retry
 * (429). `refused`: the request is wrong, and a retry would fail again. `missing`: not found (404,
 * 410).
 */
export type RemoteFailure = 'outage' | 'busy' | 'refused' | 'missing';

export interface RemoteErrorOptions extends ErrorOptions {
  /** Delay requested by the service, or by its circuit breaker, seconds. */
  readonly retryAfterSeconds?: number | null;
  /** HTTP status of the response, if there was one. */
  readonly status?: number | null;
  /** False if the request certainly never reached the service. @default true */
  readonly sent?: boolean;
}

/** A failed call. `reason` may be shown to users: it contains no address and no secret. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly retryAfterSeconds: number | null;
  readonly status: number | null;
  readonly sent: boolean;

  constructor(
    readonly failure: RemoteFailure,
    readonly reason: MessageDetails,
    { retryAfterSeconds = null, status = null, sent = true, ...rest }: RemoteErrorOptions = {},
  ) {
    super(formatMessage(reason), rest);
    this.retryAfterSeconds = retryAfterSeconds;
    this.status = status;
    this.sent = sent;
  }

  /** True if the same call may succeed later. */
  get passing(): boolean {
    return this.failure === 'outage' || this.failure === 'busy';
  }
}
