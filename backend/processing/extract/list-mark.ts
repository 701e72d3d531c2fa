/**
 * Marks of numbered items: 3., c., C., iii., III.
 *
 * @module
 */

const ROMAN: readonly (readonly [number, string])[] = [
  [1000, 'm'],
  [900, 'cm'],
  [500, 'd'],
  [400, 'cd'],
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
];

/** @param type as in the attribute of an HTML list: `1`, `a`, `A`, `i` or `I` */
export function listMark(number: number, type: string): string {
  const small = type.toLowerCase();
  const mark = small === 'a' ? letters(number) : small === 'i' ? roman(number) : `${number}`;
  return `${type === small ? mark : mark.toUpperCase()}.`;
}

function letters(number: number): string {
  if (number < 1) return `${number}`;
  let mark = '';
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    mark = String.fromCharCode(97 + (rest - 1) % 26) + mark;
  }
  return mark;
}

export function roman(number: number): string {
  if (number < 1 || number > 3999) return `${number}`;
  let mark = '';
  let rest = number;
  for (const [value, digits] of ROMAN) {
    for (; rest >= value; rest -= value) mark += digits;
  }
  return mark;
}
