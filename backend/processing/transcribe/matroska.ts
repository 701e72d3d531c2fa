/**
 * Repairs the structure of Matroska and WebM files (RFC 8794, RFC 9559) while they are read.
 *
 * `mediabunny` 1.61 leaves out a cluster that reaches past the end of the file, and its search for
 * the next element in other bytes never ends where there is none. A cut cluster is given the size of
 * its whole blocks here, and other bytes become a void element. The file itself stays as it is.
 *
 * @module
 */
import { CustomSource } from 'mediabunny';
import { readAt, readInto } from '../bytes.ts';

/** Bytes that take the place of those in the file. */
interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface Repair {
  /** End of the last whole element, bytes. */
  readonly size: number;
  readonly patches: readonly Patch[];
}

interface Element {
  readonly id: number;
  readonly sizeAt: number;
  readonly dataStart: number;
  /** End, bytes; null for an element of unknown size, as in live recordings. */
  readonly end: number | null;
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const VOID = 0xec;
/** SeekHead, Info, Tracks, Cues, Attachments, Chapters, Tags. */
const TOP = [0x114d9b74, 0x1549a966, 0x1654ae6b, 0x1c53bb6b, 0x1941a469, 0x1043a770, 0x1254c367];
/** Elements that may lie anywhere: Void, CRC-32. */
const GLOBAL = [VOID, 0xbf];
const IN_SEGMENT = new Set([CLUSTER, ...TOP, ...GLOBAL]);
/** Timestamp, SimpleBlock, BlockGroup, Position, PrevSize, SilentTracks, EncryptedBlock. */
const IN_CLUSTER = new Set([0xe7, 0xa3, 0xa0, 0xa7, 0xab, 0x5854, 0xaf, ...GLOBAL]);
/** Elements at which reading can go on behind other bytes. */
const FOUND = new Set([EBML, SEGMENT, CLUSTER, ...TOP]);

/** Limits against crafted files: the rest of the file is left out. */
const MOST_ELEMENTS = 10_000_000;
const MOST_PATCHES = 1_000;

/** A source of the repaired file; null where it needs no repair, or is of another format. */
export async function repairedMatroska(path: string): Promise<CustomSource | null> {
  const file = await Deno.open(path);
  const { size: fileBytes } = await file.stat();
  const { size, patches } = repairOf(new Elements(file, fileBytes));
  if (size === fileBytes && patches.length === 0) {
    file.close();
    return null;
  }
  return new CustomSource({
    getSize: () => size,
    read(start, end) {
      const bytes = new Uint8Array(end - start);
      readInto(file, start, bytes);
      for (const patch of patches) overlay(bytes, start, patch);
      return bytes;
    },
    dispose: () => file.close(),
    prefetchProfile: 'fileSystem',
  });
}

function overlay(bytes: Uint8Array, start: number, patch: Patch): void {
  patch.bytes.forEach((byte, index) => {
    const at = patch.at + index - start;
    if (at >= 0 && at < bytes.length) bytes[at] = byte;
  });
}

function repairOf(elements: Elements): Repair {
  const { fileBytes } = elements;
  const patches: Patch[] = [];
  if (elements.at(0)?.id !== EBML) return { size: fileBytes, patches };
  let segmentEnd = 0;
  /** In a cluster of unknown size. */
  let inCluster = false;
  for (let at = 0, count = 0; at < fileBytes; count++) {
    if (count > MOST_ELEMENTS || patches.length > MOST_PATCHES) return { size: at, patches };
    const element = elements.at(at);
    const isInside = at < segmentEnd;
    if (element?.id === SEGMENT) {
      segmentEnd = element.end ?? Infinity;
      inCluster = false;
      at = element.dataStart;
    } else if (element?.id === CLUSTER && element.end === null) {
      inCluster = true;
      at = element.dataStart;
    } else if (element?.id === CLUSTER) {
      inCluster = false;
      const { end, isCut } = elements.wholeChildren(element);
      if (end !== element.end) {
        patches.push({ at: element.sizeAt, bytes: sizeOfWidth(element, end - element.dataStart) });
      }
      if (isCut) return { size: end, patches };
      at = end;
    } else if (element && isKnown(element, isInside, inCluster)) {
      if (element.end === null) break;
      if (element.end > fileBytes) return { size: at, patches };
      inCluster &&= IN_CLUSTER.has(element.id);
      at = element.end;
    } else if (isInside) {
      const next = Math.min(elements.find(at + 1), segmentEnd);
      // Of a single byte no element can be made; the demuxer finds what follows it.
      if (next - at > 1) patches.push({ at, bytes: voidOf(next - at) });
      at = next;
    } else {
      break;
    }
  }
  return { size: fileBytes, patches };
}

const isKnown = ({ id }: Element, isInside: boolean, inCluster: boolean): boolean =>
  id === EBML || id === CLUSTER ||
  (isInside && (IN_SEGMENT.has(id) || (inCluster && IN_CLUSTER.has(id))));

/** A size in as many bytes as the one that it replaces. */
function sizeOfWidth({ sizeAt, dataStart }: Element, size: number): Uint8Array {
  return variable(size, dataStart - sizeAt);
}

/** Header of a void element of so many bytes, 2 or more. */
function voidOf(bytes: number): Uint8Array {
  const width = bytes - 2 < 127 ? 1 : 8;
  return Uint8Array.of(VOID, ...variable(bytes - 1 - width, width));
}

/** RFC 8794, 4: a length in `width` bytes. */
function variable(value: number, width: number): Uint8Array {
  const bytes = new Uint8Array(width);
  for (let at = width - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 256)) {
    bytes[at] = rest % 256;
  }
  bytes[0]! |= 0x80 >> (width - 1);
  return bytes;
}

const WINDOW_BYTES = 1 << 16;
const LONGEST_HEADER = 12;

/** Headers of elements of a file. */
class Elements {
  #window: Uint8Array = new Uint8Array();
  #start = 0;

  constructor(readonly file: Deno.FsFile, readonly fileBytes: number) {}

  /** The header at an offset; null where there is none. */
  at(offset: number): Element | null {
    const bytes = this.#bytes(offset, LONGEST_HEADER);
    const idWidth = Math.clz32(bytes[0] ?? 0) - 23;
    const first = bytes[idWidth];
    if (idWidth > 4 || first === undefined) return null;
    const width = Math.clz32(first) - 23;
    if (width > 8 || bytes.length < idWidth + width) return null;
    const id = bytes.subarray(0, idWidth).reduce((value, byte) => value * 256 + byte, 0);
    const mask = 0xff >> width;
    const rest = bytes.subarray(idWidth + 1, idWidth + width);
    const size = rest.reduce((value, byte) => value * 256 + byte, first & mask);
    const isUnknown = (first & mask) === mask && rest.every((byte) => byte === 0xff);
    const dataStart = offset + idWidth + width;
    return { id, sizeAt: offset + idWidth, dataStart, end: isUnknown ? null : dataStart + size };
  }

  /** End of the whole elements of a cluster; `isCut` if the file ends within the next element. */
  wholeChildren(cluster: Element): { end: number; isCut: boolean } {
    const clusterEnd = cluster.end ?? Infinity;
    for (let at = cluster.dataStart;;) {
      if (at >= this.fileBytes) return { end: at, isCut: at < clusterEnd };
      const child = at < clusterEnd ? this.at(at) : null;
      if (!child || !IN_CLUSTER.has(child.id) || child.end === null || child.end > clusterEnd) {
        return { end: Math.min(at, clusterEnd), isCut: false };
      }
      if (child.end > this.fileBytes) return { end: at, isCut: true };
      at = child.end;
    }
  }

  /** Offset of the next element of the file's structure, else the end of the file. */
  find(offset: number): number {
    let last = 0;
    for (let at = offset; at < this.fileBytes; at += WINDOW_BYTES) {
      const bytes = this.#bytes(at, WINDOW_BYTES);
      for (let i = 0; i < bytes.length; i++) {
        last = (last << 8 | bytes[i]!) >>> 0;
        if (FOUND.has(last)) return at + i - 3;
      }
    }
    return this.fileBytes;
  }

  #bytes(offset: number, length: number): Uint8Array {
    const from = offset - this.#start;
    if (from < 0 || from + length > this.#window.length) {
      this.#window = readAt(this.file, offset, WINDOW_BYTES);
      this.#start = offset;
      return this.#window.subarray(0, length);
    }
    return this.#window.subarray(from, from + length);
  }
}
