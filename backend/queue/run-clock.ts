/**
 * Metrics of one run of a job: its time, the amount read, and the time left.
 *
 * @module
 */
import type { ProcessEvent } from '../processing/processor.ts';
import { expectedSeconds } from '../progress/estimate.ts';
import { BYTE, isLearned, type PaceBook, secondsPer, START, type Work } from '../progress/pace.ts';
import { weightOf } from '../progress/time-left.ts';

export interface RunClockOptions {
  readonly processor: string;
  readonly mediaType: string;
  /** Size of the file in bytes; null if unknown. */
  readonly bytes: number | null;
  readonly book: PaceBook;
  /** Start of the run, by the same clock. @default now */
  readonly startedAt?: number;
  /** A monotonic clock, milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** Metrics that a tick writes to its job. */
export interface Measures {
  readonly processor: string;
  readonly unit: string | null;
  readonly units: number | null;
  /** Expected seconds for the whole file; null if there is no basis. */
  readonly weight: number | null;
  /** Seconds of work since the last tick. */
  readonly workedSeconds: number;
}

export class RunClock {
  readonly #now: () => number;
  readonly #startedAt: number;
  #tickedAt: number;
  #begunFraction = 0;
  #fraction = 0;
  #size: { readonly unit: string; readonly total: number } | null = null;
  /** First progress of the reading itself, after decoding and the loading of models. */
  #moved: { readonly at: number; readonly fraction: number } | null = null;

  constructor(private readonly options: RunClockOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#startedAt = this.#tickedAt = options.startedAt ?? this.#now();
  }

  /** Begins a run in the middle of its file. */
  begin(fraction: number): void {
    this.#begunFraction = this.#fraction = fraction;
  }

  saw(event: ProcessEvent): void {
    if (event.type === 'size') {
      this.#size = { unit: event.unit, total: event.total };
      return;
    }
    const before = this.#fraction;
    this.#fraction = Math.max(before, event.fraction);
    const moves = this.#size !== null && this.#fraction > before &&
      (event.type === 'parts' || before > this.#begunFraction);
    if (moves) this.#moved ??= { at: this.#now(), fraction: this.#fraction };
  }

  tick(): Measures {
    const now = this.#now();
    const workedSeconds = (now - this.#tickedAt) / 1_000;
    this.#tickedAt = now;
    const { processor } = this.options;
    const unit = this.#size?.unit ?? null;
    return {
      processor,
      unit,
      units: this.#size?.total ?? null,
      weight: this.#weight(now),
      workedSeconds,
    };
  }

  /** The sample of this run for the processing rates; called when the file is read and indexed. */
  work(): Work {
    const { processor, bytes } = this.options;
    const share = 1 - this.#begunFraction;
    const size = this.#size && { unit: this.#size.unit, units: this.#size.total * share };
    const seconds = (this.#now() - this.#startedAt) / 1_000;
    return { processor, size, bytes: bytes === null ? null : bytes * share, seconds };
  }

  #weight(now: number): number | null {
    const { processor, mediaType, bytes, book } = this.options;
    const startSeconds = secondsPer(book, processor, START);
    const size = this.#size;
    if (!size && bytes === null) return null;
    const readingSeconds = size
      ? size.total * secondsPer(book, processor, size.unit)
      : expectedSeconds(mediaType, bytes, book) - expectedSeconds(mediaType, 0, book);
    return weightOf({
      startSeconds,
      readingSeconds,
      learned: isLearned(book, processor, size?.unit ?? BYTE),
      elapsedSeconds: (now - this.#startedAt) / 1_000,
      movingSeconds: this.#moved ? (now - this.#moved.at) / 1_000 : 0,
      movedFraction: this.#moved ? this.#fraction - this.#moved.fraction : 0,
      fraction: this.#fraction,
    });
  }
}
