/**
 * The last answer about each session: what tells a change from the same said again.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';

export interface Known {
  readonly document: SessionStatusDocument;
  /** Another one for every change. */
  readonly version: string;
}

export class Memory extends Map<string, Known> {
  readonly #owner: string;
  #versions = 0;

  /** `owner` tells this memory's versions from those of any other. */
  constructor(owner: string) {
    super();
    this.#owner = owner;
  }

  /** Takes in an answer, and tells whether it changed anything. */
  learn(id: string, document: SessionStatusDocument): boolean {
    if (JSON.stringify(this.get(id)?.document) === JSON.stringify(document)) return false;
    this.#versions += 1;
    this.set(id, { document, version: `${this.#owner}.${this.#versions}` });
    return true;
  }

  keepOnly(ids: { has(id: string): boolean }): void {
    for (const id of this.keys()) {
      if (!ids.has(id)) this.delete(id);
    }
  }
}
