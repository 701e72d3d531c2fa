/**
 * Starts a job once, however often it has to be asked for.
 *
 * @module
 */
import type { Started } from './handle.ts';
import { asPollingError, isAnswer } from './job-ends.ts';

export class OneStart {
  readonly #start: (operationId: string) => Promise<Started>;
  readonly #newId: () => string;
  /** Kept while nobody knows whether the start has arrived. */
  #operationId: string | null = null;

  constructor(
    start: (operationId: string) => Promise<Started>,
    newId: () => string = () => crypto.randomUUID(),
  ) {
    this.#start = start;
    this.#newId = newId;
  }

  /** @throws {PollingError} it was refused, or nobody knows */
  async ask(): Promise<Started> {
    this.#operationId ??= this.#newId();
    try {
      const started = await this.#start(this.#operationId);
      this.#operationId = null;
      return started;
    } catch (error) {
      const reason = asPollingError(error);
      // The next try may be another request: only one that may have arrived keeps its id.
      if (isAnswer(reason)) this.#operationId = null;
      throw reason;
    }
  }
}
