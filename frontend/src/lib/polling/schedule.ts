/**
 * When to ask next. Pure: chance comes as an argument.
 *
 * @module
 */
import type { Pace } from './options.ts';

/** Share of the wait by which adaptive polls are spread, so that clients do not march in step. */
const SPREAD = 0.1;
/** A hidden page without any estimate asks after so many intervals. */
const HIDDEN_INTERVALS = 5;

export interface AnswerHints {
  /** What the header `Retry-After` asks for. */
  retryAfterMs: number | undefined;
  /** What is expected of the document: `retry_after_ms`, or better `expectWait`. */
  estimateMs: number | undefined;
  /** The step is another than in the answer before: old estimates are worth nothing. */
  stepped?: boolean;
  /** Nobody sees the page: it is paced adaptively, whatever its pacing. */
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
 * a row. A wait that the server asked for is kept, and spread over one interval behind it.
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
 * The longest time between two answers during which a tab was awake, given the wait it chose: a
 * timer may be late and an answer slow, but not by more than this.
 */
export function longestWatchMs(delayMs: number): number {
  return 2 * delayMs + 5_000;
}
