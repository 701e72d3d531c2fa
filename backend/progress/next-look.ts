/**
 * The poll interval of a session. Pure.
 *
 * @module
 */
import type { SessionStatus } from '#contract/progress.ts';

/**
 * Share of the time left. A poll after a quarter of it is in time even if the estimate is four
 * times too long.
 */
const SHARE = 0.25;
const LEAST_MS = 1_000;
const MOST_MS = 10_000;
const PAUSED_MS = 5_000;
const ENDED_MS = 60_000;

export interface Outlook {
  readonly status: SessionStatus;
  /** Seconds until the session ends, including the wait behind others; null if unknown. */
  readonly etaSeconds: number | null;
  /** Seconds of work for its own files, read one after the other; null if unknown. */
  readonly workSeconds: number | null;
}

/** `retry_after_ms`: a quarter of the time to the next event, multiplied by the load factor. */
export function nextLookMs(outlook: Outlook, load = 1): number {
  switch (outlook.status) {
    case 'queued':
    case 'processing':
      return Math.round(load * Math.min(MOST_MS, Math.max(LEAST_MS, SHARE * nextEventMs(outlook))));
    case 'paused':
      return load * PAUSED_MS;
    default:
      return ENDED_MS;
  }
}

/**
 * Milliseconds to the next event. For a queued session that is its start: at the earliest when only
 * its own work is left.
 */
function nextEventMs({ status, etaSeconds, workSeconds }: Outlook): number {
  if (etaSeconds === null) return 0;
  if (status === 'processing') return 1_000 * etaSeconds;
  return workSeconds === null ? 0 : 1_000 * Math.max(0, etaSeconds - workSeconds);
}

/** Seconds of the `Retry-After` header, for pollers with a fixed interval. */
export function retryAfterSeconds(status: SessionStatus, load = 1): number {
  return Math.ceil(load * (status === 'paused' ? PAUSED_MS : LEAST_MS) / 1_000);
}
