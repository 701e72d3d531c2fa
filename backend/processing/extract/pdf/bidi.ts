/**
 * Logical order of characters in visual order from left to right: a small part of the bidirectional
 * algorithm (UAX #9), inverted.
 *
 * @module
 */

const RIGHT_TO_LEFT =
  /[\u0590-\u05bf\u05c0-\u05ff\u0600-\u065f\u066d-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const DIGIT = /[\d\u0660-\u0669\u06f0-\u06f9]/;
const LETTER = /[\p{L}\p{N}]/u;
/** Characters that belong to a number between digits. */
const IN_NUMBER = /[.,:/\-+%\u066a-\u066c]/;
const MIRRORED: Readonly<Record<string, string>> = {
  '(': ')',
  ')': '(',
  '[': ']',
  ']': '[',
  '{': '}',
  '}': '{',
  '<': '>',
  '>': '<',
  '«': '»',
  '»': '«',
};

export function isRightToLeft(text: string): boolean {
  return text.charCodeAt(0) >= 0x590 && RIGHT_TO_LEFT.test(text);
}

/** True if more letters are right-to-left than left-to-right. */
export function readsLeftwards(text: string): boolean {
  let leftwards = 0;
  let rightwards = 0;
  for (const character of text) {
    if (isRightToLeft(character)) leftwards++;
    else if (/\p{L}/u.test(character)) rightwards++;
  }
  return leftwards > rightwards;
}

/** Logical order of characters from left to right; each may be more than one code point. */
export function logicalOrder(visual: readonly string[], leftwards: boolean): string {
  const kinds = visual.map(kindOf);
  return leftwards ? fromRight(visual, kinds) : fromLeft(visual, kinds);
}

type Kind = 'left' | 'right' | 'number' | 'neutral';

function kindOf(text: string): Kind {
  if (DIGIT.test(text)) return 'number';
  if (isRightToLeft(text)) return 'left';
  return LETTER.test(text) ? 'right' : 'neutral';
}

/** A left-to-right line with right-to-left quotations. */
function fromLeft(visual: readonly string[], kinds: readonly Kind[]): string {
  let text = '';
  for (let at = 0; at < visual.length; at++) {
    if (kinds[at] !== 'left') {
      text += visual[at];
      continue;
    }
    let last = at;
    for (let to = at; to < visual.length && kinds[to] !== 'right'; to++) {
      if (kinds[to] === 'left') last = to;
    }
    text += fromRight(visual.slice(at, last + 1), kinds.slice(at, last + 1));
    at = last;
  }
  return text;
}

/** A right-to-left line; numbers and quotations in it are left-to-right. */
function fromRight(visual: readonly string[], kinds: readonly Kind[]): string {
  const pieces: string[] = [];
  for (let at = 0; at < visual.length; at++) {
    const kind = kinds[at];
    const last = kind === 'right'
      ? endOfQuotation(kinds, at)
      : kind === 'number'
      ? endOfNumber(visual, kinds, at)
      : at;
    const character = visual[at]!;
    pieces.push(
      // Brackets are mirrored in right-to-left text.
      last === at ? MIRRORED[character] ?? character : visual.slice(at, last + 1).join(''),
    );
    at = last;
  }
  return pieces.reverse().join('');
}

function endOfQuotation(kinds: readonly Kind[], from: number): number {
  let last = from;
  for (let to = from; to < kinds.length && kinds[to] !== 'left'; to++) {
    if (kinds[to] !== 'neutral') last = to;
  }
  return last;
}

function endOfNumber(visual: readonly string[], kinds: readonly Kind[], from: number): number {
  let last = from;
  for (let to = from + 1; to < kinds.length; to++) {
    if (kinds[to] === 'number') last = to;
    else if (last !== to - 1 || !IN_NUMBER.test(visual[to]!)) break;
  }
  return last;
}
