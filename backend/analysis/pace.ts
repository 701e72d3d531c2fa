/**
 * Poll intervals. Pure functions; seconds everywhere.
 *
 * @module
 */

/** Input of the next poll's time. */
export interface Moment {
  /** Since it was requested. */
  readonly elapsedSeconds: number;
  /** `Retry-After` of the service; null if it sent none. */
  readonly retryAfterSeconds: number | null;
  /** Minimum interval. @default 1 */
  readonly leastSeconds?: number;
  /** 0 to below 1, so that many operations are not polled at once. */
  readonly jitter: number;
}

/** Maximum interval. Without `Retry-After` the interval is a tenth of the elapsed time. */
const MOST_SECONDS = 10;

/**
 * Seconds until the next poll, at least the service's `Retry-After`; jitter only lengthens them.
 */
export function nextPollSeconds(
  { elapsedSeconds, retryAfterSeconds, leastSeconds = 1, jitter }: Moment,
): number {
  const own = Math.min(MOST_SECONDS * leastSeconds, elapsedSeconds / 10);
  const wait = Math.max(leastSeconds, retryAfterSeconds ?? own);
  return wait * (1 + jitter / 10);
}

/** Seconds until the next attempt after a failure: 1, 2, 4, … up to a minute, or `Retry-After`. */
export function nextAttemptSeconds(
  failures: number,
  { retryAfterSeconds, leastSeconds = 1, jitter }: Omit<Moment, 'elapsedSeconds'>,
): number {
  const own = Math.min(60, 2 ** Math.min(failures, 10)) * leastSeconds;
  return Math.max(leastSeconds, retryAfterSeconds ?? own) * (1 + jitter / 4);
}

/** Estimated progress of a wait of unknown length: linear at first, never complete. */
export function waitedFraction(elapsedSeconds: number, expectedSeconds: number): number {
  const share = Math.max(0, elapsedSeconds) / Math.max(0.001, expectedSeconds);
  if (share <= EVENLY) return share;
  return EVENLY + (MOST - EVENLY) * (1 - Math.exp((EVENLY - share) / (MOST - EVENLY)));
}

/** Fraction up to which progress is linear; beyond it, it slows down towards the maximum. */
const EVENLY = 0.8;
const MOST = 0.98;
