/**
 * Labels of slides and sheets that a program hides by default.
 *
 * @module
 */
import type { Piece } from './walk.ts';

const HIDDEN_SLIDE = 'Hidden slide';
export const HIDDEN_SHEET = 'Hidden sheet';

/** `Prices (hidden)`; a label that is only the mark stays unchanged. */
export function hiddenLabel(label: string): string {
  return label === HIDDEN_SLIDE || label === HIDDEN_SHEET ? label : `${label} (hidden)`;
}

/** @param title may be empty */
export function slidePiece(title: string, text: string, isHidden: boolean): Piece {
  return {
    kind: 'slide',
    label: isHidden ? hiddenLabel(title || HIDDEN_SLIDE) : title || null,
    text: isHidden && text ? `${HIDDEN_SLIDE}\n\n${text}` : text,
  };
}
