/**
 * Limit on nested elements. Processors search the elements around a text, and the parser's stack
 * grows with them: a few kilobytes of nested elements would take minutes.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { ProcessingError } from '../processor.ts';

export class DepthLimit {
  readonly #most: number;
  #depth = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Throws {@link ProcessingError} `too_large_inside` beyond the limit. */
  open(): void {
    if (++this.#depth <= this.#most) return;
    throw new ProcessingError('too_large_inside', message('too_deep', { most: this.#most }));
  }

  close(): void {
    this.#depth--;
  }
}
