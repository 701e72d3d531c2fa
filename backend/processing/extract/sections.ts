/**
 * Splits text into sections at the ends of paragraphs, or of lines, sentences and words if a
 * paragraph is too long.
 *
 * @module
 */
import { storableText } from './text.ts';

/** Characters (UTF-16 units) that a section holds at most. */
export const SECTION_CHARACTERS = 4_000;

/** Places to cut a text, best first, before the space at the end of the match. */
const CUTS = [/\n[ \t\r]*\n\s*/g, /\n/g, /[.!?…。！？]["”’»)\]]?\s+/g, /\s+/g];

/**
 * Characters beyond the limit that show if a cut there divides a character, or isolates a line end.
 */
const LOOKAHEAD = 3;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

export interface Section {
  /** Space before it in the text. */
  readonly separator: string;
  /** Begins without space; only the last one may end with space. Empty if there is only space. */
  readonly text: string;
}

/** A section; all `source`s together are the text that was pushed. */
export interface Cut extends Section {
  readonly source: string;
}

/** Takes text in chunks of any size; the cuts do not depend on the chunks. */
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
    while (this.#rest.length - from >= this.#limit + LOOKAHEAD) {
      const source = this.#first(from);
      from += source.length;
      yield toCut(source);
    }
    this.#rest = this.#rest.slice(from);
  }

  /** Yields the remaining text. */
  *end(): Generator<Cut> {
    while (this.#rest.trimEnd().length > this.#limit) {
      const source = this.#first(0);
      this.#rest = this.#rest.slice(source.length);
      yield toCut(source);
    }
    const rest = this.#rest;
    this.#rest = '';
    if (rest) yield toCut(rest);
  }

  #first(from: number): string {
    const seen = this.#rest.slice(from, from + this.#limit + LOOKAHEAD);
    return seen.slice(0, bestCut(seen, this.#limit));
  }
}

function toCut(source: string): Cut {
  const clean = storableText(source);
  const text = clean.trimStart();
  return { source, separator: clean.slice(0, clean.length - text.length), text };
}

/**
 * Position of the cut in a text that is too long: the best kind of place in the second half of the
 * limit, otherwise behind any word, otherwise between two visible characters.
 */
function bestCut(seen: string, limit: number): number {
  const window = seen.slice(0, limit);
  let words = 0;
  for (const pattern of CUTS) {
    const last = window.matchAll(pattern).reduce((_, match) => match.index + match[0].length, 0);
    words = window.slice(0, last).trimEnd().length;
    if (words > limit / 2) return words;
  }
  return words || graphemes.segment(seen).containing(limit)!.index || wholeCodePoints(window);
}

/** Cuts between two code points: one character may have thousands of marks. */
function wholeCodePoints(window: string): number {
  const last = window.length - 1;
  return last > 0 && (window.charCodeAt(last) & 0xfc00) === 0xd800 ? last : window.length;
}

/** Sections of a text in memory: joined they are the text. Empty if it is blank. */
export function cutSections(text: string, limit?: number): Section[] {
  if (!text.trim()) return [];
  const cutter = new SectionCutter(limit);
  return [...cutter.push(text), ...cutter.end()]
    .map(({ separator, text }) => ({ separator, text }));
}

export interface LabelledSection extends Section {
  /** The heading it stands under. */
  readonly label: string | null;
}

/** Text under one heading, which begins it; null before the first. */
export interface LabelledText {
  readonly label: string | null;
  readonly text: string;
}

/** Concatenates texts, with a blank line between them; those without a heading are merged. */
export function joinedTexts(lists: readonly (readonly LabelledText[])[]): LabelledText[] {
  const texts: LabelledText[] = [];
  for (const list of lists) {
    if (!list.some(({ text }) => text.trim())) continue;
    const last = texts.pop();
    if (last) texts.push({ ...last, text: `${last.text}\n\n` });
    for (const next of list) {
      const before = texts.at(-1);
      if (next.label === null && before?.label === null) {
        texts[texts.length - 1] = { label: null, text: before.text + next.text };
      } else texts.push(next);
    }
  }
  return texts;
}

/** Sections of text with Markdown headings: each heading begins one and is its label. */
export function headedSections(text: string): LabelledSection[] {
  return labelledSections(splitAtHeadings(text));
}

/**
 * Sections of consecutive texts. Joined they are the text; space at the end of one is the separator
 * of the next.
 */
export function labelledSections(texts: readonly LabelledText[]): LabelledSection[] {
  const sections: LabelledSection[] = [];
  let space = '';
  for (const { label, text: block } of texts) {
    const whole = space + block;
    const words = whole.trimEnd();
    space = whole.slice(words.length);
    sections.push(...cutSections(words).map((section) => ({ label, ...section })));
  }
  const last = sections.pop();
  return last ? [...sections, { ...last, text: last.text + space }] : [];
}

function splitAtHeadings(text: string): LabelledText[] {
  const blocks: { label: string | null; lines: string[] }[] = [{ label: null, lines: [] }];
  let fence: string | null = null;
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1] ?? null;
    if (mark && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const heading = fence === null ? headingOf(line) : null;
    if (heading !== null) blocks.push({ label: heading, lines: [] });
    blocks.at(-1)!.lines.push(line);
  }
  return blocks.map(({ label, lines }) => ({ label, text: lines.join('') }));
}

/** Text of an ATX heading (CommonMark 4.2) without its marks, or null. */
function headingOf(line: string): string | null {
  const heading = /^ {0,3}#{1,6}[ \t]+(.*)/.exec(line.slice(0, 200))?.[1];
  return heading?.replace(/[ \t]+#+[ \t]*$/, '').trim() || null;
}
