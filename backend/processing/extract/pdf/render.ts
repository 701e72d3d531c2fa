/**
 * A page as a picture, for text recognition.
 *
 * @module
 */
import { grayPicture } from '../ocr/pictures.ts';
import type { PdfPage } from './document.ts';

const DOTS_PER_POINT = 200 / 72;
/** Maximum pixels; a poster gets a lower resolution. */
const MOST_PIXELS = 16_000_000;
/** FPDFBitmap_BGRx. */
const FORMAT = 3;
const WHITE = 0xffffffff;
/** FPDF_ANNOT. */
const WITH_ANNOTATIONS = 1;

/** The page in gray, at 200 dots an inch, as PNM. */
export function renderPage({ document: { pdfium }, pointer, width, height }: PdfPage): Uint8Array {
  const { call, heap } = pdfium;
  const area = Math.max(1, width * height);
  const scale = Math.min(DOTS_PER_POINT, Math.sqrt(MOST_PIXELS / area));
  const [w, h] = [width, height].map((points) => Math.max(1, Math.round(points * scale)));
  const bitmap = call.FPDFBitmap_CreateEx(w!, h!, FORMAT, 0, 0);
  if (!bitmap) throw new RangeError(`No memory for a picture of a page: ${w} x ${h}`);
  try {
    call.FPDFBitmap_FillRect(bitmap, 0, 0, w!, h!, WHITE | 0);
    call.FPDF_RenderPageBitmap(bitmap, pointer, 0, 0, w!, h!, 0, WITH_ANNOTATIONS);
    const stride = call.FPDFBitmap_GetStride(bitmap);
    const buffer = call.FPDFBitmap_GetBuffer(bitmap);
    const pixels = heap.HEAPU8.subarray(buffer, buffer + stride * h!);
    return grayPicture(pixels, w!, h!, stride);
  } finally {
    call.FPDFBitmap_Destroy(bitmap);
  }
}
