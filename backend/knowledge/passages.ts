/**
 * Splits text into passages, sized to fit a search result.
 *
 * @module
 */

/** Maximum characters of a passage. */
export const PASSAGE_LENGTH = 1200;

/** A passage, and the whitespace before it in the text. */
export interface Cut {
  readonly separator: string;
  readonly text: string;
}

/**
 * Passages of a text: whole paragraphs or sentences if they fit, words otherwise. Joined by a space
 * they contain every word of the text, once and in order.
 */
export function toPassages(text: string, length: number = PASSAGE_LENGTH): string[] {
  const words = text.trim();
  return words ? cutPassages(words, length).map(({ text }) => text) : [];
}

/**
 * Like {@link toPassages}, but the passages joined with their separators equal the text exactly.
 * None is empty, except that of a blank text.
 */
export function cutPassages(text: string, length: number = PASSAGE_LENGTH): Cut[] {
  const cuts: Cut[] = [];
  let rest = text;
  while (rest) {
    const words = rest.trimStart();
    const separator = rest.slice(0, rest.length - words.length);
    const isLast = words.trimEnd().length <= length;
    const passage = isLast ? words : words.slice(0, cutAt(words, length)).trimEnd();
    cuts.push({ separator, text: passage });
    rest = words.slice(passage.length);
  }
  return cuts;
}

/** The best position to cut, at or before `length`, in the second half if there is one. */
function cutAt(text: string, length: number): number {
  const window = text.slice(0, length + 1);
  for (const boundary of [/\n\s*\n/g, /[.!?。！？]["'”’)]*\s/g, /[。！？][」』”’）]*/g, /\s/g]) {
    const ends = [...window.matchAll(boundary)].map((match) => match.index + match[0].length);
    const best = ends.filter((end) => end >= length / 2 && end <= length).at(-1);
    if (best) return best;
  }
  return wholeCharacter(text, length);
}

/** Moves a cut out of a surrogate pair. */
function wholeCharacter(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}
