/**
 * Writes runs of raised and lowered characters into the open paragraph. Adjacent runs of one kind
 * form one exponent or index.
 *
 * @module
 */
import type { Blocks } from './blocks.ts';
import { lowered, raised } from './raised.ts';

export class RaisedText {
  readonly #blocks: Blocks;
  #raise: -1 | 0 | 1 = 0;
  /** Position in the paragraph at which the raised text begins. */
  #from = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /**
   * Sets the position of the following text: raised (1), lowered (-1) or on the line (0), as at the
   * end of a paragraph.
   */
  set(raise: -1 | 0 | 1): void {
    if (raise === this.#raise) return;
    if (this.#raise) this.#blocks.rewrite(this.#from, this.#raise > 0 ? raised : lowered);
    this.#raise = raise;
    this.#from = this.#blocks.length;
  }

  /** Adds the text of a run. A number behind an exponent or index is a separate one. */
  add(text: string, raise: -1 | 0 | 1): void {
    const isBehind = this.#raise !== 0 && raise === 0;
    this.set(raise);
    if (isBehind && /^\p{N}/u.test(text) && this.#blocks.endsWithNumber) this.#blocks.add(' ');
    this.#blocks.add(text);
  }
}
