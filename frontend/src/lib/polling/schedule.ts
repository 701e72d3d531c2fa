/**
 * Waits between polls. Pure: random numbers come from an argument.
 *
 * @module
 */
import type { Pace } from './options.ts';

/** Jitter of adaptive polls, as a share of the wait, so that clients do not poll in step. */
const SPREAD = 0.1;
/** Wait of a hidden page without an estimate, in intervals. */
const HIDDEN_INTERVALS = 5;

export interface AnswerHints {
  /** Milliseconds of the header `Retry-After`. */
  retryAfterMs: number | undefined;
  /** Estimated wait for this document: its `retry_after_ms`, or better `expectWait`. */
  estimateMs: number | undefined;
  /** True if the step differs from that of the previous answer: old estimates are void. */
  stepped?: boolean;
  /** True if the page is hidden: it is paced adaptively, whatever its pacing. */
  hidden?: boolean;
}

/** Milliseconds to wait after an answer. */
export function delayAfterAnswer(pace: Pace, hints: AnswerHints, random: () => number): number {
  const { estimateMs, hidden, stepped } = hints;
  const floor = Math.max(pace.interval, hints.retryAfterMs ?? 0);
  if (stepped || (pace.pacing === 'fixed' && !hidden)) return floor;
  if (estimateMs === undefined && !hidden) return floor;
  const wait = estimateMs ?? HIDDEN_INTERVALS * pace.interval;
  const spread = wait * (1 + SPREAD * (2 * random() - 1));
  return Math.max(floor, Math.min(spread, pace.maxInterval));
}

/**
 * Milliseconds to wait after a failure: full jitter below a bound that grows with every failure in
 * a row. A `Retry-After` is kept, and spread over one interval after it.
 */
export function delayAfterFailure(
  pace: Pace,
  failures: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random() * pace.interval;
  const bound = pace.interval * pace.errorBackoffMultiplier ** failures;
  return random() * Math.min(bound, pace.maxInterval);
}

/**
 * Maximum time between two answers during which a tab was awake, for the wait it chose. A timer may
 * be late and an answer slow, but not by more than this.
 */
export function longestWatchMs(delayMs: number): number {
  return 2 * delayMs + 5_000;
}
