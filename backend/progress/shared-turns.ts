/**
 * Work that serves everybody who asks for it: those who ask while it runs share the turn after it.
 *
 * @module
 */

export interface SharedTurnsOptions {
  /** Between the end of one turn and the beginning of the next, at least. */
  readonly gapMs: number;
  /**
   * A long turn is followed by a rest three times as long, though never a longer one than this: what
   * is heavy takes a quarter of the time at most. @default gapMs
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

  /** Resolves after a turn that began after this call. */
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
