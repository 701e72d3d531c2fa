/**
 * The text layer of a page: reads its characters from PDFium, with their styles and positions.
 *
 * @module
 */
import { isHighSurrogate, isUnmapped, textOf, wholeCharacter } from './characters.ts';
import type { PdfPage } from './document.ts';
import type { Pdfium } from './pdfium.ts';
import { type Frame, type PageRuns, type Place, RunBuilder } from './runs.ts';

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
    return { frames: withinPage(pdfium, pointer, [...frames.values()]), characters, unmapped };
  } finally {
    call.FPDFText_ClosePage(page);
  }
}

/** Removes text outside of the page, which is invisible. */
function withinPage(pdfium: Pdfium, page: number, frames: Frame[]): Frame[] {
  const { call, scratch } = pdfium;
  if (!call.FPDF_GetPageBoundingBox(page, scratch)) return frames;
  const [left, top, right, bottom] = pdfium.scratchFloats();
  return frames.map((frame) => {
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
  });
}

function styleOf(
  pdfium: Pdfium,
  page: number,
  at: number,
  count: number,
  frames: Map<number, Frame>,
): Style {
  const { call, scratch } = pdfium;
  const [a, b, c, d] = call.FPDFText_GetMatrix(page, at, scratch)
    ? pdfium.scratchFloats()
    : [1, 0, 0, 1];
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
  { call, heap, scratch }: Pdfium,
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

function originOf({ call, heap, scratch }: Pdfium, page: number, at: number) {
  call.FPDFText_GetCharOrigin(page, at, scratch + 16, scratch + 24);
  const d = (scratch + 16) >> 3;
  return { x: heap.HEAPF64[d]!, y: heap.HEAPF64[d + 1]! };
}

function placeOf(
  pdfium: Pdfium,
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
