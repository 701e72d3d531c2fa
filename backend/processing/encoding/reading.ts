/**
 * A decoded text for the comparison: its characters beyond ASCII, each with the bits of its place
 * in any language. Signs of a wrong reading are undecodable bytes, control characters, symbols and
 * capitals inside words, and scripts that change inside a word.
 *
 * @module
 */

/** Bits of an invalid byte, or of a control character. */
export const BAD = 20;
const RARE_SYMBOL = 12;
const SYMBOL_IN_WORD = 14;
const PUNCTUATION = 6;
const REPEATED = 2;
const SCRIPT_CHANGE = 6;
const CAPITAL_IN_WORD = 8;
const CAPITAL = 2;
const SECOND_ACCENT = 3;
const AT_DIGIT = 5;

const USUAL_PUNCTUATION = new Set(
  '“”„‚‘’«»‹›–—…•·§°€£¥©®™№\u00a0±¹²³µ×½¼¾¿¡ªº\u200e\u200f،؛؟٪',
);
/** Symbols that stand alone, or behind a word or number. */
const GLUED = new Set('–—…°•²³¼½¾ªº');
const APOSTROPHES = new Set('’·\u00ad\u200c\u200d');

export interface Place {
  readonly character: string;
  /** In lower case. */
  readonly lower: string;
  readonly previous: string;
  readonly isLetter: boolean;
  readonly isLatin: boolean;
  /** True for a one-letter word. */
  readonly isAlone: boolean;
  /** True beside a small letter of ASCII. */
  readonly isBesideAscii: boolean;
  /** Bits of the place: of a letter without itself, of a symbol with itself. */
  readonly bits: number;
}

export interface Reading {
  readonly text: string;
  readonly places: readonly Place[];
  /** Number of invalid bytes and control characters. */
  readonly bad: number;
}

export function readingOf(text: string): Reading {
  const characters = Array.from(text);
  const places: Place[] = [];
  let bad = 0;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character < '\u0080') {
      if (character === '\0') bad++;
      continue;
    }
    const kind = kindOf(character);
    if (kind === '!') bad++;
    else places.push(placeOf(characters, at, kind));
  }
  return { text, places, bad };
}

/**
 * The kind of a character, a letter each: small and capital letters of ASCII (`a`, `A`), Latin
 * (`l`, `L`) and other scripts (`o`, `O`), digits (`d`), symbols (`s`), and characters outside of
 * texts (`!`).
 */
type Kind = 'a' | 'A' | 'l' | 'L' | 'o' | 'O' | 'd' | 's' | '!' | ' ';

const kinds = new Map<string, Kind>();

function kindOf(character: string | undefined): Kind {
  if (character === undefined) return ' ';
  let kind = kinds.get(character);
  if (kind === undefined) {
    // Noise contains all characters: the limit bounds the cache.
    if (kinds.size > 5_000) kinds.clear();
    kinds.set(character, kind = findKind(character));
  }
  return kind;
}

function findKind(character: string): Kind {
  const code = character.codePointAt(0)!;
  if (/\d/.test(character)) return 'd';
  if (code < 0x80) return /[a-z]/.test(character) ? 'a' : /[A-Z]/.test(character) ? 'A' : ' ';
  if (USUAL_PUNCTUATION.has(character)) return 's';
  if (code === 0xfffd || code < 0xa0 || /[\p{Cn}\p{Co}\p{Cs}]/u.test(character)) return '!';
  const isSmall = character === character.toLowerCase();
  if (/\p{Script=Latin}/u.test(character)) return isSmall ? 'l' : 'L';
  return /[\p{L}\p{M}]/u.test(character) ? isSmall ? 'o' : 'O' : 's';
}

const isLetter = (kind: Kind) => kind !== ' ' && kind !== 's' && kind !== 'd' && kind !== '!';
const isLatin = (kind: Kind) => kind === 'a' || kind === 'A' || kind === 'l' || kind === 'L';
const isSmall = (kind: Kind) => kind === 'a' || kind === 'l' || kind === 'o';
const isCapital = (kind: Kind) => kind === 'A' || kind === 'L' || kind === 'O';

function placeOf(characters: readonly string[], at: number, kind: Kind): Place {
  const character = characters[at]!;
  const previous = characters[at - 1] ?? '';
  const beforeThat = kindOf(characters[at - 2]);
  const before = kindOf(characters[at - 1]);
  const after = kindOf(characters[at + 1]);
  return {
    character,
    previous,
    lower: character.toLowerCase(),
    isLetter: isLetter(kind),
    isLatin: isLatin(kind),
    isAlone: !isLetter(before) && !isLetter(after),
    isBesideAscii: before === 'a' || after === 'a',
    bits: isLetter(kind)
      ? letterBits(kind, beforeThat, before, after)
      : symbolBits(character, before, after, previous),
  };
}

function letterBits(kind: Kind, beforeThat: Kind, before: Kind, after: Kind): number {
  let bits = before === 'd' || after === 'd' ? AT_DIGIT : 0;
  if (isLetter(before)) {
    if (isLatin(before) !== isLatin(kind)) bits += SCRIPT_CHANGE;
    if (isCapital(kind) && isSmall(before)) bits += CAPITAL_IN_WORD;
    if (isSmall(kind) && isCapital(before) && isCapital(beforeThat)) bits += CAPITAL_IN_WORD;
    if (kind === 'l' && (before === 'l' || before === 'L')) bits += SECOND_ACCENT;
  }
  if ((after === 'a' || after === 'A') && !isLatin(kind)) bits += SCRIPT_CHANGE;
  if (after === 'A' && isSmall(kind)) bits += CAPITAL_IN_WORD;
  // A capital is rare, except in a word of capitals.
  return isCapital(kind) && !isCapital(before) ? bits + CAPITAL : bits;
}

function symbolBits(character: string, before: Kind, after: Kind, previous: string): number {
  if (isLetter(before) && isLetter(after)) {
    return APOSTROPHES.has(character) ? PUNCTUATION : SYMBOL_IN_WORD;
  }
  if (character === previous) return REPEATED;
  if (GLUED.has(character) && isLetter(after)) return RARE_SYMBOL;
  return USUAL_PUNCTUATION.has(character) ? PUNCTUATION : RARE_SYMBOL;
}
