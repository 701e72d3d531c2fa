/**
 * Polls for due work: after a notification, when the next work is due, and at least every few
 * seconds. Any number of processes may run one over the same tables.
 *
 * @module
 */

/** Maximum interval between polls without a notification. */
const IDLE_MS = 5_000;
/** Minimum interval between polls. */
const LEAST_MS = 20;

export interface DueLoopOptions {
  /** Processes due work. Milliseconds until more is due; null if unknown. */
  readonly look: () => Promise<number | null>;
  /** Removes expired rows, before a poll and at most once every `everyMs`. */
  readonly clean?: { readonly everyMs: number; readonly work: () => Promise<unknown> };
  /** Called after a failed poll; the next one comes as if nothing had been due. */
  readonly onError: (error: unknown) => void;
}

export class DueLoop {
  #stopped = false;
  #looking: Promise<void> | null = null;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cleanedAt = -Infinity;

  constructor(private readonly options: DueLoopOptions) {}

  /** Polls now; once more after a poll in progress. */
  look(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#again = false;
    this.#looking = this.#lookOnce().then((ms) => {
      this.#looking = null;
      if (this.#stopped) return;
      this.#timer = setTimeout(() => this.look(), this.#again ? LEAST_MS : ms);
    });
  }

  /** Resolves when the poll in progress has ended; none follows. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async #lookOnce(): Promise<number> {
    try {
      const cleaning = this.#clean();
      if (cleaning) await cleaning;
      const ms = await this.options.look();
      return ms === null ? IDLE_MS : Math.min(IDLE_MS, Math.max(LEAST_MS, ms));
    } catch (error) {
      this.options.onError(error);
      return IDLE_MS;
    }
  }

  /** Null if it is not due yet. */
  #clean(): Promise<unknown> | null {
    const { clean } = this.options;
    if (!clean || performance.now() - this.#cleanedAt < clean.everyMs) return null;
    this.#cleanedAt = performance.now();
    return clean.work();
  }
}
