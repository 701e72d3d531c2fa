/**
 * What a measurement gives.
 *
 * @module
 */

export interface Figure {
  readonly name: string;
  /** The median where it was measured more than once. */
  readonly value: number;
  readonly unit: 's' | 'ms' | '%' | 'ratio';
  /** The most it may be. */
  readonly limit: number;
  /** How it came about: all values, or what belongs to them. */
  readonly detail: string;
}

/** `value / limit`: 1 and less holds. */
export const ratioOf = ({ value, limit }: Figure): number => value / limit;

/** The middle one; the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length / 2;
  const upper = sorted[Math.floor(at)] ?? NaN;
  return Number.isInteger(at) ? (upper + (sorted[at - 1] ?? NaN)) / 2 : upper;
}

/** A figure of several runs: the median, with all of them beside it. */
export function figureOf(
  about: Omit<Figure, 'value' | 'detail'>,
  values: readonly number[],
): Figure {
  const shown = values.map((value) => +value.toPrecision(3)).join(', ');
  return { ...about, value: median(values), detail: `median of ${values.length}: ${shown}` };
}
