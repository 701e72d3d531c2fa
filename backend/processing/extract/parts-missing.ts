/**
 * The notice about unreadable parts of a file.
 *
 * @module
 */
import { MOST_NAMES, type Notice } from '#contract/notices.ts';

/** Empty for an empty list. */
export function partsMissing(names: readonly string[]): Notice[] {
  if (names.length === 0) return [];
  const listed = [...new Set(names)].slice(0, MOST_NAMES);
  return [{ code: 'parts_missing', params: { count: names.length, names: listed } }];
}
