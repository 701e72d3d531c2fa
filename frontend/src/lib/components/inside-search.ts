/**
 * Search inside the parts of a file, and lookup of the spoken line. Pure.
 *
 * @module
 */
import type { FoundInside, Part } from '#contract/files.ts';
import { insidePattern, type Range, rangesIn } from '#contract/inside.ts';

/** Number of matches, in total and per part. */
export type Found = Pick<FoundInside, 'total' | 'parts'>;

export const NOTHING_FOUND: Found = { total: 0, parts: [] };

/** Counts matches as the server does for a file that is loaded only in part. */
export function countInside(parts: readonly Part[], query: string): Found {
  const pattern = insidePattern(query);
  if (!pattern) return NOTHING_FOUND;
  const counts = parts
    .map(({ text, index }): [number, number] => [index, rangesIn(text, pattern).length])
    .filter(([, count]) => count > 0);
  return { total: counts.reduce((sum, [, count]) => sum + count, 0), parts: counts };
}

export interface InsideMatch {
  /** Index of the part. */
  part: number;
  /** 0-based number of the match within its part. */
  index: number;
}

/** Returns match number `at`, counted from 0 over all parts. */
export function matchAt({ parts }: Found, at: number): InsideMatch | undefined {
  let left = at;
  for (const [part, count] of parts) {
    if (left < count) return { part, index: left };
    left -= count;
  }
  return undefined;
}

/** Returns the number of the first match from `part` on, else of the first of all. */
export function firstFrom({ parts }: Found, part: number): number {
  let before = 0;
  for (const [index, count] of parts) {
    if (index >= part) return before;
    before += count;
  }
  return 0;
}

/** Clips ranges of a text to a piece of it, relative to the start of the piece. */
export function rangesWithin(ranges: readonly Range[], start: number, end: number): Range[] {
  return ranges
    .filter(([from, to]) => from < end && to > start)
    .map(([from, to]): Range => [Math.max(from, start) - start, Math.min(to, end) - start]);
}

/** Returns the position of the part spoken at `seconds`, or -1 before the first. */
export function partAt(parts: readonly Part[], seconds: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.start ?? 0) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
