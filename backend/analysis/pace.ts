/**
 * When to ask again. Pure functions; seconds everywhere.
 *
 * @module
 */

/** What decides when an operation is looked at again. */
export interface Moment {
  /** Since it was asked for. */
  readonly elapsedSeconds: number;
  /** What the service asks to wait; null where it says nothing. */
  readonly retryAfterSeconds: number | null;
  /** Never sooner than this. @default 1 */
  readonly leastSeconds?: number;
  /** 0 to below 1, so that many operations are not asked about at once. */
  readonly jitter: number;
}

/** Where nothing else is said it is asked about after a tenth of its time, up to this. */
const MOST_SECONDS = 10;

/** Until the next poll; what the service asks for is obeyed, and jitter only lengthens. */
export function nextPollSeconds(
  { elapsedSeconds, retryAfterSeconds, leastSeconds = 1, jitter }: Moment,
): number {
  const own = Math.min(MOST_SECONDS * leastSeconds, elapsedSeconds / 10);
  const wait = Math.max(leastSeconds, retryAfterSeconds ?? own);
  return wait * (1 + jitter / 10);
}

/** Until another attempt after one that failed: 1, 2, 4, … up to a minute, or what is asked for. */
export function nextAttemptSeconds(
  failures: number,
  { retryAfterSeconds, leastSeconds = 1, jitter }: Omit<Moment, 'elapsedSeconds'>,
): number {
  const own = Math.min(60, 2 ** Math.min(failures, 10)) * leastSeconds;
  return Math.max(leastSeconds, retryAfterSeconds ?? own) * (1 + jitter / 4);
}

/** Share that a wait whose end is not known is shown to have done: true at first, never whole. */
export function waitedFraction(elapsedSeconds: number, expectedSeconds: number): number {
  const share = Math.max(0, elapsedSeconds) / Math.max(0.001, expectedSeconds);
  if (share <= EVENLY) return share;
  return EVENLY + (MOST - EVENLY) * (1 - Math.exp((EVENLY - share) / (MOST - EVENLY)));
}

/** The bar runs evenly up to here, and ever more slowly after that, up to the other. */
const EVENLY = 0.8;
const MOST = 0.98;
