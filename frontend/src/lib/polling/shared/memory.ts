/**
 * The last answers of a stream: what tells a change from the same said again, and what a tab that
 * comes later is shown at once.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { Want } from './round.ts';

/** An answer that is older than so many intervals is asked for again. */
const YOUNG_INTERVALS = 2;

export interface Known {
  readonly document: SessionStatusDocument;
  /** Another one for every change. */
  readonly version: string;
  /** When it was last heard to be so, milliseconds. */
  readonly at: number;
}

export class Memory {
  readonly #known = new Map<string, Known>();
  readonly #owner: string;
  #versions = 0;

  /** `owner` tells this memory's versions from those of any other. */
  constructor(owner: string) {
    this.#owner = owner;
  }

  get(id: string): Known | undefined {
    return this.#known.get(id);
  }

  /**
   * Takes in an answer, and tells whether it changed anything. `version` is that of the tab that
   * was answered, where it was another one.
   */
  put(id: string, document: SessionStatusDocument, at: number, version?: string): boolean {
    const before = this.#known.get(id);
    if (version === undefined && JSON.stringify(before?.document) === JSON.stringify(document)) {
      this.confirm(id, at);
      return false;
    }
    this.#known.set(id, { document, version: version ?? `${this.#owner}.${++this.#versions}`, at });
    return true;
  }

  /** Nothing has changed until `at`. */
  confirm(id: string, at: number): void {
    const known = this.#known.get(id);
    if (known) this.#known.set(id, { ...known, at });
  }

  /**
   * The answer for somebody who begins to ask, where it is young enough. An end is not handed out
   * again: the session may have been taken up since. What cannot be handed out is forgotten, so
   * that it is asked for whole.
   */
  recent({ sessionId, files, pace }: Want, now: number): Known | undefined {
    const known = this.#known.get(sessionId);
    const young = known !== undefined &&
      Math.abs(now - known.at) <= YOUNG_INTERVALS * pace.interval;
    const { document } = known ?? {};
    const goesOn = document !== undefined && !FINAL_STATUSES.includes(document.status);
    if (young && goesOn && (document.files || !files)) return known;
    this.#known.delete(sessionId);
    return undefined;
  }

  forget(id: string): void {
    this.#known.delete(id);
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#known.keys()) {
      if (!ids.has(id)) this.#known.delete(id);
    }
  }
}
