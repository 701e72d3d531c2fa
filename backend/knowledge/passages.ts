/**
 * Cuts text into passages of a size that a search result can show.
 *
 * @module
 */

/** Characters a passage has at most. */
export const PASSAGE_LENGTH = 1200;

/** A passage, and the space that stands before it in the text. */
export interface Cut {
  readonly separator: string;
  readonly text: string;
}

/**
 * Passages of a text: whole paragraphs or sentences where they fit, words otherwise. Joined by a
 * space they hold every word of the text, once and in order.
 */
export function toPassages(text: string, length: number = PASSAGE_LENGTH): string[] {
  const words = text.trim();
  return words ? cutPassages(words, length).map(({ text }) => text) : [];
}

/**
 * {@link toPassages} that, joined with their separators, are the text to the character. None is empty
 * but that of a blank text.
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

/** The best place to cut, at or before `length`, in the second half where there is one. */
function cutAt(text: string, length: number): number {
  const window = text.slice(0, length + 1);
  for (const boundary of [/\n\s*\n/g, /[.!?。！？]["'”’)]*\s/g, /[。！？][」』”’）]*/g, /\s/g]) {
    const ends = [...window.matchAll(boundary)].map((match) => match.index + match[0].length);
    const best = ends.filter((end) => end >= length / 2 && end <= length).at(-1);
    if (best) return best;
  }
  return wholeCharacter(text, length);
}

/** Never between the two halves of a surrogate pair. */
function wholeCharacter(text: string, end: number): number {
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}
