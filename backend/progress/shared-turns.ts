/**
 * Batched work (single-flight): calls during a run share the next run.
 *
 * @module
 */

export interface SharedTurnsOptions {
  /** Least pause between the end of one run and the start of the next. */
  readonly gapMs: number;
  /**
   * Upper limit of the pause after a long run. That pause is three times as long as the run, so
   * that heavy work takes at most a quarter of the time. @default gapMs
   */
  readonly mostGapMs?: number;
  readonly now: () => number;
}

const REST = 3;

export class SharedTurns {
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #endedAt = -Infinity;
  #gapMs: number;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly options: SharedTurnsOptions,
  ) {
    this.#gapMs = options.gapMs;
  }

  /** Resolves after a run that started after this call. */
  take(): Promise<void> {
    return this.#next ??= this.#takeNext();
  }

  async #takeNext(): Promise<void> {
    await this.#running.catch(() => {});
    const { now } = this.options;
    const restMs = this.#endedAt + this.#gapMs - now();
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    this.#next = null;
    const begunAt = now();
    this.#running = this.work().finally(() => this.#ended(now(), now() - begunAt));
    await this.#running;
  }

  #ended(at: number, tookMs: number): void {
    const { gapMs, mostGapMs = gapMs } = this.options;
    this.#endedAt = at;
    this.#gapMs = Math.min(mostGapMs, Math.max(gapMs, REST * tookMs));
  }
}
