/**
 * Pictures and drawings of a page: a page without text is blank without them, and a scan with them.
 *
 * @module
 */
import type { PdfPage } from './document.ts';

/** Of FPDF_PAGEOBJ. */
const IMAGE = 3;
const MOST_OBJECTS = 2_000;

/** True if it draws a picture, or lines, which may be the outlines of letters. */
export function isDrawn({ document: { pdfium: { call } }, pointer }: PdfPage): boolean {
  return call.FPDFPage_CountObjects(pointer) > 0;
}

/** Fraction of the page, 0–1, that its largest picture covers. */
export function pictureShare(page: PdfPage): number {
  const { document: { pdfium }, pointer, width, height } = page;
  const { call, scratch } = pdfium;
  const count = Math.min(MOST_OBJECTS, call.FPDFPage_CountObjects(pointer));
  let largest = 0;
  for (let at = 0; at < count; at++) {
    const object = call.FPDFPage_GetObject(pointer, at);
    if (call.FPDFPageObj_GetType(object) !== IMAGE) continue;
    const [left, bottom, right, top] = [scratch, scratch + 4, scratch + 8, scratch + 12] as const;
    if (!call.FPDFPageObj_GetBounds(object, left, bottom, right, top)) continue;
    const [l, b, r, t] = pdfium.scratchFloats();
    largest = Math.max(largest, (r - l) * (t - b) / (width * height || 1));
  }
  return Math.min(1, largest);
}
