/**
 * Long-polling: the wait before the next question is spent at the server, which answers as soon as
 * the step changes. Where that does not work it is given up in silence.
 *
 * @module
 */
/** So often in a row a server or proxy may spoil it before plain polling takes over for good. */
const MOST_SPOILED = 3;
/** Whole seconds are asked for, and a server may be a little early. */
const EARLY_MS = 750;
/** No server of ours holds an answer for longer. */
const MOST_SECONDS = 30;
/** Nobody waits for longer than this for an answer; a timer does. */
const LONGEST_MS = 60_000;

export interface HeldAnswer {
  /** How long the answer was asked to be held, 0: not at all; and how long it took. */
  readonly heldMs: number;
  readonly tookMs: number;
  readonly failed: boolean;
  /** The session has another step than before, or has ended. */
  readonly stepped: boolean;
}

/** Whether one poller still holds its questions. */
export class Hold {
  #spoiled = 0;

  /**
   * Milliseconds, in whole seconds, to have the next question held instead of waiting, up to
   * `longPoll` seconds; 0: none.
   */
  next(longPoll: number, delayMs: number): number {
    if (this.#spoiled >= MOST_SPOILED || longPoll < 1 || delayMs > LONGEST_MS) return 0;
    return 1_000 * Math.max(1, Math.round(Math.min(longPoll, MOST_SECONDS, delayMs / 1_000)));
  }

  /**
   * Takes note of how a held question went. Answers with the milliseconds that are left of a wait
   * which was cut short for nothing, and with null where all went well.
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
