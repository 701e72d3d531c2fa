/**
 * Numbers in English texts.
 *
 * @module
 */

/** `2.5 GB`, or MB below one. */
export function size(bytes: number): string {
  const mb = Math.max(0, bytes) / 1024 ** 2;
  return mb >= 1024 ? `${+(mb / 1024).toFixed(1)} GB` : `${+mb.toFixed(1)} MB`;
}

/** `1 file`, `3 files`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
