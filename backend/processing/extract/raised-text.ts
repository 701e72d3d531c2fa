/**
 * Writes runs of raised and lowered characters into the open paragraph. Adjacent runs of one kind
 * form one exponent or index.
 *
 * @module
 */
import type { Blocks } from './blocks.ts';
import { lowered, raised } from './raised.ts';

/** Raised (1), lowered (-1) or on the line. */
export type Raise = -1 | 0 | 1;

export class RaisedText {
  readonly #blocks: Blocks;
  #raise: Raise = 0;
  /** Position in the paragraph at which the raised text begins. */
  #from = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** Sets the position of the following text; on the line at the end of a paragraph. */
  set(raise: Raise): void {
    if (raise === this.#raise) return;
    if (this.#raise) this.#blocks.rewrite(this.#from, this.#raise > 0 ? raised : lowered);
    this.#raise = raise;
    this.#from = this.#blocks.length;
  }

  /** Adds the text of a run. A number behind an exponent or index is a separate one. */
  add(text: string, raise: Raise): void {
    const isBehind = this.#raise !== 0 && raise === 0;
    this.set(raise);
    if (isBehind && /^\p{N}/u.test(text) && this.#blocks.endsWithNumber) this.#blocks.add(' ');
    this.#blocks.add(text);
  }
}
