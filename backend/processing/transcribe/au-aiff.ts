/**
 * Parses the headers of AU (Sun, NeXT) and AIFF files with samples in PCM or G.711.
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

type Shape = Pick<SampleFormat, 'encoding' | 'sampleBytes' | 'signedBytes' | 'bigEndian'>;

const big = (encoding: SampleFormat['encoding'], sampleBytes: number): Shape => ({
  ...{ encoding, sampleBytes },
  ...{ bigEndian: true, signedBytes: true },
});

const AU_ENCODINGS: Readonly<Record<number, Shape>> = {
  1: big('ulaw', 1),
  2: big('pcm', 1),
  3: big('pcm', 2),
  4: big('pcm', 3),
  5: big('pcm', 4),
  6: big('float', 4),
  7: big('float', 8),
  27: big('alaw', 1),
};

const AU_HEADER_BYTES = 24;

export function isAu(head: Uint8Array): boolean {
  if (ascii(head, 0) !== '.snd' || head.length < AU_HEADER_BYTES) return false;
  const start = viewOf(head).getUint32(4);
  return start >= AU_HEADER_BYTES && start < 1 << 20;
}

/** Throws {@link WavError}. */
export function readAuFormat(readAt: ReadAt, fileBytes: number): SoundFormat {
  const head = readAt(0, AU_HEADER_BYTES);
  if (!isAu(head)) throw new WavError('Not an AU file');
  const header = viewOf(head);
  const code = header.getUint32(12);
  const shape = AU_ENCODINGS[code];
  if (!shape) throw new WavCodecError(`AU encoding ${code}`);
  const [sampleRate, channels] = [header.getUint32(16), header.getUint32(20)];
  const declared = header.getUint32(8);
  const bytes = declared === 0xffffffff || declared === 0 ? null : declared;
  return located(
    possible({ ...shape, channels, sampleRate }),
    header.getUint32(4),
    fileBytes,
    bytes,
  );
}

export function isAiff(head: Uint8Array): boolean {
  return ascii(head, 0) === 'FORM' && /^AIF[FC]$/.test(ascii(head, 8));
}

const AIFC_ENCODINGS: Readonly<Record<string, (sampleBytes: number) => Shape>> = {
  NONE: (bytes) => big('pcm', bytes),
  twos: (bytes) => big('pcm', bytes),
  in24: () => big('pcm', 3),
  in32: () => big('pcm', 4),
  sowt: (bytes) => ({ ...big('pcm', bytes), bigEndian: false }),
  raw: (bytes) => ({ ...big('pcm', bytes), signedBytes: false }),
  fl32: () => big('float', 4),
  FL32: () => big('float', 4),
  fl64: () => big('float', 8),
  FL64: () => big('float', 8),
  ulaw: () => big('ulaw', 1),
  ULAW: () => big('ulaw', 1),
  alaw: () => big('alaw', 1),
  ALAW: () => big('alaw', 1),
};

/** Throws {@link WavError}. */
export function readAiffFormat(readAt: ReadAt, fileBytes: number): SoundFormat {
  if (!isAiff(readAt(0, 12))) throw new WavError('Not an AIFF file');
  let common: { shape: SampleFormat; frames: number } | undefined;
  let sound: number | undefined;
  for (let at = 12; at + 8 <= fileBytes && !(common && sound !== undefined);) {
    const header = readAt(at, 16);
    const size = viewOf(header).getUint32(4);
    const id = ascii(header, 0);
    if (id === 'COMM') common = parseCommon(readAt(at + 8, Math.min(size, 22)));
    if (id === 'SSND' && header.length >= 12) sound = at + 16 + viewOf(header).getUint32(8);
    at += 8 + size + size % 2;
  }
  if (!common) throw new WavError('The AIFF has no format');
  if (sound === undefined) throw new WavError('The AIFF has no sound data');
  const { shape, frames } = common;
  return located(shape, sound, fileBytes, frames === 0 ? null : frames * frameBytesOf(shape));
}

function parseCommon(bytes: Uint8Array): { shape: SampleFormat; frames: number } {
  if (bytes.length < 18) throw new WavError('The format of the AIFF is cut short');
  const view = viewOf(bytes);
  const codec = bytes.length >= 22 ? ascii(bytes, 18) : 'NONE';
  const encoding = AIFC_ENCODINGS[codec.trim()];
  if (!encoding) throw new WavCodecError(`AIFF-C ${codec}`);
  const sampleBytes = Math.ceil(view.getUint16(6) / 8);
  const format = { channels: view.getUint16(0), sampleRate: float80(view, 8) };
  return { shape: possible({ ...encoding(sampleBytes), ...format }), frames: view.getUint32(2) };
}

/** IEEE 754 extended precision; rates are positive. */
function float80(view: DataView, at: number): number {
  const mantissa = view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6);
  return Math.round(mantissa * 2 ** ((view.getUint16(at) & 0x7fff) - 16_383 - 63));
}

function located(
  shape: SampleFormat,
  dataStart: number,
  fileBytes: number,
  declaredBytes: number | null,
): SoundFormat {
  const there = Math.max(0, fileBytes - dataStart);
  const framesIn = (bytes: number) => Math.floor(bytes / frameBytesOf(shape));
  return {
    ...shape,
    dataStart,
    frames: framesIn(Math.min(declaredBytes ?? there, there)),
    declaredFrames: declaredBytes === null ? null : framesIn(declaredBytes),
  };
}
