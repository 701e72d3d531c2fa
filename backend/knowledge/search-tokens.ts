/**
 * Normalises text for search and splits it into tokens, for passages and queries alike.
 *
 * NFKC (composed letters, one width), lower case, one kind of apostrophe and of digits, no soft
 * hyphens or other ignorable characters. Accents are kept. PostgreSQL's own parser treats a run of
 * a script without spaces as one word, and an address or a numbered code as one token.
 *
 * @module
 */
import { APOSTROPHES, IGNORABLE } from '#contract/folding.ts';

/** A lexeme of the index, and its range in the original text. */
export interface Token {
  readonly lexeme: string;
  /** 1-based; several lexemes may share one. */
  readonly position: number;
  readonly start: number;
  readonly end: number;
  /** `pair`: two characters of a script without spaces; `last`: the last of such a run, alone. */
  readonly kind: 'word' | 'piece' | 'pair' | 'last';
}

/** Maximum characters of a lexeme: PostgreSQL allows 2,046 bytes. */
const LONGEST = 100;

const EXTENDING =
  `\\p{M}\\u1160-\\u11ff\\ud7b0-\\ud7fb\\u314f-\\u3163\\uff9e\\uff9f\\uffc2-\\uffdc${IGNORABLE}`;
/** A character with all characters that may combine with it. */
const CLUSTER = new RegExp(`[^${EXTENDING}][${EXTENDING}]*|[${EXTENDING}]+`, 'gu');
const IGNORED = new RegExp(`[${IGNORABLE}]+`, 'gu');
const IGNORED_END = new RegExp(`[${IGNORABLE}]+$`, 'u');
const APOSTROPHE = new RegExp(`[${APOSTROPHES}]`, 'g');
const DIGIT = /\p{Nd}/u;
const DIGITS = /\p{Nd}/gu;
const ASCII = /^[\0-\x7f]*$/;

/** Scripts in which two adjacent characters form a token. Korean has endings instead of spaces. */
const SPACELESS = ['Hani', 'Hira', 'Kana', 'Bopo', 'Hang', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt']
  .concat(['Yiii', 'Java', 'Bali', 'Tale', 'Talu', 'Lana'])
  .map((script) => `\\p{scx=${script}}`).join('');
const LETTERS = '[\\p{L}\\p{M}\\p{N}]';
/** Marks shared by many scripts: they belong to the script of the letter before. */
const SHARED_MARK = '\\p{sc=Inherited}';
const RUN = `[[${LETTERS}&&[${SPACELESS}]]--${SHARED_MARK}]`;
const TOKEN = new RegExp(`((?:${RUN}${SHARED_MARK}*)+)|([${LETTERS}--${RUN}]+)`, 'gv');
const WORDS = /[\p{L}\p{N}]/u;
const KINDS_OF_LETTERS = /\p{N}+|[^\p{N}]+/gu;
const HANGUL = /\p{sc=Hang}/u;
/** A line break within a word of a script without spaces. */
const LINE_END = /^[ \t]*\r?\n[ \t]*$/;

interface Folded {
  readonly text: string;
  /** Range in the original for each UTF-16 unit of the folded text; null if both are the same. */
  readonly ranges: readonly (readonly [start: number, end: number])[] | null;
}

function fold(text: string): Folded {
  if (ASCII.test(text)) return { text: text.toLowerCase().replaceAll('`', "'"), ranges: null };
  let folded = '';
  const ranges: [number, number][] = [];
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const letters = foldCluster(cluster);
    const end = index +
      (cluster.length === 1 ? 1 : cluster.replace(IGNORED_END, '').length);
    folded += letters;
    for (let unit = 0; unit < letters.length; unit += 1) ranges.push([index, end]);
  }
  return { text: folded, ranges };
}

/** Cache of folded clusters: a text has few different ones. */
const folds = new Map<string, string>();
const MOST_FOLDS = 20_000;

function foldCluster(cluster: string): string {
  const there = folds.get(cluster);
  if (there !== undefined) return there;
  const folded = cluster.replace(APOSTROPHE, APOSTROPHES[0]!)
    .normalize('NFKC').replace(IGNORED, '').normalize('NFKC')
    .toLowerCase().replaceAll('ς', 'σ').replaceAll('i\u0307', 'i')
    .replace(DIGITS, (digit) => `${valueOf(digit.codePointAt(0)!)}`);
  if (folds.size >= MOST_FOLDS) folds.clear();
  if (cluster.length <= 8) folds.set(cluster, folded);
  return folded;
}

/** The digits of a script are consecutive, from zero to nine. */
function valueOf(digit: number): number {
  if (digit < 0x80) return digit - 0x30;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(digit - before - 1))) before += 1;
  return before % 10;
}

/** The tokens of a text, in the order of their positions. */
export function tokensOf(text: string): Token[] {
  const { text: folded, ranges } = fold(text);
  const tokens: Token[] = [];
  let position = 0;
  const add = (lexeme: string, from: number, to: number, kind: Token['kind']) =>
    tokens.push({
      lexeme,
      position,
      start: ranges ? ranges[from]![0] : from,
      end: ranges ? ranges[to - 1]![1] : to,
      kind,
    });

  let run: { char: string; at: number }[] = [];
  const endRun = () => {
    for (const [nth, { char, at }] of run.entries()) {
      position += 1;
      const next = run[nth + 1];
      if (next) add(char + next.char, at, next.at + next.char.length, 'pair');
      else add(char, at, at + char.length, 'last');
    }
    run = [];
  };

  /** The word before, if at most an apostrophe may be between. */
  let before: { word: string; from: number; to: number; position: number } | null = null;
  for (const { 0: letters, 1: chars, index } of folded.matchAll(TOKEN)) {
    if (chars) {
      const last = run.at(-1);
      const bridged = last && LINE_END.test(folded.slice(last.at + last.char.length, index)) &&
        !HANGUL.test(last.char + chars[0]);
      if (!bridged) endRun();
      let at = index;
      for (const char of chars) {
        run.push({ char, at });
        at += char.length;
      }
      continue;
    }
    endRun();
    if (!WORDS.test(letters)) continue;
    let at = index;
    for (const word of cut(letters)) {
      position += 1;
      add(word, at, at + word.length, 'word');
      addPieces(word, at, add);
      at += word.length;
    }
    const end = index + letters.length;
    const joined: boolean = before !== null && folded.slice(before.to, index) === "'" &&
      letters.length + before.word.length <= LONGEST;
    if (joined && before) {
      const here = position;
      position = before.position;
      add(before.word + letters, before.from, end, 'piece');
      position = here;
    }
    before = { word: letters, from: index, to: end, position };
  }
  endRun();
  return tokens;
}

function cut(word: string): string[] {
  if (word.length <= LONGEST) return [word];
  const chars = [...word];
  return Array.from(
    { length: Math.ceil(chars.length / LONGEST) },
    (_, nth) => chars.slice(nth * LONGEST, (nth + 1) * LONGEST).join(''),
  );
}

/** Adds the letters and the numbers of a code that has both. */
function addPieces(
  word: string,
  at: number,
  add: (lexeme: string, from: number, to: number, kind: Token['kind']) => void,
): void {
  const pieces = [...word.matchAll(KINDS_OF_LETTERS)];
  if (pieces.length < 2) return;
  for (const { 0: piece, index } of pieces) {
    if (WORDS.test(piece)) add(piece, at + index, at + index + piece.length, 'piece');
  }
}
