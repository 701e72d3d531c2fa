/**
 * What came of one attempt to tell somebody.
 *
 * @module
 */
import type { DeliveryFailure } from '#contract/webhooks.ts';

/** Of mails. `refused`: for good; `no_address`: nobody knows where to. */
export type MailFailure = 'refused' | 'no_address';

interface Failure {
  readonly failure: DeliveryFailure | MailFailure;
  /** For operators; holds no secret and nothing that the receiver said. */
  readonly detail: string;
  /** HTTP status of the answer, where there was one. */
  readonly status: number | null;
}

/** `again`: may be tried again. `over`: not this one. `gone`: nor any other for this endpoint. */
export type Outcome =
  | { readonly state: 'delivered'; readonly status: number | null }
  | Failure & { readonly state: 'again'; readonly retryAfterSeconds: number | null }
  | Failure & { readonly state: 'over' | 'gone' };
