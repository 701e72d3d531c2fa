/**
 * Timer wheel: deadlines of any number of waiters on one timer, which runs only while there are
 * any.
 *
 * @module
 */

/** Maximum lateness of a deadline, milliseconds. */
const STEP_MS = 50;

export interface WheelOptions {
  /** @default performance.now */
  readonly now?: () => number;
  /** @default 50 */
  readonly stepMs?: number;
}

/** Groups deadlines into slots of one step each; the timer empties the slots that are due. */
export class Wheel {
  readonly #slots = new Map<number, Set<() => void>>();
  readonly #now: () => number;
  readonly #stepMs: number;
  #timer: ReturnType<typeof setInterval> | null = null;
  #emptied = 0;

  constructor(options: WheelOptions = {}) {
    this.#now = options.now ?? (() => performance.now());
    this.#stepMs = options.stepMs ?? STEP_MS;
  }

  /**
   * Calls `wake` at `moment` of the wheel's clock, never earlier. Returns a function that cancels
   * it.
   */
  at(moment: number, wake: () => void): () => void {
    if (!this.#timer) this.#start();
    const slot = Math.max(this.#emptied + 1, Math.ceil(moment / this.#stepMs));
    const wakers = this.#slots.get(slot) ?? new Set();
    this.#slots.set(slot, wakers.add(wake));
    return () => {
      wakers.delete(wake);
      if (wakers.size === 0 && this.#slots.get(slot) === wakers) this.#slots.delete(slot);
      if (this.#slots.size === 0) this.stop();
    };
  }

  /** Wakes the waiters whose deadline has passed. */
  turn(): void {
    const reached = Math.floor(this.#now() / this.#stepMs);
    while (this.#emptied < reached) {
      this.#emptied += 1;
      const wakers = this.#slots.get(this.#emptied);
      this.#slots.delete(this.#emptied);
      wakers?.forEach((wake) => wake());
    }
    if (this.#slots.size === 0) this.stop();
  }

  /** Stops the timer without waking the remaining waiters. */
  stop(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  get isTurning(): boolean {
    return this.#timer !== null;
  }

  #start(): void {
    this.#emptied = Math.floor(this.#now() / this.#stepMs);
    this.#timer = setInterval(() => this.turn(), this.#stepMs);
  }
}
