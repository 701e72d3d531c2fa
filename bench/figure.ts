/**
 * What a measurement gives: a value beside its limit, and what the two mean for people.
 *
 * @module
 */

export type Unit = 's' | 'ms' | '%' | 'ratio' | '/s' | '/min' | 'MB' | 'KB';

export interface Figure {
  readonly name: string;
  /** The median where it was measured more than once. Against a peer of the same run: a `ratio`. */
  readonly value: number;
  readonly unit: Unit;
  /** What it is held against; null where it is shown for comparison only. */
  readonly limit: number | null;
  /** Whether the limit is the most it may be or the least. @default 'most' */
  readonly bound?: 'most' | 'least';
  /** What the value says, in a sentence for people who do not measure. */
  readonly means: string;
  /** How it came about: all values, the peer, or what belongs to them. */
  readonly detail: string;
}

/** How much of its limit a figure uses: 1 and less holds. Null without a limit. */
export function ratioOf({ value, limit, bound = 'most' }: Figure): number | null {
  if (limit === null) return null;
  return bound === 'most' ? value / limit : limit / value;
}

/** Whether it keeps its limit; one without keeps it. What could not be measured does not. */
export function isKept(figure: Figure): boolean {
  const ratio = ratioOf(figure);
  return ratio === null || ratio <= 1;
}

/** `12.3 ms`, `0.83`. */
export function show(value: number, { unit }: Pick<Figure, 'unit'>): string {
  if (unit === 'ratio') return value.toFixed(2);
  const rounded = Math.abs(value) < 100 ? +value.toPrecision(3) : Math.round(value);
  return `${rounded.toLocaleString('en')}${unit.startsWith('/') ? unit : ` ${unit}`}`;
}

/** `at most 100 ms`, `at least 0.80`, or nothing. */
export function showLimit({ limit, bound = 'most', unit }: Figure): string {
  return limit === null ? '' : `at ${bound} ${show(limit, { unit })}`;
}

/** The middle one; the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = sorted.length / 2;
  const upper = sorted[Math.floor(at)] ?? NaN;
  return Number.isInteger(at) ? (upper + (sorted[at - 1] ?? NaN)) / 2 : upper;
}

/** The least value that at least `share` (0–1) of all do not pass. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Values beside each other, with three digits. */
export const list = (values: readonly number[]): string =>
  values.map((value) => `${+value.toPrecision(3)}`).join(', ');

/** A figure of several runs: the median, with all of them beside it. */
export function figureOf(
  about: Omit<Figure, 'value' | 'detail'>,
  values: readonly number[],
): Figure {
  return {
    ...about,
    value: median(values),
    detail: `median of ${values.length}: ${list(values)}`,
  };
}
