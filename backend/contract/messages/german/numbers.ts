/**
 * Numbers in German texts.
 *
 * @module
 */

/** `1,5`. */
export const decimal = (number: number): string => String(number).replace('.', ',');

/** `2,5 GB`, or MB below one. */
export function size(bytes: number): string {
  const mb = Math.max(0, bytes) / 1024 ** 2;
  return mb >= 1024 ? `${decimal(+(mb / 1024).toFixed(1))} GB` : `${decimal(+mb.toFixed(1))} MB`;
}
