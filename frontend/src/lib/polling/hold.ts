/**
 * Long polling: the wait before the next answer is spent at the server, which answers as soon as
 * the step changes. Plain polling takes over silently where it does not work.
 *
 * @module
 */
/** Failed long polls in a row after which plain polling takes over for good. */
const MOST_SPOILED = 3;
/** Tolerance, milliseconds: requests ask for whole seconds, and servers may be a little early. */
const EARLY_MS = 750;
/** The server's maximum for holding a response, seconds. */
const MOST_SECONDS = 30;
/** Maximum wait that becomes a long poll, milliseconds; a longer one uses a timer. */
const LONGEST_MS = 60_000;

export interface HeldAnswer {
  /** Requested hold in milliseconds, 0: none; `tookMs` is the time until the answer. */
  readonly heldMs: number;
  readonly tookMs: number;
  readonly failed: boolean;
  /** True if the session has another step than before, or has ended. */
  readonly stepped: boolean;
}

/** Long-polling state of one polling loop. */
export class Hold {
  #spoiled = 0;

  /**
   * Returns the hold for the next request in milliseconds, in whole seconds and at most `longPoll`
   * seconds; 0: none.
   */
  next(longPoll: number, delayMs: number): number {
    if (this.#spoiled >= MOST_SPOILED || longPoll < 1 || delayMs > LONGEST_MS) return 0;
    return 1_000 * Math.max(1, Math.round(Math.min(longPoll, MOST_SECONDS, delayMs / 1_000)));
  }

  /**
   * Records the outcome of a long poll. Returns the milliseconds left of a wait that was cut short
   * without a reason, or null where the long poll worked.
   */
  restOf({ heldMs, tookMs, failed, stepped }: HeldAnswer): number | null {
    if (heldMs === 0) return null;
    const restMs = heldMs - tookMs;
    const early = restMs > EARLY_MS;
    if (!failed && (!early || stepped)) {
      if (!early) this.#spoiled = 0;
      return null;
    }
    this.#spoiled += 1;
    return Math.max(0, restMs);
  }
}
