/**
 * Notices about items of a file that were not read.
 *
 * @module
 */
import type { Notice } from '#contract/notices.ts';

/** Empty for an empty list. `addNotices` removes duplicates and shortens long lists. */
export function missingItems(
  code: 'parts_missing' | 'attachments_left_out',
  names: readonly string[],
): Notice[] {
  return names.length === 0 ? [] : [{ code, params: { count: names.length, names: [...names] } }];
}
