/**
 * Samples as they lie in a file: integers and floats of every width and byte order, µ-law, A-law.
 *
 * @module
 */
import { viewOf } from '../bytes.ts';

export interface SampleFormat {
  readonly encoding: 'pcm' | 'float' | 'ulaw' | 'alaw';
  readonly channels: number;
  readonly sampleRate: number;
  /** Bytes of one sample of one channel. */
  readonly sampleBytes: number;
  /** @default false */
  readonly bigEndian?: boolean;
  /** Of 8-bit integers: whether 0 is the middle; else it is 128. @default false */
  readonly signedBytes?: boolean;
  /** The channels are loudspeakers in the order of WAVE, with one for low frequencies. */
  readonly surround?: boolean;
}

/** Position and encoding of the samples of a file. */
export interface SoundFormat extends SampleFormat {
  readonly dataStart: number;
  /** Samples per channel that are really there. */
  readonly frames: number;
  /** Samples per channel by the header; null where it does not say. */
  readonly declaredFrames: number | null;
}

/** Reads up to `length` bytes at `offset`; fewer at the end. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** The bytes are no sound that can be read; the message says what about them. */
export class WavError extends Error {
  override readonly name: string = 'WavError';
}

/** Sound in a compressed form: another decoder may read it. The message is the codec's name. */
export class WavCodecError extends WavError {
  override readonly name = 'WavCodecError';
}

/** Beyond these a header is damaged rather than unusual. */
const MIN_RATE = 4_000;
const MAX_RATE = 768_000;
const MAX_CHANNELS = 64;
const WIDTHS = { pcm: [1, 2, 3, 4], float: [4, 8], ulaw: [1], alaw: [1] } as const;

/** The same format. Throws {@link WavError} where no recording can have it. */
export function possible<F extends SampleFormat>(format: F): F {
  const { channels, sampleRate, sampleBytes, encoding } = format;
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new WavError(`The header declares an impossible number of channels: ${channels}`);
  }
  if (!(sampleRate >= MIN_RATE && sampleRate <= MAX_RATE)) {
    throw new WavError(`The header declares an impossible sample rate: ${sampleRate}`);
  }
  if (!(WIDTHS[encoding] as readonly number[]).includes(sampleBytes)) {
    throw new WavError(`The header declares an impossible sample width: ${sampleBytes} bytes`);
  }
  return format;
}

export const frameBytesOf = ({ channels, sampleBytes }: SampleFormat): number =>
  channels * sampleBytes;

/** Each channel as floats in [-1, 1]; an incomplete last frame is left out. */
export function toChannels(
  bytes: Uint8Array,
  format: SampleFormat,
): Float32Array<ArrayBuffer>[] {
  const { channels, sampleBytes } = format;
  const data = viewOf(bytes);
  const sampleAt = sampleReader(format);
  const frames = Math.floor(bytes.length / frameBytesOf(format));
  const planes = Array.from({ length: channels }, () => new Float32Array(frames));
  for (const [channel, plane] of planes.entries()) {
    for (let frame = 0, at = channel * sampleBytes; frame < frames; frame++) {
      plane[frame] = sampleAt(data, at);
      at += channels * sampleBytes;
    }
  }
  return planes;
}

type SampleReader = (data: DataView, offset: number) => number;

function sampleReader(format: SampleFormat): SampleReader {
  const { encoding, sampleBytes, bigEndian = false, signedBytes = false } = format;
  const little = !bigEndian;
  const readers: Record<string, SampleReader> = {
    pcm1: signedBytes
      ? (data, offset) => data.getInt8(offset) / 2 ** 7
      : (data, offset) => (data.getUint8(offset) - 128) / 2 ** 7,
    pcm2: (data, offset) => data.getInt16(offset, little) / 2 ** 15,
    pcm3: little
      ? (data, offset) => (data.getUint8(offset) | (data.getInt16(offset + 1, true) << 8)) / 2 ** 23
      : (data, offset) => (data.getUint8(offset + 2) | (data.getInt16(offset) << 8)) / 2 ** 23,
    pcm4: (data, offset) => data.getInt32(offset, little) / 2 ** 31,
    float4: (data, offset) => finite(data.getFloat32(offset, little)),
    float8: (data, offset) => finite(data.getFloat64(offset, little)),
    ulaw1: (data, offset) => ulaw(data.getUint8(offset)) / 2 ** 15,
    alaw1: (data, offset) => alaw(data.getUint8(offset)) / 2 ** 15,
  };
  return readers[`${encoding}${sampleBytes}`]!;
}

/** ITU-T G.711, µ-law. */
function ulaw(byte: number): number {
  const code = ~byte & 0xff;
  const level = (((code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7);
  return code & 0x80 ? 0x84 - level : level - 0x84;
}

/** ITU-T G.711, A-law. */
function alaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const step = ((code & 0x0f) << 4) + 8;
  const level = exponent === 0 ? step : (step + 0x100) << (exponent - 1);
  return code & 0x80 ? level : -level;
}

function finite(sample: number): number {
  return Number.isFinite(sample) ? Math.max(-1e3, Math.min(1e3, sample)) : 0;
}

/** Samples of two stretches as one. */
export function joined(a: Float32Array, b: Float32Array): Float32Array {
  if (a.length === 0) return b;
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Floats in [-1, 1] as 16-bit samples; louder ones are clipped. */
export function toInt16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    pcm[i] = Math.max(-0x8000, Math.min(0x7fff, Math.round(finite(samples[i] ?? 0) * 0x8000)));
  }
  return pcm;
}
