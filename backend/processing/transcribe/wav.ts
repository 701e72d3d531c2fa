/**
 * Reads and writes the headers of WAV files: RIFF, RF64, BW64 and Wave64, with integer PCM of every
 * width, float, µ-law, A-law and extensible. A declared length is believed only as far as the bytes
 * bear it out.
 *
 * @module
 */
import { ascii, viewOf } from '../bytes.ts';
import {
  frameBytesOf,
  possible,
  type ReadAt,
  type SampleFormat,
  type SoundFormat,
  WavCodecError,
  WavError,
} from './samples.ts';

const PCM = 1;
const ENCODINGS: Readonly<Record<number, SampleFormat['encoding']>> = {
  [PCM]: 'pcm',
  3: 'float',
  6: 'alaw',
  7: 'ulaw',
};
/** Names of codecs that are not read here. */
const CODEC_NAMES: Readonly<Record<number, string>> = {
  0x02: 'MS ADPCM',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG',
  0x55: 'MP3',
  0xff: 'AAC',
  0x160: 'WMA',
  0x161: 'WMA',
};
const EXTENSIBLE = 0xfffe;
export const WAV_HEADER_BYTES = 44;
/** Last 12 bytes of the GUID of Wave64's `riff` chunk. */
const WAVE64 = '2e91cf11a5d628db04c10000';

export function isWav(head: Uint8Array): boolean {
  const isRiff = /^(RIFF|RF64|BW64)$/.test(ascii(head, 0)) && ascii(head, 8) === 'WAVE';
  return isRiff || (ascii(head, 0) === 'riff' && head.subarray(4, 16).toHex() === WAVE64);
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  /** By its header. */
  readonly size: number;
}

/** Layout of consecutive chunks. */
interface Layout {
  readonly first: number;
  readonly headerBytes: number;
  chunkAt(offset: number): Chunk | null;
  /** Offsets at which the next chunk may begin. */
  after(chunk: Chunk): readonly number[];
}

/** Finds `fmt ` and `data` of a WAV of `fileBytes` bytes. Throws {@link WavError}. */
export function readWavFormat(readAt: ReadAt, fileBytes: number): SoundFormat {
  const head = readAt(0, 16);
  if (!isWav(head)) throw new WavError('Not a WAV file');
  const layout = ascii(head, 0) === 'riff' ? wave64(readAt) : riff(readAt, ascii(head, 0));
  let shape: SampleFormat | undefined;
  let data: Chunk | undefined;
  let longSize: number | null = null;
  for (let at = layout.first; at + layout.headerBytes <= fileBytes && !(shape && data);) {
    const chunk = layout.chunkAt(at);
    if (!chunk) break;
    if (chunk.id === 'ds64') {
      const sizes = readAt(chunk.start, 16);
      longSize = sizes.length < 16 ? null : Number(viewOf(sizes).getBigUint64(8, true));
    }
    if (chunk.id === 'fmt ') shape = parseShape(readAt(chunk.start, Math.min(chunk.size, 40)));
    if (chunk.id === 'data') data = sizedBy(chunk, longSize);
    const next = chunk.id === 'data' ? data! : chunk;
    at = layout.after(next).find((offset) => isKnown(layout, offset)) ?? layout.after(next).at(-1)!;
  }
  if (!shape || !data) {
    ({ shape, data } = scan(layout, readAt(0, SCANNED_BYTES), shape, data, readAt));
  }
  if (!shape) throw new WavError('The WAV has no format');
  if (!data) throw new WavError('The WAV has no sound data');
  return locate(shape, data, layout, fileBytes);
}

/** Bytes searched for the format and data chunks if the sizes of other chunks are wrong. */
const SCANNED_BYTES = 1 << 16;

function scan(
  layout: Layout,
  head: Uint8Array,
  knownShape: SampleFormat | undefined,
  knownData: Chunk | undefined,
  readAt: ReadAt,
): { shape: SampleFormat | undefined; data: Chunk | undefined } {
  let [shape, data] = [knownShape, knownData];
  for (let at = layout.first; at + layout.headerBytes <= head.length && !(shape && data); at++) {
    const id = ascii(head, at);
    const chunk = id === 'fmt ' || id === 'data' ? layout.chunkAt(at) : null;
    if (id === 'fmt ' && chunk) shape ??= parseShape(readAt(chunk.start, Math.min(chunk.size, 40)));
    if (id === 'data' && chunk && shape) data ??= chunk;
  }
  return { shape, data };
}

function sizedBy(chunk: Chunk, longSize: number | null): Chunk {
  return chunk.size === 0xffffffff && longSize !== null ? { ...chunk, size: longSize } : chunk;
}

function riff(readAt: ReadAt, id: string): Layout {
  return {
    first: 12,
    headerBytes: 8,
    chunkAt(offset) {
      const header = readAt(offset, 8);
      if (header.length < 8) return null;
      const chunk = { id: ascii(header, 0), start: offset + 8 };
      const size = viewOf(header).getUint32(4, true);
      const isTable = id !== 'RIFF' && chunk.id === 'ds64';
      return { ...chunk, size: isTable ? Math.max(size, 16) : size };
    },
    // Chunks are padded to an even length; some writers forget it.
    after: ({ start, size }) => size % 2 === 0 ? [start + size] : [start + size, start + size + 1],
  };
}

function wave64(readAt: ReadAt): Layout {
  return {
    first: 40,
    headerBytes: 24,
    chunkAt(offset) {
      const header = readAt(offset, 24);
      if (header.length < 24) return null;
      const size = Number(viewOf(header).getBigUint64(16, true)) - 24;
      return size < 0 ? null : { id: ascii(header, 0), start: offset + 24, size };
    },
    after: ({ start, size }) => [Math.ceil((start + size) / 8) * 8],
  };
}

const KNOWN =
  /^(fmt |data|LIST|fact|bext|cue |smpl|inst|iXML|axml|chna|JUNK|junk|PAD |FLLR|PEAK|id3 |ID3 |ds64|_PMX|minf|elm1|regn|umid|DGDA|levl|acid|SAUR|wavl|slnt|plst|cart)$/;

function isKnown(layout: Layout, offset: number): boolean {
  return KNOWN.test(layout.chunkAt(offset)?.id ?? '');
}

function parseShape(bytes: Uint8Array): SampleFormat {
  if (bytes.length < 16) throw new WavError('The format of the WAV is cut short');
  const fmt = viewOf(bytes);
  const tag = fmt.getUint16(0, true);
  const isExtensible = tag === EXTENSIBLE && bytes.length >= 26;
  // The first two bytes of the sub-format's GUID are the plain tag.
  const codec = isExtensible ? fmt.getUint16(24, true) : tag;
  const channels = fmt.getUint16(2, true);
  const encoding = ENCODINGS[codec];
  const sampleRate = fmt.getUint32(4, true);
  // Impossible numbers say that the header is damaged, whatever its codec.
  possible({ encoding: 'pcm', channels, sampleRate, sampleBytes: 2 });
  if (!encoding) {
    throw new WavCodecError(CODEC_NAMES[codec] ?? `WAV codec ${codec}`);
  }
  const sampleBytes = sampleWidth(fmt.getUint16(12, true), channels, fmt.getUint16(14, true));
  const surround = isExtensible && (fmt.getUint32(20, true) & LOW_FREQUENCY) > 0 && channels > 2;
  return possible({ encoding, channels, sampleRate, sampleBytes, surround });
}

/** Bit of the channel mask. */
const LOW_FREQUENCY = 8;

/** The container's width, which may exceed the valid bits; from the bits where it makes no sense. */
function sampleWidth(blockAlign: number, channels: number, bits: number): number {
  const fromBits = Math.ceil(bits / 8);
  const fromBlock = blockAlign / channels;
  return Number.isInteger(fromBlock) && fromBlock >= fromBits && fromBlock > 0
    ? fromBlock
    : fromBits;
}

function locate(
  shape: SampleFormat,
  data: Chunk,
  layout: Layout,
  fileBytes: number,
): SoundFormat {
  const there = Math.max(0, fileBytes - data.start);
  const frameBytes = frameBytesOf(shape);
  const declared = isPlaceholder(data.size) ? null : data.size;
  const isLonger = declared === null ||
    (there - declared >= shape.sampleRate * frameBytes && !isFollowed(layout, data, fileBytes));
  const framesIn = (bytes: number) => Math.floor(bytes / frameBytes);
  // A length of more than 32 bits is written without its upper ones.
  const wrapped = declared !== null && there > declared && (there - declared) % 2 ** 32 === 0;
  return {
    ...shape,
    dataStart: data.start,
    frames: framesIn(isLonger ? there : Math.min(declared, there)),
    declaredFrames: declared === null || wrapped ? null : framesIn(declared),
  };
}

/** Streaming writers leave the length at 0 or at the most that 31 or 32 bits can say. */
function isPlaceholder(size: number): boolean {
  return size === 0 || (size >= 0x7fffe000 && size <= 0x80000fff) ||
    (size >= 0xffff0000 && size <= 0xffffffff) || size >= Number.MAX_SAFE_INTEGER;
}

/** Behind the sound, chunks follow up to the end; else its declared length is wrong. */
function isFollowed(layout: Layout, data: Chunk, fileBytes: number): boolean {
  return layout.after(data).some((offset) => {
    const chunk = layout.chunkAt(offset);
    return chunk !== null && /^[ -~]{4}$/.test(chunk.id) && chunk.start + chunk.size <= fileBytes;
  });
}

/** Header of a 16-bit mono WAV with `frames` samples. */
export function wavHeader(sampleRate: number, frames: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WAV_HEADER_BYTES);
  const header = viewOf(bytes);
  const dataBytes = frames * 2;
  bytes.set(new TextEncoder().encode('RIFF....WAVEfmt '));
  bytes.set(new TextEncoder().encode('data'), 36);
  // A 32-bit length cannot say more than 4 GiB; readers then go by the file's own length.
  header.setUint32(4, Math.min(36 + dataBytes, 0xffffffff), true);
  header.setUint32(16, 16, true);
  header.setUint16(20, PCM, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, sampleRate, true);
  header.setUint32(28, sampleRate * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  header.setUint32(40, Math.min(dataBytes, 0xffffffff), true);
  return bytes;
}
