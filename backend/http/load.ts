/**
 * Measures the load of this process, to slow pollers down when it is high.
 *
 * @module
 */

/** Poll duration or timer lateness at which the process is at its limit, milliseconds. */
const CALM_MS = 100;
const EVERY_MS = 500;
/** Weight of the newest sample in the moving average. */
const NEWEST = 0.3;

export interface Load {
  /** 1 while the load is low, then in steps of a half up to the maximum. */
  factor(): number;
  /** Records the duration of a poll's query, the wait for a change excluded. */
  answered(ms: number): void;
}

/**
 * The level follows the worse of two delays, both in milliseconds: the lateness of timers (the event
 * loop is behind) and the mean time of a poll (the database is behind).
 */
export class LoadMeter implements Load {
  readonly #most: number;
  #levelMs = 0;
  #polls = 0;
  #pollsMs = 0;

  /** @param most the bound of the factor; 1 turns it off */
  constructor(most: number) {
    this.#most = Math.max(1, most);
  }

  factor(): number {
    const factor = Math.floor(2 * this.#levelMs / CALM_MS) / 2;
    return Math.min(this.#most, Math.max(1, factor));
  }

  answered(ms: number): void {
    this.#polls += 1;
    this.#pollsMs += ms;
  }

  /** Adds a sample: the lateness of the timer at the end of an interval. */
  look(latenessMs: number): void {
    const pollMs = this.#polls === 0 ? 0 : this.#pollsMs / this.#polls;
    this.#polls = 0;
    this.#pollsMs = 0;
    // Time in which the machine was suspended is not load.
    const delayMs = Math.min(Math.max(latenessMs, pollMs), 2 * CALM_MS * this.#most);
    this.#levelMs += NEWEST * (delayMs - this.#levelMs);
  }
}

/** Measures this process until `stop`. */
export function startLoadMeter(most: number): Load & { stop(): void } {
  const meter = new LoadMeter(most);
  let due = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    meter.look(now - due);
    due = now + EVERY_MS;
  }, EVERY_MS);
  return {
    factor: () => meter.factor(),
    answered: (ms) => meter.answered(ms),
    stop: () => clearInterval(timer),
  };
}
