/**
 * Makes small MP4 files without an encoder: their sound is plain PCM (`sowt`), their video nothing.
 *
 * @module
 */
import { toInt16 } from '../../../../backend/processing/transcribe/samples.ts';

export interface SoundOptions {
  /** Whether the index lies before the sound; phones write it behind. @default false */
  readonly indexFirst?: boolean;
  /** Name of the codec in the index. @default sowt */
  readonly codec?: string;
  /** Frames in a second by the times of the index. @default the sample rate */
  readonly declaredRate?: number;
}

/** An MP4 with these samples. */
export function mp4OfSound(
  samples: Float32Array,
  sampleRate: number,
  { indexFirst = false, codec = 'sowt', declaredRate = sampleRate }: SoundOptions = {},
): Uint8Array<ArrayBuffer> {
  const ftyp = box('ftyp', ascii('isom'), u32(0));
  const mdat = box('mdat', new Uint8Array(toInt16(samples).buffer));
  const rates = { sampleRate, declaredRate };
  const index = (soundAt: number) => soundTrack(codec, samples.length, rates, soundAt);
  const before = ftyp.length + (indexFirst ? index(0).length : 0);
  const moov = index(before + 8);
  return indexFirst ? concat(ftyp, moov, mdat) : concat(ftyp, mdat, moov);
}

/** An MP4 with a video track only. */
export function mp4WithoutSound(): Uint8Array<ArrayBuffer> {
  const entry = box(
    'avc1',
    new Uint8Array(6),
    u16(1),
    new Uint8Array(16),
    u16(64),
    u16(64),
    new Uint8Array(50),
  );
  const stbl = box(
    'stbl',
    box('stsd', u32(0), u32(1), entry),
    ...['stts', 'stsc', 'stco'].map((type) => box(type, u32(0), u32(0))),
    box('stsz', u32(0), u32(0), u32(0)),
  );
  const hdlr = box('hdlr', u32(0), u32(0), ascii('vide'), new Uint8Array(13));
  const mdia = box('mdia', mediaHeader(1_000, 0), hdlr, box('minf', stbl));
  return concat(box('ftyp', ascii('isom'), u32(0)), box('moov', box('trak', trackHeader(), mdia)));
}

function soundTrack(
  codec: string,
  frames: number,
  { sampleRate, declaredRate }: { sampleRate: number; declaredRate: number },
  soundAt: number,
): Uint8Array<ArrayBuffer> {
  const entry = box(
    codec,
    ...[new Uint8Array(6), u16(1), new Uint8Array(8), u16(1), u16(16), u32(0)],
    ...[u16(sampleRate), u16(0)],
  );
  const stbl = box(
    'stbl',
    box('stsd', u32(0), u32(1), entry),
    box('stts', u32(0), u32(1), u32(frames), u32(1)),
    box('stsc', u32(0), u32(1), u32(1), u32(frames), u32(1)),
    box('stsz', u32(0), u32(2), u32(frames)),
    box('stco', u32(0), u32(1), u32(soundAt)),
  );
  const hdlr = box('hdlr', u32(0), u32(0), ascii('soun'), new Uint8Array(13));
  const mdia = box('mdia', mediaHeader(declaredRate, frames), hdlr, box('minf', stbl));
  return box('moov', box('trak', trackHeader(), mdia));
}

function mediaHeader(timescale: number, duration: number): Uint8Array {
  return box('mdhd', u32(0), u32(0), u32(0), u32(timescale), u32(duration), u32(0));
}

function trackHeader(): Uint8Array {
  return box('tkhd', u32(0), u32(0), u32(0), u32(1), new Uint8Array(68));
}

function box(type: string, ...contents: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concat(...contents);
  return concat(u32(8 + body.length), ascii(type), body);
}

function concat(...pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function u16(value: number): Uint8Array {
  return u32(value).subarray(2);
}
