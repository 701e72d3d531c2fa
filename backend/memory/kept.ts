/**
 * Cache with a limit in bytes that evicts entries which were not used lately.
 *
 * @module
 */

/** An entry and its state. */
interface Slot<V> {
  readonly value: V;
  bytes: number;
  /** Used since the last pass of the CLOCK. */
  asked: boolean;
}

/** Minimum weight of an entry: its own overhead. */
const LEAST_BYTES = 512;

/**
 * Second chance (CLOCK): as good as LRU, and a hit only sets a flag. An entry larger than the whole
 * limit is not cached.
 */
export class Kept<K, V> {
  readonly #slots = new Map<K, Slot<V>>();
  readonly #maxBytes: number;
  readonly #onEvicted: (value: V, key: K) => void;
  #bytes = 0;

  /** @param onEvicted called for evicted entries, not for deleted ones */
  constructor(maxBytes: number, onEvicted: (value: V, key: K) => void = () => {}) {
    this.#maxBytes = maxBytes;
    this.#onEvicted = onEvicted;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(key: K): V | undefined {
    const slot = this.#slots.get(key);
    if (slot) slot.asked = true;
    return slot?.value;
  }

  /** Adds an entry, or updates its weight; evicts others to make room. */
  set(key: K, value: V, bytes: number): void {
    const weight = Math.max(LEAST_BYTES, bytes);
    const slot = this.#slots.get(key);
    this.#bytes += weight - (slot?.bytes ?? 0);
    if (slot?.value === value) slot.bytes = weight;
    else this.#slots.set(key, { value, bytes: weight, asked: true });
    if (weight > this.#maxBytes) this.#evict(key);
    else this.#makeRoom(key);
  }

  delete(key: K): boolean {
    this.#bytes -= this.#slots.get(key)?.bytes ?? 0;
    return this.#slots.delete(key);
  }

  *values(): IterableIterator<V> {
    for (const { value } of this.#slots.values()) yield value;
  }

  #makeRoom(newest: K): void {
    // Twice around at most: after the first pass no entry has a second chance left.
    for (const [key, slot] of this.#slots) {
      if (this.#bytes <= this.#maxBytes) return;
      if (!slot.asked && key !== newest) {
        this.#evict(key);
        continue;
      }
      slot.asked = false;
      this.#slots.delete(key);
      this.#slots.set(key, slot);
    }
  }

  #evict(key: K): void {
    const slot = this.#slots.get(key);
    this.delete(key);
    if (slot) this.#onEvicted(slot.value, key);
  }
}
