/**
 * Splits a list into chunks that the server accepts.
 *
 * @module
 */

/** Maximum files of one session, or of one comparison. */
export const MOST_AT_ONCE = 10_000;

export function inPortions<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, index) => items.slice(index * size, (index + 1) * size),
  );
}
