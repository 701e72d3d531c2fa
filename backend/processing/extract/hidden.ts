/**
 * Marks of slides and sheets that a program does not show unless it is asked to.
 *
 * @module
 */

export const HIDDEN_SLIDE = 'Hidden slide';
export const HIDDEN_SHEET = 'Hidden sheet';

/** `Prices (hidden)`; a mark alone says it already. */
export function hiddenLabel(label: string): string {
  return label === HIDDEN_SLIDE || label === HIDDEN_SHEET ? label : `${label} (hidden)`;
}
