/**
 * Finds words inside the parts of a file. Pure.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';

export interface InsideMatch {
  /** Position of the part in the list. */
  part: number;
  /** Which match of its part it is. */
  index: number;
}

export interface InsideMatches {
  all: InsideMatch[];
  /** `[start, end)` ranges by position of the part. */
  ranges: Map<number, [number, number][]>;
}

/** Every place of `query`, whatever its case. Less than two letters match nothing. */
export function findInside(parts: readonly Part[], query: string): InsideMatches {
  const found: InsideMatches = { all: [], ranges: new Map() };
  const needle = query.trim();
  if (needle.length < 2) return found;
  const words = needle.split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(words.join('\\s+'), 'gi');
  parts.forEach(({ text }, part) => {
    const ranges = [...text.matchAll(pattern)].map((match): [number, number] => [
      match.index,
      match.index + match[0].length,
    ]);
    if (ranges.length === 0) return;
    found.ranges.set(part, ranges);
    ranges.forEach((_, index) => found.all.push({ part, index }));
  });
  return found;
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
