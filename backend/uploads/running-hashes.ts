/**
 * Incremental SHA-256 of uploads in progress. An upload that began in another process has none.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto';

/**
 * Maximum number. The least recently begun one is evicted; such an upload is read again at its end.
 */
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

  /** The hash of an upload's first `offset` bytes, to be continued; null if unknown. */
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

  /** The hash of all bytes, hexadecimal, or null if unknown. It is removed from the cache. */
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
