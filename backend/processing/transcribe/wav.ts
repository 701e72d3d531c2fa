/**
 * Reads and writes WAV (RIFF/WAVE) files: integer PCM of every width, float and extensible; a
 * declared length is believed only as far as there are bytes.
 *
 * @module
 */

/** Where the sound of a WAV lies and how it is written. */
export interface WavFormat {
  readonly encoding: 'pcm' | 'float';
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample of one channel. */
  readonly sampleBytes: number;
  readonly dataStart: number;
  /** Samples per channel that are really there. */
  readonly frames: number;
}

/** Reads up to `length` bytes at `offset`; fewer at the end. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** The bytes are not a WAV that can be read; the message says what about them. */
export class WavError extends Error {
  override readonly name: string = 'WavError';
}

/** A sound WAV in a compressed form (ADPCM, µ-law, MP3, …): another decoder may read it. */
export class WavCodecError extends WavError {
  override readonly name = 'WavCodecError';
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
export const WAV_HEADER_BYTES = 44;
/** Beyond these a header is damaged rather than unusual. */
const MIN_RATE = 4_000;
const MAX_RATE = 768_000;
const MAX_CHANNELS = 64;

/** Finds `fmt ` and `data` of a WAV of `fileBytes` bytes. Throws {@link WavError}. */
export function readWavFormat(readAt: ReadAt, fileBytes: number): WavFormat {
  const riff = readAt(0, 12);
  if (!['RIFF', 'RF64'].includes(ascii(riff, 0)) || ascii(riff, 8) !== 'WAVE') {
    throw new WavError('Not a WAV file');
  }
  let shape: Shape | undefined;
  for (let offset = 12; offset + 8 <= fileBytes;) {
    const header = readAt(offset, 8);
    const size = view(header).getUint32(4, true);
    const id = ascii(header, 0);
    if (id === 'fmt ') shape = parseShape(readAt(offset + 8, Math.min(size, 40)));
    if (id === 'data') {
      if (!shape) throw new WavError('The WAV has no format before its sound');
      return locate(shape, offset + 8, size, fileBytes);
    }
    // Chunks are padded to an even length.
    offset += 8 + size + (size % 2);
  }
  throw new WavError('The WAV has no sound data');
}

type Shape = Pick<WavFormat, 'encoding' | 'channels' | 'sampleRate' | 'sampleBytes'>;

function parseShape(bytes: Uint8Array): Shape {
  if (bytes.length < 16) throw new WavError('The format of the WAV is cut short');
  const fmt = view(bytes);
  const tag = fmt.getUint16(0, true);
  // The first two bytes of the sub-format's GUID are the plain tag.
  const codec = tag === EXTENSIBLE && bytes.length >= 26 ? fmt.getUint16(24, true) : tag;
  const channels = fmt.getUint16(2, true);
  const sampleRate = fmt.getUint32(4, true);
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new WavError(`The WAV declares an impossible number of channels: ${channels}`);
  }
  if (sampleRate < MIN_RATE || sampleRate > MAX_RATE) {
    throw new WavError(`The WAV declares an impossible sample rate: ${sampleRate}`);
  }
  if (codec !== PCM && codec !== FLOAT) {
    throw new WavCodecError(`The WAV is compressed in a form that is not read here: ${codec}`);
  }
  const encoding = codec === PCM ? 'pcm' : 'float';
  const sampleBytes = sampleWidth(fmt.getUint16(12, true), channels, fmt.getUint16(14, true));
  if (!(encoding === 'pcm' ? [1, 2, 3, 4] : [4, 8]).includes(sampleBytes)) {
    throw new WavError(`The WAV declares an impossible sample width: ${sampleBytes} bytes`);
  }
  return { encoding, channels, sampleRate, sampleBytes };
}

/** The container's width, which may exceed the valid bits; from the bits where it makes no sense. */
function sampleWidth(blockAlign: number, channels: number, bits: number): number {
  const fromBits = Math.ceil(bits / 8);
  const fromBlock = blockAlign / channels;
  return Number.isInteger(fromBlock) && fromBlock >= fromBits && fromBlock > 0
    ? fromBlock
    : fromBits;
}

function locate(shape: Shape, dataStart: number, declared: number, fileBytes: number): WavFormat {
  const there = Math.max(0, fileBytes - dataStart);
  // Streaming writers leave the length at 0 or at its maximum.
  const dataBytes = declared === 0 ? there : Math.min(declared, there);
  const frames = Math.floor(dataBytes / (shape.sampleBytes * shape.channels));
  return { ...shape, dataStart, frames };
}

/** The average of all channels as floats in [-1, 1]; an incomplete last frame is left out. */
export function toMono(bytes: Uint8Array, format: WavFormat): Float32Array<ArrayBuffer> {
  const { channels, sampleBytes } = format;
  const data = view(bytes);
  const sampleAt = SAMPLE_READERS[`${format.encoding}${sampleBytes}`];
  if (!sampleAt) throw new WavError(`Unreadable sample width: ${sampleBytes} bytes`);
  const mono = new Float32Array(Math.floor(bytes.length / (sampleBytes * channels)));
  for (let frame = 0, offset = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, offset += sampleBytes) {
      sum += sampleAt(data, offset);
    }
    mono[frame] = sum / channels;
  }
  return mono;
}

const SAMPLE_READERS: Record<string, (data: DataView, offset: number) => number> = {
  pcm1: (data, offset) => (data.getUint8(offset) - 128) / 2 ** 7,
  pcm2: (data, offset) => data.getInt16(offset, true) / 2 ** 15,
  pcm3: (data, offset) =>
    (data.getUint8(offset) | (data.getInt16(offset + 1, true) << 8)) / 2 ** 23,
  pcm4: (data, offset) => data.getInt32(offset, true) / 2 ** 31,
  float4: (data, offset) => finite(data.getFloat32(offset, true)),
  float8: (data, offset) => finite(data.getFloat64(offset, true)),
};

function finite(sample: number): number {
  return Number.isFinite(sample) ? sample : 0;
}

/** Header of a 16-bit mono WAV with `frames` samples. */
export function wavHeader(sampleRate: number, frames: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(WAV_HEADER_BYTES);
  const header = view(bytes);
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

/** Floats in [-1, 1] as 16-bit samples; louder ones are clipped. */
export function toInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    pcm[i] = Math.max(-0x8000, Math.min(0x7fff, Math.round(finite(samples[i] ?? 0) * 0x8000)));
  }
  return pcm;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
