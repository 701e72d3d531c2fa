/**
 * SHA-256 of uploads while they come in. One whose beginning this process has not seen has none.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto';

/** Those least recently begun go first: an upload without one is read again at its end. */
const MOST = 1_000;

export interface RunningHash {
  update(chunk: Uint8Array): void;
}

interface Entry {
  readonly hash: Hash;
  offset: number;
}

export class RunningHashes {
  readonly #entries = new Map<string, Entry>();

  /** The hash of an upload's first `offset` bytes, to go on with; null where that is not known. */
  at(id: string, offset: number): RunningHash | null {
    const entry = offset === 0 ? this.#begin(id) : this.#entries.get(id);
    if (entry?.offset !== offset) {
      this.#entries.delete(id);
      return null;
    }
    return {
      update(chunk) {
        entry.hash.update(chunk);
        entry.offset += chunk.length;
      },
    };
  }

  /** The hash of all bytes, hexadecimal, or null where it is not known. It is forgotten then. */
  take(id: string, size: number): string | null {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    return entry?.offset === size ? entry.hash.digest('hex') : null;
  }

  forget(id: string): void {
    this.#entries.delete(id);
  }

  #begin(id: string): Entry {
    const entry = { hash: createHash('sha256'), offset: 0 };
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }
}
