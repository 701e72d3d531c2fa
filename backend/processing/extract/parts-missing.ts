/**
 * The notice that parts of a file could not be read.
 *
 * @module
 */
import { MOST_NAMES, type Notice } from '#contract/notices.ts';

/** None for an empty list. */
export function partsMissing(names: readonly string[]): Notice[] {
  if (names.length === 0) return [];
  const listed = [...new Set(names)].slice(0, MOST_NAMES);
  return [{ code: 'parts_missing', params: { count: names.length, names: listed } }];
}
