/**
 * What can go wrong with a service that somebody else runs.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';

/**
 * `outage`: it does not answer, answers 5xx, or what it says is no answer. `busy`: it asks to come
 * later (429). `refused`: it answered that this request is wrong, and would say so again. `missing`:
 * there is no such thing (404, 410).
 */
export type RemoteFailure = 'outage' | 'busy' | 'refused' | 'missing';

export interface RemoteErrorOptions extends ErrorOptions {
  /** Seconds that the service, or what watches over it, asks to wait. */
  readonly retryAfterSeconds?: number | null;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number | null;
  /** False where the request certainly never reached the service. @default true */
  readonly sent?: boolean;
}

/** A call that failed. `reason` can be shown to people: it holds no address and no secret. */
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

  /** Whether the same call may succeed later. */
  get passing(): boolean {
    return this.failure === 'outage' || this.failure === 'busy';
  }
}
