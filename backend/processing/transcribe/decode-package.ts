/**
 * Decodes recordings with the npm package `audio-decode`, where there is no ffmpeg.
 *
 * @module
 */
import { PcmConverter } from './decode-wav.ts';
import type { PackageFormat } from './formats.ts';
import { hasIndex, readFastStart } from './fast-start.ts';
import { type PcmChunk, readAt } from './pcm.ts';

/** Bytes decoded at a time: 4 s of an MP3, half a minute of speech in Opus. */
const CHUNK_BYTES = 1 << 16;
/** Matroska describes its tracks within this many bytes. */
const HEAD_BYTES = 1 << 18;

/** The decoder could not make sound of the bytes. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** The sound of a file, decoded piece by piece. Throws {@link CodecError}. */
export async function* decodeWithPackage(
  path: string,
  format: PackageFormat,
  signal: AbortSignal,
): AsyncGenerator<PcmChunk> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  if (isMute(format, file)) throw new CodecError('No audio track found in Matroska');
  if (format === 'm4a' && !hasIndex(file, size)) throw new CodecError('The MP4 has no index');
  let read = 0;
  const pieces = countBytes(bytesOf(file, size, format), (bytes) => read += bytes, signal);
  let convert: PcmConverter | undefined;
  for await (const { channelData, sampleRate } of decodePieces(pieces, refine(format, file))) {
    convert ??= new PcmConverter(sampleRate);
    yield { samples: convert.push(mixDown(channelData)), fraction: Math.min(1, read / size) };
  }
  if (!convert) throw new CodecError('The decoder found no sound');
  yield { samples: convert.finish(), fraction: 1 };
}

async function* decodePieces(
  pieces: AsyncIterable<Uint8Array>,
  format: PackageFormat,
): AsyncGenerator<{ channelData: Float32Array[]; sampleRate: number }> {
  const { default: decode } = await import('audio-decode');
  try {
    // The package's types leave out some of the formats that it registers.
    yield* decode(pieces, format as 'mp3');
  } catch (error) {
    throw new CodecError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function* countBytes(
  pieces: Iterable<Uint8Array>,
  count: (bytes: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    // Decoding is synchronous: timers, and with them an abort, get their turn here.
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    count(piece.length);
    yield piece;
  }
}

function bytesOf(file: Deno.FsFile, size: number, format: PackageFormat): Iterable<Uint8Array> {
  return format === 'm4a' ? readFastStart(file, size, CHUNK_BYTES) : readPieces(file, size);
}

function* readPieces(file: Deno.FsFile, size: number): Generator<Uint8Array> {
  for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
    yield readAt(file, offset, CHUNK_BYTES);
  }
}

/** What an Ogg holds is said by its first packet (xiph.org/flac/ogg_mapping.html, RFC 7845, 5.1). */
function refine(format: PackageFormat, file: Deno.FsFile): PackageFormat {
  if (format !== 'oga' && format !== 'opus') return format;
  const packet = ascii(readAt(file, 28, 8));
  if (packet === 'OpusHead') return 'opus';
  return packet.startsWith('\x7fFLAC') ? 'flac' : 'oga';
}

/** Matroska names the codec of each track near its beginning: `V_…` for video, `A_…` for sound. */
function isMute(format: PackageFormat, file: Deno.FsFile): boolean {
  if (format !== 'webm' && format !== 'mkv') return false;
  const head = ascii(readAt(file, 0, HEAD_BYTES));
  return /V_[A-Z0-9]{2}/.test(head) && !/A_[A-Z0-9]{2}/.test(head);
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

function mixDown(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array()] = channels;
  if (channels.length === 1) return first;
  return first.map((_, i) => {
    let sum = 0;
    for (const channel of channels) sum += channel[i] ?? 0;
    return sum / channels.length;
  });
}
