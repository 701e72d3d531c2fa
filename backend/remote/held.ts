/**
 * Snoozes a job that waits for a service, so that it does not block a worker meanwhile.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';

/** Thrown to snooze the job outside its worker for `seconds`, with its `reason`. */
export class Held extends Error {
  override readonly name = 'Held';
  constructor(
    readonly reason: MessageDetails,
    readonly seconds: number,
    options?: ErrorOptions,
  ) {
    super(formatMessage(reason), options);
  }
}
