/**
 * Writes runs of raised and lowered characters into the open paragraph. Neighbouring runs of one kind
 * are one exponent or index.
 *
 * @module
 */
import type { Blocks } from './blocks.ts';
import { lowered, raised } from './raised.ts';

export class RaisedText {
  readonly #blocks: Blocks;
  #raise: -1 | 0 | 1 = 0;
  /** Where the raised text begins in the paragraph. */
  #from = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** What follows is raised (1), lowered (-1) or on the line (0), as at the end of a paragraph. */
  set(raise: -1 | 0 | 1): void {
    if (raise === this.#raise) return;
    if (this.#raise) this.#blocks.rewrite(this.#from, this.#raise > 0 ? raised : lowered);
    this.#raise = raise;
    this.#from = this.#blocks.length;
  }

  /** Text of a run. A number behind an exponent or index is another one. */
  add(text: string, raise: -1 | 0 | 1): void {
    const isBehind = this.#raise !== 0 && raise === 0;
    this.set(raise);
    if (isBehind && /^\p{N}/u.test(text) && this.#blocks.endsWithNumber) this.#blocks.add(' ');
    this.#blocks.add(text);
  }
}
