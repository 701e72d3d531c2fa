/**
 * Makes small MP4 files without an encoder: their sound is plain PCM (`sowt`), their video nothing.
 *
 * @module
 */
import { toInt16 } from '../../../../backend/processing/transcribe/wav.ts';

/** An MP4 whose index lies behind the sound, as phones write it, or before it. */
export function mp4OfSound(
  samples: Float32Array,
  sampleRate: number,
  { indexFirst = false }: { indexFirst?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const ftyp = box('ftyp', ascii('isom'), u32(0));
  const mdat = box('mdat', new Uint8Array(toInt16(samples).buffer));
  const index = (soundAt: number) => soundTrack(samples.length, sampleRate, soundAt);
  const before = ftyp.length + (indexFirst ? index(0).length : 0);
  const moov = index(before + 8);
  return indexFirst ? concat(ftyp, moov, mdat) : concat(ftyp, mdat, moov);
}

/** An MP4 with a video track only. */
export function mp4WithoutSound(): Uint8Array<ArrayBuffer> {
  const mdia = box('mdia', box('hdlr', u32(0), u32(0), ascii('vide'), new Uint8Array(13)));
  return concat(box('ftyp', ascii('isom'), u32(0)), box('moov', box('trak', mdia)));
}

function soundTrack(frames: number, sampleRate: number, soundAt: number): Uint8Array<ArrayBuffer> {
  const entry = box(
    'sowt',
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
  const mdhd = box('mdhd', u32(0), u32(0), u32(0), u32(sampleRate), u32(frames), u32(0));
  const hdlr = box('hdlr', u32(0), u32(0), ascii('soun'), new Uint8Array(13));
  const tkhd = box('tkhd', u32(0), u32(0), u32(0), u32(1), new Uint8Array(68));
  return box('moov', box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', stbl))));
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
