/**
 * When it is worth asking for a session again. Pure.
 *
 * @module
 */
import type { SessionStatus } from '#contract/progress.ts';

/** Asking after a quarter of what is left is in time even where that is four times too long. */
const SHARE = 0.25;
const LEAST_MS = 1_000;
const MOST_MS = 10_000;
const PAUSED_MS = 5_000;
const ENDED_MS = 60_000;

export interface Outlook {
  readonly status: SessionStatus;
  /** Until its end, the wait behind others included; null where nobody knows. */
  readonly etaSeconds: number | null;
  /** Of its own files, were they read one after the other; null where nobody knows. */
  readonly workSeconds: number | null;
}

/** `retry_after_ms`: a quarter of the time to what comes next, more by the factor of the load. */
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

/** Who waits in line waits for the beginning: at the soonest when all but its own work is done. */
function nextEventMs({ status, etaSeconds, workSeconds }: Outlook): number {
  if (etaSeconds === null) return 0;
  if (status === 'processing') return 1_000 * etaSeconds;
  return workSeconds === null ? 0 : 1_000 * Math.max(0, etaSeconds - workSeconds);
}

/** Seconds of the header `Retry-After`, which pollers at a fixed pace keep to. */
export function retryAfterSeconds(status: SessionStatus, load = 1): number {
  return Math.ceil(load * (status === 'paused' ? PAUSED_MS : LEAST_MS) / 1_000);
}
