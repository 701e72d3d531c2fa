/**
 * Characters of a page as runs: consecutive ones of the same line and size. Coordinates are those
 * of a frame rotated by the direction of the text: each line goes to the right, and the next one is
 * below.
 *
 * @module
 */
import { isRightToLeft } from './bidi.ts';

export interface Run {
  /** Without space at its ends. */
  text: string;
  left: number;
  right: number;
  /** Distance of the baseline from the origin of the frame, upwards. */
  baseline: number;
  /** Font size in points. */
  size: number;
  /** Position in the page's drawing order. */
  order: number;
  /** True if a space precedes it; null if only the distance shows it. */
  spaced: boolean | null;
  /** Each character with its position, for right-to-left text. */
  glyphs: Glyph[] | null;
  /** True if PDFium added spaces that the page does not contain. */
  guessed: boolean;
}

export interface Glyph {
  readonly text: string;
  readonly left: number;
  readonly right: number;
}

/** Text of one direction of writing: degrees, counterclockwise. */
export interface Frame {
  readonly angle: number;
  readonly runs: Run[];
  characters: number;
}

/** Runs of a page by their direction, and the number of characters without meaning. */
export interface PageRuns {
  readonly frames: Frame[];
  readonly characters: number;
  readonly unmapped: number;
}

/** Maximum distance within a run, in font sizes. */
const MAX_GAP = 0.8;
const MAX_OVERLAP = 0.35;
const MAX_BASELINE_STEP = 0.12;

/** Position of a character in its frame. */
export interface Place {
  left: number;
  right: number;
  baseline: number;
}

/** Builds runs from consecutive characters. */
export class RunBuilder {
  #run: Run | null = null;
  #last = '';
  #lastLeft = 0;
  #lastRight = 0;

  constructor(readonly frame: Frame) {}

  add(
    text: string,
    { left, right, baseline }: Place,
    size: number,
    order: number,
    spaced: boolean | null,
    guessed: boolean,
  ): void {
    const run = this.#run;
    if (run !== null && this.#isTwice(text, left, right)) return;
    if (run === null || !this.#continues(run, left, right, baseline, size)) {
      const glyphs = isRightToLeft(text) ? [{ text, left, right }] : null;
      this.#run = { text, left, right, baseline, size, order, spaced, glyphs, guessed: false };
      this.frame.runs.push(this.#run);
    } else {
      if (run.glyphs === null && isRightToLeft(text)) {
        run.glyphs = evenGlyphs(run).filter(({ text }) => text !== ' ');
      }
      if (spaced) {
        run.text += ' ';
        run.guessed ||= guessed;
      }
      run.text += text;
      run.glyphs?.push({ text, left, right });
      if (left < run.left) run.left = left;
      if (right > run.right) run.right = right;
    }
    this.#last = text;
    this.#lastLeft = left;
    this.#lastRight = right;
  }

  /** True for the same character drawn again slightly shifted, which makes it bold. */
  #isTwice(text: string, left: number, right: number): boolean {
    if (text !== this.#last) return false;
    const step = Math.abs(left - this.#lastLeft);
    return step > 0 && step < (right - left) * 0.4;
  }

  #continues(run: Run, left: number, right: number, baseline: number, size: number): boolean {
    if (Math.abs(baseline - run.baseline) > size * MAX_BASELINE_STEP) return false;
    if (size > run.size * 1.15 || size < run.size * 0.87) return false;
    const gap = run.glyphs && right <= this.#lastLeft + size * MAX_OVERLAP
      ? this.#lastLeft - right
      : left - this.#lastRight;
    return gap < size * MAX_GAP && gap > -size * MAX_OVERLAP;
  }
}

/** Positions for the characters of a run that has none: they share its width. */
export function evenGlyphs({ text, left, right }: Run): Glyph[] {
  const characters = [...text];
  const width = (right - left) / characters.length;
  return characters.map((character, at) => ({
    text: character,
    left: left + at * width,
    right: left + (at + 1) * width,
  }));
}
