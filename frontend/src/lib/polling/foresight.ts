/**
 * How long a session may still take, from what the server says and from what this tab has seen of
 * it, and so when the next look is worth it. Pure: time comes as an argument.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { stepOf } from '#contract/statuses.ts';

/** What is remembered of the answers about one session. */
export interface Sight {
  readonly document: SessionStatusDocument;
  /** When the document came, milliseconds. */
  readonly at: number;
  /** The last that was seen of this step before it moved. */
  readonly first: { readonly at: number; readonly progress: number };
  /** Whether the step is another than in the document before. */
  readonly stepped: boolean;
}

/** Asking after a quarter of what is left is in time even where that is four times too long. */
const SHARE = 0.25;
const LEAST_MS = 1_000;
/** Longest adaptive wait of a page that is looked at, the load of the server left out. */
const MOST_MS = 10_000;
/** Percent of progress after which what was seen counts as much as what the server says. */
const TRUSTED_AFTER = 1;
/** Percent of progress after which looks are aimed at the end, in even steps of at most this. */
const SURE_AFTER = 40;
const AIMED_MS = 2_000;

/** Takes in an answer; `document` is the one from before where nothing changed. */
export function see(before: Sight | null, document: SessionStatusDocument, at: number): Sight {
  if (before?.document === document) return { ...before, stepped: false };
  const { progress } = document;
  const stepped = before !== null && stepOf(document) !== stepOf(before.document);
  // Before it moves there is nothing to measure: starting up is no part of the pace.
  const still = before === null || stepped || progress === before.first.progress;
  return { document, at, first: still ? { at, progress } : before.first, stepped };
}

/**
 * Milliseconds until the next look: what the server asks of adaptive pollers, corrected by what
 * this tab has seen. A quarter of the time left is bounded by `mostMs`.
 */
export function expectWait(sight: Sight, at: number, mostMs: number = MOST_MS): number {
  const { eta_seconds: eta, retry_after_ms: asked } = sight.document;
  const age = Math.max(0, at - sight.at);
  const { leftMs, sure } = expectLeft(sight);
  if (leftMs === null) return Math.max(LEAST_MS, asked - SHARE * age);
  const left = Math.max(0, leftMs - age);
  const aimed = sure ? left / Math.ceil(left / AIMED_MS || 1) : 0;
  // What the server adds under load is in what it asks for.
  const load = eta === null ? 1 : Math.max(1, asked / quarter(eta * 1_000, MOST_MS));
  return load * Math.max(quarter(left, mostMs), aimed);
}

const quarter = (leftMs: number, mostMs: number) =>
  Math.max(LEAST_MS, Math.min(SHARE * leftMs, mostMs));

/** Time left when the document came; null where only the server can tell. */
function expectLeft({ document, at, first }: Sight): { leftMs: number | null; sure: boolean } {
  const { eta_seconds: eta, progress, status } = document;
  const moved = progress - first.progress;
  const sure = moved >= SURE_AFTER;
  if (status !== 'processing') return { leftMs: null, sure: false };
  // Whole seconds, rounded up.
  const said = eta === null ? null : Math.max(0.5, eta - 0.5) * 1_000;
  if (!(moved > 0)) return { leftMs: said, sure };
  const seen = (at - first.at) * (100 - progress) / moved;
  if (said === null) return { leftMs: sure ? seen : null, sure };
  return { leftMs: said * (seen / said) ** (moved / (moved + TRUSTED_AFTER)), sure };
}
