/**
 * Cuts a list into pieces that the server takes at once.
 *
 * @module
 */

/** As many files as one session, or one question, may name. */
export const MOST_AT_ONCE = 10_000;

export function inPortions<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
