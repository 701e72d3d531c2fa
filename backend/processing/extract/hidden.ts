/**
 * Labels of slides and sheets that a program hides by default.
 *
 * @module
 */

export const HIDDEN_SLIDE = 'Hidden slide';
export const HIDDEN_SHEET = 'Hidden sheet';

/** `Prices (hidden)`; a label that is only the mark stays unchanged. */
export function hiddenLabel(label: string): string {
  return label === HIDDEN_SLIDE || label === HIDDEN_SHEET ? label : `${label} (hidden)`;
}
