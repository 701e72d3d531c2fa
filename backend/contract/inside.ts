/**
 * What counts as a match inside a file: server and client count alike.
 *
 * @module
 */

/** Less than two letters match nothing. */
export const LEAST_QUERY_LENGTH = 2;
export const MOST_QUERY_LENGTH = 200;

/** `[start, end)` in UTF-16 units of a text. */
export type Range = readonly [start: number, end: number];

/** Matches the words of `query` whatever their case and the space between them; null for too few. */
export function insidePattern(query: string): RegExp | null {
  const needle = query.trim();
  if (needle.length < LEAST_QUERY_LENGTH) return null;
  const words = needle.split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(words.join('\\s+'), 'gi');
}

/** Every place that `pattern` matches, in their order and apart. */
export function rangesIn(text: string, pattern: RegExp): Range[] {
  return [...text.matchAll(pattern)].map((match): Range => [
    match.index,
    match.index + match[0].length,
  ]);
}
