/**
 * Work that has to wait for a service, and should not keep a worker from other work meanwhile.
 *
 * @module
 */
import { formatMessage } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';

/** The job is to wait outside its worker for `seconds`, for `reason`. */
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
