/**
 * Reads MP4 files with their index first. Phones write it last, and a decoder that reads forward
 * would have to hold the whole file before it could decode anything.
 *
 * @module
 */
import { readAt } from './pcm.ts';

interface Box {
  readonly type: string;
  readonly start: number;
  readonly size: number;
  readonly headerBytes: number;
}

/** Boxes on the way from `moov` to the tables of sample offsets (ISO/IEC 14496-12, 8.7.5). */
const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl'];
/** A longer index is not believed: it is read into memory. */
const MAX_INDEX_BYTES = 256 << 20;

/** The file's bytes, preceded by a copy of its index where that lies behind the sound. */
export function* readFastStart(
  file: Deno.FsFile,
  fileBytes: number,
  chunkBytes: number,
): Generator<Uint8Array> {
  const boxes = [...topLevelBoxes(file, fileBytes)];
  const index = boxes.findIndex(({ type }) => type === 'moov');
  const sound = boxes.findIndex(({ type }) => type === 'mdat');
  const moov = boxes[index];
  if (moov && sound >= 0 && sound < index && moov.size <= MAX_INDEX_BYTES) {
    const copy = readAt(file, moov.start, moov.size);
    shiftOffsets(copy, 0, copy.length, moov.size);
    yield copy;
  }
  for (let offset = 0; offset < fileBytes; offset += chunkBytes) {
    yield readAt(file, offset, chunkBytes);
  }
}

/** Whether the file says at all what it holds; one that was cut short while recording does not. */
export function hasIndex(file: Deno.FsFile, fileBytes: number): boolean {
  return topLevelBoxes(file, fileBytes).some(({ type }) => type === 'moov');
}

function* topLevelBoxes(file: Deno.FsFile, fileBytes: number): Generator<Box> {
  for (let start = 0; start + 8 <= fileBytes;) {
    const box = parseBox(readAt(file, start, 16), 0, fileBytes - start);
    if (!box) return;
    yield { ...box, start };
    start += box.size;
  }
}

/** A box at `start` that fits into `room` bytes, or null where there is none. */
function parseBox(bytes: Uint8Array, start: number, room: number): Box | null {
  if (room < 8 || start + 8 > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const declared = view.getUint32(start);
  const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
  // 1: a 64-bit size follows; 0: to the end (ISO/IEC 14496-12, 4.2).
  const isLong = declared === 1 && start + 16 <= bytes.length;
  const size = isLong ? Number(view.getBigUint64(start + 8)) : declared === 0 ? room : declared;
  const headerBytes = isLong ? 16 : 8;
  return size < headerBytes || size > room ? null : { type, start, size, headerBytes };
}

/** Adds `by` to every sample offset inside the boxes of `[start, end)`. */
function shiftOffsets(bytes: Uint8Array, start: number, end: number, by: number): void {
  for (let at = start; at < end;) {
    const box = parseBox(bytes, at, end - at);
    if (!box) return;
    const body = at + box.headerBytes;
    if (CONTAINERS.includes(box.type)) shiftOffsets(bytes, body, at + box.size, by);
    if (box.type === 'stco' || box.type === 'co64') {
      shiftTable(bytes.subarray(body, at + box.size), box.type === 'co64' ? 8 : 4, by);
    }
    at += box.size;
  }
}

/** A table is: version and flags, the number of entries, and the entries. */
function shiftTable(table: Uint8Array, entryBytes: 4 | 8, by: number): void {
  if (table.length < 8) return;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const entries = Math.min(view.getUint32(4), Math.floor((table.length - 8) / entryBytes));
  for (let at = 8; at < 8 + entries * entryBytes; at += entryBytes) {
    if (entryBytes === 4) view.setUint32(at, view.getUint32(at) + by);
    else view.setBigUint64(at, view.getBigUint64(at) + BigInt(by));
  }
}
