/**
 * Starts a job idempotently, over any number of retries.
 *
 * @module
 */
import type { Started } from './handle.ts';
import { asPollingError, isAnswer } from './job-ends.ts';

export class OneStart {
  readonly #start: (operationId: string) => Promise<Started>;
  readonly #newId: () => string;
  /** Kept while it is unknown if the start has reached the server. */
  #operationId: string | null = null;

  constructor(
    start: (operationId: string) => Promise<Started>,
    newId: () => string = () => crypto.randomUUID(),
  ) {
    this.#start = start;
    this.#newId = newId;
  }

  /** @throws {PollingError} the start was refused, or its outcome is unknown */
  async ask(): Promise<Started> {
    this.#operationId ??= this.#newId();
    try {
      const started = await this.#start(this.#operationId);
      this.#operationId = null;
      return started;
    } catch (error) {
      const reason = asPollingError(error);
      // The next try may be a different request: only one that may have arrived keeps its id.
      if (isAnswer(reason)) this.#operationId = null;
      throw reason;
    }
  }
}
