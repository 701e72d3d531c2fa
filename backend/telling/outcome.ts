/**
 * Outcome of one delivery attempt.
 *
 * @module
 */
import type { DeliveryFailure } from '#contract/webhooks.ts';

/** Failures of mails. `refused`: permanently; `no_address`: the recipient has no address. */
export type MailFailure = 'refused' | 'no_address';

interface Failure {
  readonly failure: DeliveryFailure | MailFailure;
  /** For operators; contains no secret and no text of the receiver. */
  readonly detail: string;
  /** HTTP status of the response; null if there was none. */
  readonly status: number | null;
}

/**
 * `again`: may be retried. `over`: no retry. `gone`: no retry, and no other delivery to this
 * endpoint.
 */
export type Outcome =
  | { readonly state: 'delivered'; readonly status: number | null }
  | Failure & { readonly state: 'again'; readonly retryAfterSeconds: number | null }
  | Failure & { readonly state: 'over' | 'gone' };
