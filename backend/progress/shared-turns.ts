/**
 * Work that serves everybody who asks for it: those who ask while it runs share the turn after it.
 *
 * @module
 */

export interface SharedTurnsOptions {
  /** Between the end of one turn and the beginning of the next. */
  readonly gapMs: number;
  readonly now: () => number;
}

export class SharedTurns {
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #endedAt = -Infinity;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly options: SharedTurnsOptions,
  ) {}

  /** Resolves after a turn that began after this call. */
  take(): Promise<void> {
    return this.#next ??= this.#takeNext();
  }

  async #takeNext(): Promise<void> {
    await this.#running.catch(() => {});
    const restMs = this.#endedAt + this.options.gapMs - this.options.now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    this.#next = null;
    this.#running = this.work().finally(() => this.#endedAt = this.options.now());
    await this.#running;
  }
}
