/**
 * Characters of a page as runs: consecutive ones of the same line and size. Coordinates are those
 * of a frame rotated by the direction of the text: each line goes to the right, and the next one is
 * below.
 *
 * @module
 */
import type { PdfPage } from './document.ts';
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
  readonly frames: readonly Frame[];
  readonly characters: number;
  readonly unmapped: number;
}

/** Maximum distance within a run, in font sizes. */
const MAX_GAP = 0.8;
const MAX_OVERLAP = 0.35;
const MAX_BASELINE_STEP = 0.12;
const SOFT_HYPHEN = 2;
const MOST_CHARACTERS = 2_000_000;

/** Style of a text object: the same for all its characters. */
interface Style {
  readonly frame: Frame;
  readonly size: number;
  readonly baseline: number;
  readonly cos: number;
  readonly sin: number;
  /** True if the font does not map its glyphs to characters. */
  readonly isUnmapped: boolean;
}

/** Position of a character in its frame. */
interface Place {
  left: number;
  right: number;
  baseline: number;
}

/** Reads the text layer of a page. */
export function readRuns({ document: { pdfium }, pointer }: PdfPage): PageRuns {
  const { call } = pdfium;
  const page = call.FPDFText_LoadPage(pointer);
  if (!page) return { frames: [], characters: 0, unmapped: 0 };
  const { FPDFText_GetUnicode: unicode, FPDFText_GetTextObject: objectOf } = call;
  try {
    const count = Math.min(MOST_CHARACTERS, call.FPDFText_CountChars(page));
    const frames = new Map<number, Frame>();
    const styles = new Map<number, Style>();
    const place: Place = { left: 0, right: 0, baseline: 0 };
    let characters = 0;
    let unmapped = 0;
    let object = 0;
    let style: Style | null = null;
    let builder: RunBuilder | null = null;
    let spaced: boolean | null = null;
    let guessed = false;
    for (let at = 0; at < count; at++) {
      const first = at;
      let code = unicode(page, at);
      if (isHighSurrogate(code) && at + 1 < count) {
        code = wholeCharacter(code, unicode(page, ++at));
      }
      if (code === 32 || code === 0xa0 || code === 13 || code === 10 || code === 9) {
        const isLineEnd = code === 13 || code === 10;
        // A line end of PDFium gives no information about the distance.
        if (!isLineEnd) spaced = true;
        else if (spaced === false) spaced = null;
        // Characters that PDFium made up belong to no object of the page.
        guessed = !isLineEnd && objectOf(page, at) === 0;
        continue;
      }
      const owner = objectOf(page, first);
      if (style === null || owner !== object) {
        object = owner;
        style = styles.get(owner) ?? styleOf(pdfium, page, first, count, frames);
        styles.set(owner, style);
      }
      characters++;
      if (style.isUnmapped || isUnmapped(code)) unmapped++;
      placeOf(pdfium, page, first, style, place);
      const text = textOf(code);
      if (text !== '') {
        if (builder === null || builder.frame !== style.frame) {
          builder = new RunBuilder(style.frame);
        }
        builder.add(text, place, style.size, at, spaced, guessed);
        style.frame.characters++;
      }
      spaced = false;
      guessed = false;
    }
    const seen = [...frames.values()].map((frame) => withinPage(pdfium, pointer, frame));
    return { frames: seen, characters, unmapped };
  } finally {
    call.FPDFText_ClosePage(page);
  }
}

/** Removes text outside of the page, which is invisible. */
function withinPage({ call, heap, scratch }: PdfiumOf, page: number, frame: Frame): Frame {
  if (!call.FPDF_GetPageBoundingBox(page, scratch)) return frame;
  const f = scratch >> 2;
  const [left = 0, top = 0, right = 0, bottom = 0] = heap.HEAPF32.subarray(f, f + 4);
  const cos = Math.cos(frame.angle * Math.PI / 180);
  const sin = Math.sin(frame.angle * Math.PI / 180);
  const isWithin = (u: number, v: number, margin: number) => {
    const x = u * cos - v * sin;
    const y = u * sin + v * cos;
    return x > left - margin && x < right + margin && y > bottom - margin && y < top + margin;
  };
  const runs = frame.runs.filter(({ left, right, baseline, size }) =>
    isWithin(left, baseline, size) || isWithin(right, baseline, size)
  );
  return { ...frame, runs };
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;

/** Joins the surrogates of a character beyond U+FFFF, which PDFium gives separately. */
function wholeCharacter(high: number, low: number): number {
  if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** True if the font does not map the glyph to a character. */
function isUnmapped(code: number): boolean {
  return code === 0xfffd || code === 0 || (code >= 0xe000 && code <= 0xf8ff) ||
    (code > 2 && code < 32);
}

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

function textOf(code: number): string {
  if (code > 32 && code < 127) return ASCII[code]!;
  if (code === SOFT_HYPHEN) return '-';
  if (code < 32 || code === 0xfffe || code === 0xffff || code > 0x10ffff) return '';
  if (code >= 0xd800 && code <= 0xdfff) return '';
  if (code < 0xfb00) return String.fromCharCode(code);
  const text = String.fromCodePoint(code);
  // Ligatures, and the forms of Arabic letters that depend on their neighbours.
  const isForm = (code >= 0xfb00 && code <= 0xfdff) || (code >= 0xfe70 && code <= 0xfefc);
  return isForm ? text.normalize('NFKC').trim() : text;
}

type PdfiumOf = PdfPage['document']['pdfium'];

function styleOf(
  pdfium: PdfiumOf,
  page: number,
  at: number,
  count: number,
  frames: Map<number, Frame>,
): Style {
  const { call, heap, scratch } = pdfium;
  let a = 1;
  let b = 0;
  let c = 0;
  let d = 1;
  if (call.FPDFText_GetMatrix(page, at, scratch)) {
    const floats = heap.HEAPF32;
    const f = scratch >> 2;
    a = floats[f]!;
    b = floats[f + 1]!;
    c = floats[f + 2]!;
    d = floats[f + 3]!;
  }
  const size = (call.FPDFText_GetFontSize(page, at) || 1) * Math.hypot(c, d) || 1;
  // Text with a negative size is upside down.
  const sign = Math.sign(size);
  let angle = Math.round(Math.atan2(b * sign, a * sign) * 180 / Math.PI);
  if (angle === -180) angle = 180;
  if (isVertical(pdfium, page, at, count, angle, Math.abs(size))) angle = -90;
  let frame = frames.get(angle);
  if (!frame) frames.set(angle, frame = { angle, runs: [], characters: 0 });
  const radians = angle * Math.PI / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const { x, y } = originOf(pdfium, page, at);
  const isUnmapped = call.FPDFText_HasUnicodeMapError(page, at) === 1;
  return { frame, size: Math.abs(size), baseline: y * cos - x * sin, cos, sin, isUnmapped };
}

/** East Asian vertical text: the second character is below the first. */
function isVertical(
  { call, heap, scratch }: PdfiumOf,
  page: number,
  at: number,
  count: number,
  angle: number,
  size: number,
): boolean {
  if (angle !== 0 || at + 1 >= count) return false;
  const object = call.FPDFText_GetTextObject(page, at);
  if (call.FPDFText_GetTextObject(page, at + 1) !== object) return false;
  call.FPDFText_GetCharOrigin(page, at, scratch, scratch + 8);
  call.FPDFText_GetCharOrigin(page, at + 1, scratch + 16, scratch + 24);
  const doubles = heap.HEAPF64;
  const f = scratch >> 3;
  const across = doubles[f + 2]! - doubles[f]!;
  const down = doubles[f + 1]! - doubles[f + 3]!;
  return Math.abs(across) < size * 0.3 && down > size * 0.5;
}

function originOf({ call, heap, scratch }: PdfiumOf, page: number, at: number) {
  call.FPDFText_GetCharOrigin(page, at, scratch + 16, scratch + 24);
  const d = (scratch + 16) >> 3;
  return { x: heap.HEAPF64[d]!, y: heap.HEAPF64[d + 1]! };
}

function placeOf(
  pdfium: PdfiumOf,
  page: number,
  at: number,
  { cos, sin, size, baseline }: Style,
  place: Place,
): void {
  const { call, heap, scratch } = pdfium;
  place.baseline = baseline;
  if (!call.FPDFText_GetLooseCharBox(page, at, scratch)) {
    const { x, y } = originOf(pdfium, page, at);
    place.left = place.right = x * cos + y * sin;
    return;
  }
  const floats = heap.HEAPF32;
  const f = scratch >> 2;
  const left = floats[f]!;
  const right = floats[f + 2]!;
  if (sin === 0 && cos === 1) {
    place.left = left;
    place.right = right;
    return;
  }
  const top = floats[f + 1]!;
  const bottom = floats[f + 3]!;
  if (Math.abs(sin) > 0.999 || Math.abs(cos) > 0.999) {
    const u1 = left * cos + bottom * sin;
    const u2 = right * cos + top * sin;
    place.left = Math.min(u1, u2);
    place.right = Math.max(u1, u2);
  } else {
    // The box of a tilted character is larger than the character.
    const { x, y } = originOf(pdfium, page, at);
    place.left = x * cos + y * sin;
    place.right = place.left + size * 0.5;
  }
}

/** Builds runs from consecutive characters. */
class RunBuilder {
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
      if (run.glyphs === null && isRightToLeft(text)) run.glyphs = glyphsOf(run);
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

/** Positions for the characters of a run that began without them: they share its width. */
function glyphsOf({ text, left, right }: Run): Glyph[] {
  const characters = [...text];
  const width = (right - left) / characters.length;
  return characters.map((character, at) => ({
    text: character,
    left: left + at * width,
    right: left + (at + 1) * width,
  })).filter(({ text }) => text !== ' ');
}
