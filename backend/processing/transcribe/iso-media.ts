/**
 * Boxes of ISO base media files (MP4, MOV, M4A).
 *
 * @see ISO/IEC 14496-12, 4.2
 * @module
 */
import { ascii, readInto, viewOf } from '../bytes.ts';

/** Limit against crafted files: boxes at the top level of a file. */
const MOST_BOXES = 100_000;
const HEADER_BYTES = 16;

/** True if a file has a whole box of a type at its top level. */
export async function hasBox(path: string, type: string): Promise<boolean> {
  using file = await Deno.open(path);
  const { size: fileBytes } = await file.stat();
  const header = new Uint8Array(HEADER_BYTES);
  const view = viewOf(header);
  for (let at = 0, boxes = 0; at + 8 <= fileBytes && boxes < MOST_BOXES; boxes++) {
    header.fill(0);
    readInto(file, at, header);
    const short = view.getUint32(0);
    // 1: the size follows in 64 bits; 0: the box lasts to the end of the file.
    const size = short === 1 ? Number(view.getBigUint64(8)) : short || fileBytes - at;
    if (ascii(header, 4) === type) return at + size <= fileBytes;
    if (size < 8) return false;
    at += size;
  }
  return false;
}
