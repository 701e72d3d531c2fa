/**
 * Splits a segment of a transcript into subtitle cues.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';

/** One or two lines of text with their times, in milliseconds. */
export interface Cue {
  readonly start: number;
  /** Later than `start`. */
  readonly end: number;
  readonly lines: readonly string[];
}

/** Maximum characters of a line, as in broadcasting; a cue has two lines. */
const LINE = 42;
const CUE = 2 * LINE;
/** Assumed speech rate for segments without an end, characters per second. */
const PER_SECOND = 15;

/** Distributes the time by length: words within a segment have no times of their own. */
export function cuesOf({ text, start, end }: Part): Cue[] {
  const chunks = chunksOf(wordsOf(text));
  const letters = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const from = toMs(start ?? 0);
  const length = Math.max(0, toMs(end ?? from / 1000 + letters / PER_SECOND) - from);
  let [before, at] = [0, from];
  return chunks.map((chunk) => {
    before += chunk.length;
    const cue = { start: at, end: Math.max(at + 1, from + Math.round(length * before / letters)) };
    at = cue.end;
    return { ...cue, lines: linesOf(chunk) };
  });
}

const toMs = (seconds: number) => Math.max(0, Math.round(seconds * 1000));

/** Splits a text into words. A word longer than a line is cut; a surrogate pair stays whole. */
function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
    .flatMap((word) => word.length <= LINE ? [word] : word.match(/.{1,20}/gsu) ?? []);
}

/** Groups words into cues. A cue ends with its sentence if that makes it at least one line long. */
function chunksOf(words: readonly string[]): string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const word of words) {
    const ended = chunk.length >= LINE && /[.!?…]["”’)]?$/.test(chunk);
    if (chunk && (ended || chunk.length + 1 + word.length > CUE)) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk = chunk ? `${chunk} ${word}` : word;
  }
  return chunk ? [...chunks, chunk] : chunks;
}

/** Splits a cue into two lines of similar length. */
function linesOf(chunk: string): string[] {
  if (chunk.length <= LINE) return [chunk];
  const middle = chunk.length / 2;
  const spaces = [...chunk.matchAll(/ /g)].map(({ index }) => index);
  const off = (space: number) => Math.abs(space - middle);
  const at = spaces.reduce((best, space) => off(space) < off(best) ? space : best, spaces[0] ?? 0);
  return at > 0 ? [chunk.slice(0, at), chunk.slice(at + 1)] : [chunk];
}
