/**
 * A log of recurring failures.
 *
 * @module
 */

import { describeError } from './describe-error.ts';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 60 * 60_000;
/** A cause that was absent for this long is a new one. */
const FORGET_MS = 30 * 60_000;
const MOST_CAUSES = 200;

/** The last cause: errors that wrap it name the rows of each statement, which differ each time. */
function causeOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return String(at);
}

interface Known {
  seenAt: number;
  until: number;
  pauseMs: number;
}

/**
 * Creates a function that logs a failure at once, and the same cause again after pauses that grow
 * from a minute to six hours.
 *
 * @param now monotonic clock, milliseconds
 */
export function createRepeatedLog(
  log: (message: string) => void,
  now: () => number = () => performance.now(),
): (what: string, error: unknown) => void {
  const causes = new Map<string, Known>();
  return (what, error) => {
    const cause = `${what}: ${causeOf(error)}`;
    const known = causes.get(cause);
    const isKnown = known !== undefined && now() - known.seenAt < FORGET_MS;
    if (isKnown) known.seenAt = now();
    if (isKnown && now() < known.until) return;
    const pauseMs = isKnown ? Math.min(LONGEST_PAUSE_MS, known.pauseMs * 2) : FIRST_PAUSE_MS;
    causes.delete(cause);
    causes.set(cause, { seenAt: now(), until: now() + pauseMs, pauseMs });
    const [oldest] = causes.keys();
    if (causes.size > MOST_CAUSES && oldest !== undefined) causes.delete(oldest);
    log(`${what} failed: ${describeError(error)}`);
  };
}
