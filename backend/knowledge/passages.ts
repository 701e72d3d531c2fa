/**
 * Cuts text into passages of a size that a search result can show.
 *
 * @module
 */

/** Characters a passage has at most. */
export const PASSAGE_LENGTH = 1200;

/**
 * Passages of a text: whole paragraphs or sentences where they fit, words otherwise. Joined by a
 * space they hold every word of the text, once and in order.
 */
export function toPassages(text: string, length: number = PASSAGE_LENGTH): string[] {
  const passages: string[] = [];
  let rest = text.trim();
  while (rest.length > length) {
    const end = cutAt(rest, length);
    passages.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  if (rest) passages.push(rest);
  return passages;
}

/** The best place to cut, at or before `length`, in the second half where there is one. */
function cutAt(text: string, length: number): number {
  const window = text.slice(0, length + 1);
  for (const boundary of [/\n\s*\n/g, /[.!?。！？]["'”’)]*\s/g, /\s/g]) {
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
