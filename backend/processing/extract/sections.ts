/**
 * Cuts text into sections at the ends of paragraphs, or of lines, sentences and words where a
 * paragraph is too long.
 *
 * @module
 */
import { cleanText } from './text.ts';

/** Characters (UTF-16 units) that a section holds at most. */
export const SECTION_CHARACTERS = 4_000;

/** Best first: where a text may be cut, right behind the match. */
const CUTS = [/\n[ \t\r]*\n\s*/g, /\n/g, /[.!?…。！？]["”’»)\]]?\s+/g, /\s+/g];

/** A section; all `source`s together are the text that was pushed. */
export interface Cut {
  readonly source: string;
  /** Clean and trimmed; empty when there is only space. */
  readonly text: string;
}

/** Takes text in pieces of any size; what it cuts does not depend on how the text was divided. */
export class SectionCutter {
  #rest = '';
  readonly #limit: number;

  constructor(limit: number = SECTION_CHARACTERS) {
    this.#limit = limit;
  }

  /** Adds text and yields the sections that are complete. */
  *push(text: string): Generator<Cut> {
    this.#rest += text;
    let from = 0;
    while (this.#rest.length - from > this.#limit) {
      const window = this.#rest.slice(from, from + this.#limit);
      const source = window.slice(0, bestCut(window));
      from += source.length;
      yield { source, text: cleanText(source).trim() };
    }
    this.#rest = this.#rest.slice(from);
  }

  /** What is left at the end of the text. */
  *end(): Generator<Cut> {
    const rest = this.#rest;
    this.#rest = '';
    if (rest) yield { source: rest, text: cleanText(rest).trim() };
  }
}

/** Where to cut a full window: at the best kind of place in its second half. */
function bestCut(window: string): number {
  for (const pattern of CUTS) {
    const last = window.matchAll(pattern).reduce((_, match) => match.index + match[0].length, 0);
    if (last > window.length / 2) return last;
  }
  return isHighSurrogate(window, window.length - 1) && window.length > 1
    ? window.length - 1
    : window.length;
}

function isHighSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

/** Sections of a text in memory, none of them blank. */
export function cutSections(text: string, limit?: number): string[] {
  const cutter = new SectionCutter(limit);
  return [...cutter.push(text), ...cutter.end()].map((cut) => cut.text).filter(Boolean);
}

export interface LabelledSection {
  /** The heading it stands under. */
  readonly label: string | null;
  readonly text: string;
}

/** Sections of text with Markdown headings: each heading begins one and is its label. */
export function headedSections(text: string): LabelledSection[] {
  return splitAtHeadings(text).flatMap(({ label, text }) =>
    cutSections(text).map((section) => ({ label, text: section }))
  );
}

function splitAtHeadings(text: string): LabelledSection[] {
  const blocks: { label: string | null; lines: string[] }[] = [{ label: null, lines: [] }];
  let fence: string | null = null;
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1] ?? null;
    if (mark && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const heading = fence === null ? headingOf(line) : null;
    if (heading !== null) blocks.push({ label: heading, lines: [] });
    blocks.at(-1)!.lines.push(line);
  }
  return blocks.map(({ label, lines }) => ({ label, text: lines.join('\n') }));
}

/** Text of an ATX heading (CommonMark 4.2) without its marks, or null. */
function headingOf(line: string): string | null {
  const heading = /^ {0,3}#{1,6}[ \t]+(.*)$/.exec(line.slice(0, 200))?.[1];
  return heading?.replace(/[ \t]+#+[ \t]*$/, '').trim() || null;
}
