/**
 * Looks for what is due: when somebody says so, when the next of it falls due, and every few
 * seconds whatever was said. Any number of processes may run one over the same tables.
 *
 * @module
 */

/** Looks this often even where no notification came. */
const IDLE_MS = 5_000;
/** What is due again at once is not looked for more often. */
const LEAST_MS = 20;

export interface DueLoopOptions {
  /** Takes what is due. Milliseconds until there is more to take; null where nothing is known. */
  readonly look: () => Promise<number | null>;
  /** Removes what has had its time, before a look and no more often than every `everyMs`. */
  readonly clean?: { readonly everyMs: number; readonly work: () => Promise<unknown> };
  /** A look failed; the next one comes as if nothing had been due. */
  readonly onError: (error: unknown) => void;
}

export class DueLoop {
  #stopped = false;
  #looking: Promise<void> | null = null;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cleanedAt = -Infinity;

  constructor(private readonly options: DueLoopOptions) {}

  /** Looks now; once more after a look that is under way. */
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

  /** Resolves when the look that is under way has ended; there is none after it. */
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

  /** Null where it is not time yet. */
  #clean(): Promise<unknown> | null {
    const { clean } = this.options;
    if (!clean || performance.now() - this.#cleanedAt < clean.everyMs) return null;
    this.#cleanedAt = performance.now();
    return clean.work();
  }
}
