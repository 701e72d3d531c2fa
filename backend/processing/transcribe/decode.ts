/**
 * Any recording as 16 kHz mono samples on disk, decoded once per job and found again on resuming.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { join } from 'node:path';
import { READING_LIMITS } from '../limits.ts';
import { ProcessingError, type ProcessInput } from '../processor.ts';
import { decodeDemuxed } from './decode-demuxed.ts';
import { decodeStreamed } from './decode-streamed.ts';
import { type Decoding, expectedLength } from './decoding.ts';
import { decodeRaw, rawFormat } from './decode-raw.ts';
import { NoSoundError, UnknownCodecError } from './demux.ts';
import {
  decodeWithFfmpeg,
  type Ffmpeg,
  FfmpegError,
  findFfmpeg,
  MissingDecoderError,
  probe,
} from './ffmpeg.ts';
import { readerWithoutFfmpeg } from './formats.ts';
import { findMpegAudio } from './mpeg-frames.ts';
import {
  expectedFrames,
  openPcm,
  type Pcm,
  requireShortEnough,
  TooLongError,
  writePcm,
} from './pcm.ts';
import { ImplausibleLengthError, longestPlausible, plausible } from './plausible.ts';
import { WavCodecError, WavError } from './samples.ts';
import { CodecError } from './wasm-decoder.ts';

export type Recording = Pick<
  ProcessInput,
  'path' | 'name' | 'mediaType' | 'workDir' | 'limits'
>;

export interface DecodeOptions {
  /** ffmpeg to decode with, null for none. Default: that of the PATH, if there is one. */
  readonly ffmpeg?: Ffmpeg | null;
}

/** Name of the decoded recording inside the job's folder. */
export const DECODED_NAME = 'speech.wav';

/**
 * Decodes `recording`, yielding the fraction done, and returns it opened. A 16-bit mono WAV at
 * 16 kHz is read where it is. Throws {@link ProcessingError} where the file is at fault.
 */
export async function* decodeRecording(
  recording: Recording,
  signal: AbortSignal,
  options: DecodeOptions = {},
): AsyncGenerator<number, Pcm> {
  const { path, mediaType, workDir } = recording;
  const { size: bytes } = await Deno.stat(path);
  if (bytes === 0) {
    const { name } = recording;
    throw new ProcessingError('empty_file', message('empty_recording', { name }));
  }
  const decoded = join(workDir, DECODED_NAME);
  try {
    const found = await openPcm(decoded).catch(ignoreBroken) ?? await openAsIs(recording);
    if (found) return found;
    await Deno.mkdir(workDir, { recursive: true });
    // Of several sound tracks, one that has sound.
    for (let track = 0, tracks = 1, silent = true; silent && track < tracks; track++) {
      const decoding = await startDecoding(recording, track, signal, options);
      const { seconds: declaredSeconds, expected, chunks } = decoding;
      const maxSeconds = longest(recording);
      requireShortEnough(declaredSeconds ?? 0, maxSeconds);
      const most = longestPlausible({ bytes, declaredSeconds, mediaType });
      tracks = decoding.tracks;
      ({ silent } = yield* writePcm(decoded, plausible(chunks, most), { maxSeconds, expected }));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, recording);
  }
  const pcm = await openPcm(decoded);
  if (!pcm) throw new Error(`The decoded recording is gone: ${decoded}`);
  return pcm;
}

async function openAsIs(recording: Recording): Promise<Pcm | null> {
  if (recording.mediaType !== WAV) return null;
  const pcm = await openPcm(recording.path).catch(ignoreCodec);
  if (pcm && pcm.seconds > longest(recording)) pcm[Symbol.dispose]();
  requireShortEnough(pcm?.seconds ?? 0, longest(recording));
  return pcm;
}

/** Seconds that a recording may have. */
const longest = ({ limits = READING_LIMITS }: Recording) => limits.maxRecordingSeconds;

async function startDecoding(
  recording: Recording,
  track: number,
  signal: AbortSignal,
  options: DecodeOptions,
): Promise<Decoding> {
  const { path, name, mediaType } = recording;
  const raw = RAW.includes(mediaType) ? await rawFormat(path).catch(keepCodec) : null;
  if (raw && !(raw instanceof WavCodecError)) {
    const seconds = raw.frames / raw.sampleRate;
    return { seconds, expected: expectedFrames(raw), tracks: 1, chunks: decodeRaw(path, raw) };
  }
  const mpeg = mediaType === 'audio/mpeg' ? await findMpegAudio(path) : null;
  const ffmpeg = options.ffmpeg === undefined ? await findFfmpeg() : options.ffmpeg;
  if (ffmpeg) {
    const found = await probe(ffmpeg, path, signal);
    const chosen = found.tracks[track];
    if (!chosen) throw withoutSound(name);
    const { duration, declaresLength, hasPictures, tracks } = found;
    const isDeclared = declaresLength && mpeg?.declaresLength !== false;
    const expected = isDeclared
      ? expectedLength(chosen.end ?? duration, chosen.end === null && hasPictures)
      : null;
    const sound = { ...chosen, isExpected: expected !== null };
    const chunks = decodeWithFfmpeg(ffmpeg, path, found, sound, signal);
    return { seconds: duration, expected, tracks: tracks.length, chunks };
  }
  const reader = readerWithoutFfmpeg(mediaType);
  // The demuxer reads no other codecs of WAV.
  if (raw && (reader === null || reader === 'demuxed')) {
    throw needsFfmpeg(name, raw.message, { cause: raw });
  }
  if (reader === 'demuxed') return await decodeDemuxed(path, { track, mpeg }, signal);
  if (reader) return decodeStreamed(path, reader, signal);
  throw needsFfmpeg(name, mediaType);
}

function needsFfmpeg(name: string, what: string, cause?: ErrorOptions): ProcessingError {
  return new ProcessingError('unsupported_type', message('needs_ffmpeg', { name, what }), cause);
}

const WAV = 'audio/wav';
/** Types of files that may hold plain samples. */
const RAW: readonly string[] = [WAV, 'audio/basic', 'audio/aiff'];

function keepCodec(error: unknown): WavCodecError {
  if (error instanceof WavCodecError) return error;
  throw error;
}

function ignoreCodec(error: unknown): null {
  keepCodec(error);
  return null;
}

/** A decoded file that cannot be read is decoded anew. */
function ignoreBroken(error: unknown): null {
  if (error instanceof WavError) return null;
  throw error;
}

export function withoutSound(name: string, cause?: ErrorOptions): ProcessingError {
  return new ProcessingError('no_audio', message('no_sound', { name }), cause);
}

/** Says for a person why the bytes could not be decoded; other failures are not the file's fault. */
function explain(error: unknown, recording: Recording): unknown {
  const { name } = recording;
  if (!(error instanceof Error) || error instanceof ProcessingError) return error;
  if (error instanceof TooLongError) {
    const hours = +(longest(recording) / 3600).toFixed(2);
    const reason = message('too_long_recording', { name, hours });
    return new ProcessingError('too_large_inside', reason);
  }
  const cause = { cause: error };
  if (error instanceof NoSoundError) {
    return withoutSound(name, cause);
  }
  if (error instanceof UnknownCodecError) {
    return needsFfmpeg(name, error.message, cause);
  }
  if (error instanceof MissingDecoderError) {
    const reason = message('unknown_codec', { name, codec: error.message });
    return new ProcessingError('unsupported_type', reason, cause);
  }
  if (error instanceof ImplausibleLengthError) {
    return new ProcessingError('broken_file', message('implausible_recording', { name }), cause);
  }
  if (!(error instanceof WavError || error instanceof FfmpegError || error instanceof CodecError)) {
    return error;
  }
  return new ProcessingError('broken_file', message('damaged_recording', { name }), cause);
}
