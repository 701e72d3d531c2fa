/**
 * Text matching inside a file, shared by server and client so that both count alike.
 *
 * @module
 */
import { APOSTROPHES, IGNORABLE } from './folding.ts';

/** Minimum letters of a query; shorter ones match nothing. */
export const LEAST_QUERY_LENGTH = 2;
export const MOST_QUERY_LENGTH = 200;

/** `[start, end)` in UTF-16 units of a text. */
export type Range = readonly [start: number, end: number];

const SKIPPED = new RegExp(`[${IGNORABLE}]+`, 'gu');

/**
 * Matches the words of `query` regardless of case, of the space between them, of soft hyphens,
 * width and kind of apostrophe, and of composed or decomposed letters. Null for a query that is too
 * short.
 */
export function insidePattern(query: string): RegExp | null {
  const needle = query.replace(SKIPPED, '').normalize('NFC').trim();
  if (needle.length < LEAST_QUERY_LENGTH) return null;
  const words = needle.split(/\s+/)
    .map((word) => [...word].map(spellings).join(`[${IGNORABLE}]*`));
  return new RegExp(words.join(`[\\s${IGNORABLE}]*\\s[${IGNORABLE}]*`) + NO_MARK, 'giu');
}

/** A letter with a combining mark after it is another letter. */
const NO_MARK = '(?![\\u0300-\\u036f])';

/** All spellings of a character, as a pattern. */
function spellings(char: string): string {
  if (APOSTROPHES.includes(char)) return `[${APOSTROPHES}]`;
  const forms = new Set([char, char.normalize('NFD'), char.normalize('NFKC'), ...widthsOf(char)]);
  const patterns = [...forms].map((form) => form.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return patterns.length === 1 ? patterns[0]! : `(?:${patterns.join('|')})`;
}

const FULL_WIDTH = 0xfee0;

/** The full-width form of a character of ASCII. */
const widthsOf = (char: string): string[] =>
  /^[!-~]$/.test(char) ? [String.fromCharCode(char.charCodeAt(0) + FULL_WIDTH)] : [];

/** All matches of `pattern`, in order and not overlapping. */
export function rangesIn(text: string, pattern: RegExp): Range[] {
  return [...text.matchAll(pattern)].map((match): Range => [
    match.index,
    match.index + match[0].length,
  ]);
}
