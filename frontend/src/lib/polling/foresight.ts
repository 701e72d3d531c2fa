/**
 * Estimates the time left of a session, from the server's estimate and this tab's observations, and
 * the wait before the next poll. Pure: time comes as an argument.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { stepOf } from '#contract/statuses.ts';

/** Observations of one session's status. */
export interface Sight {
  readonly document: SessionStatusDocument;
  /** Arrival of the document, milliseconds. */
  readonly at: number;
  /** The last observation of this step before its progress moved. */
  readonly first: { readonly at: number; readonly progress: number };
  /** True if the step differs from that of the document before. */
  readonly stepped: boolean;
}

/** Share of the time left to wait: in time even if the estimate is four times too long. */
const SHARE = 0.25;
const LEAST_MS = 1_000;
/** Maximum adaptive wait of a visible page, milliseconds, without slowdown under server load. */
const MOST_MS = 10_000;
/** Percent of progress after which observations weigh as much as the server's estimate. */
const TRUSTED_AFTER = 1;
/** Percent of progress after which polls aim at the end, in even steps of at most `AIMED_MS`. */
const SURE_AFTER = 40;
const AIMED_MS = 2_000;

/** Records an answer; `document` is the previous one where nothing changed. */
export function see(before: Sight | null, document: SessionStatusDocument, at: number): Sight {
  if (before?.document === document) return { ...before, stepped: false };
  const { progress } = document;
  const stepped = before !== null && stepOf(document) !== stepOf(before.document);
  // Before progress moves there is nothing to measure: start-up is not part of the rate.
  const still = before === null || stepped || progress === before.first.progress;
  return { document, at, first: still ? { at, progress } : before.first, stepped };
}

/**
 * Milliseconds until the next poll: the server's `retry_after_ms`, corrected by this tab's
 * observations. A quarter of the time left is bounded by `mostMs`.
 */
export function expectWait(sight: Sight, at: number, mostMs: number = MOST_MS): number {
  const { eta_seconds: eta, retry_after_ms: asked } = sight.document;
  const age = Math.max(0, at - sight.at);
  const { leftMs, sure } = expectLeft(sight);
  if (leftMs === null) return Math.max(LEAST_MS, asked - SHARE * age);
  const left = Math.max(0, leftMs - age);
  const aimed = sure ? left / Math.ceil(left / AIMED_MS || 1) : 0;
  // The server's `retry_after_ms` contains its slowdown under load.
  const load = eta === null ? 1 : Math.max(1, asked / quarter(eta * 1_000, MOST_MS));
  return load * Math.max(quarter(left, mostMs), aimed);
}

const quarter = (leftMs: number, mostMs: number) =>
  Math.max(LEAST_MS, Math.min(SHARE * leftMs, mostMs));

/** Time left when the document arrived; null where only the server can estimate it. */
function expectLeft({ document, at, first }: Sight): { leftMs: number | null; sure: boolean } {
  const { eta_seconds: eta, progress, status } = document;
  const moved = progress - first.progress;
  const sure = moved >= SURE_AFTER;
  if (status !== 'processing') return { leftMs: null, sure: false };
  // The server rounds up to whole seconds.
  const said = eta === null ? null : Math.max(0.5, eta - 0.5) * 1_000;
  if (!(moved > 0)) return { leftMs: said, sure };
  const seen = (at - first.at) * (100 - progress) / moved;
  if (said === null) return { leftMs: sure ? seen : null, sure };
  return { leftMs: said * (seen / said) ** (moved / (moved + TRUSTED_AFTER)), sure };
}
