/**
 * Things kept in memory up to a number of bytes, and then those that were asked for lately.
 *
 * @module
 */

/** What is known of one thing besides itself. */
interface Slot<V> {
  readonly value: V;
  bytes: number;
  /** Asked for since it last was in question. */
  asked: boolean;
}

/** Nothing weighs less: a slot and what belongs to it are there in any case. */
const LEAST_BYTES = 512;

/**
 * Second chance (CLOCK): as good as the order of last use, and asking costs no more than a flag.
 * What is larger than everything together is not kept at all.
 */
export class Kept<K, V> {
  readonly #slots = new Map<K, Slot<V>>();
  readonly #maxBytes: number;
  readonly #onEvicted: (value: V, key: K) => void;
  #bytes = 0;

  /** @param onEvicted hears of what had to go, not of what was removed */
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

  /** Takes something in, or notes its new weight; makes room for it. */
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
    // Twice around at most: after the first time nothing has a second chance left.
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
