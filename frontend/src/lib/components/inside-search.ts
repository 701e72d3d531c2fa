/**
 * Finds words inside the parts of a file, and the line that is spoken. Pure.
 *
 * @module
 */
import type { FoundInside, Part } from '#contract/files.ts';
import { insidePattern, type Range, rangesIn } from '#contract/inside.ts';

/** How many matches there are, and how many in which part. */
export type Found = Pick<FoundInside, 'total' | 'parts'>;

export const NOTHING_FOUND: Found = { total: 0, parts: [] };

/** Counts as the server does for a file that is not all here. */
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
  /** Which match of its part it is. */
  index: number;
}

/** The match number `at`, counted from 0 over all parts. */
export function matchAt({ parts }: Found, at: number): InsideMatch | undefined {
  let left = at;
  for (const [part, count] of parts) {
    if (left < count) return { part, index: left };
    left -= count;
  }
  return undefined;
}

/** The match to begin with: the first one from `part` on, else the first of all. */
export function firstFrom({ parts }: Found, part: number): number {
  let before = 0;
  for (const [index, count] of parts) {
    if (index >= part) return before;
    before += count;
  }
  return 0;
}

/** The ranges of a text that fall into a piece of it, counted from the piece's beginning. */
export function rangesWithin(ranges: readonly Range[], start: number, end: number): Range[] {
  return ranges
    .filter(([from, to]) => from < end && to > start)
    .map(([from, to]): Range => [Math.max(from, start) - start, Math.min(to, end) - start]);
}

/** Position of the part that is spoken at `seconds`, or -1 before the first. */
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
