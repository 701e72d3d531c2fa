/**
 * Any recording as 16 kHz mono samples on disk, decoded once per job and found again on resuming.
 *
 * @module
 */
import { join } from 'node:path';
import { ProcessingError, type ProcessInput } from '../processor.ts';
import { CodecError, decodeWithPackage } from './decode-package.ts';
import { decodeWav } from './decode-wav.ts';
import { decodeWithFfmpeg, type Ffmpeg, FfmpegError, findFfmpeg, probe } from './ffmpeg.ts';
import { packageFormat } from './formats.ts';
import { openPcm, type Pcm, type PcmChunk, TooLongError, wavFormat, writePcm } from './pcm.ts';
import { WavCodecError, WavError } from './wav.ts';

export type Recording = Pick<ProcessInput, 'path' | 'name' | 'mediaType' | 'workDir'>;

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
  const { path, name, workDir } = recording;
  if ((await Deno.stat(path)).size === 0) {
    throw new ProcessingError('empty_file', `${name} is empty: it has no bytes`);
  }
  const decoded = join(workDir, DECODED_NAME);
  try {
    const found = await openPcm(decoded).catch(ignoreBroken) ?? await openAsIs(recording);
    if (found) return found;
    await Deno.mkdir(workDir, { recursive: true });
    yield* writePcm(decoded, await startDecoding(recording, signal, options));
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, name);
  }
  const pcm = await openPcm(decoded);
  if (!pcm) throw new Error(`The decoded recording is gone: ${decoded}`);
  return pcm;
}

function openAsIs({ path, mediaType }: Recording): Promise<Pcm | null> {
  return mediaType === WAV ? openPcm(path).catch(ignoreCodec) : Promise.resolve(null);
}

async function startDecoding(
  { path, name, mediaType }: Recording,
  signal: AbortSignal,
  options: DecodeOptions,
): Promise<AsyncIterable<PcmChunk>> {
  const wav = mediaType === WAV ? await wavFormat(path).catch(ignoreCodec) : null;
  if (wav) return decodeWav(path, wav);
  const ffmpeg = options.ffmpeg === undefined ? await findFfmpeg() : options.ffmpeg;
  if (ffmpeg) {
    const { hasAudio, duration } = await probe(ffmpeg, path, signal);
    if (!hasAudio) throw new ProcessingError('no_audio', withoutSound(name));
    return decodeWithFfmpeg(ffmpeg, path, duration, signal);
  }
  const format = packageFormat(mediaType);
  if (format) return decodeWithPackage(path, format, signal);
  throw new ProcessingError(
    'unsupported_type',
    `${name} can only be read where ffmpeg is installed (${mediaType}): ` +
      'ask the operator to install it, or convert the file to MP3, M4A or WAV',
  );
}

const WAV = 'audio/wav';

function ignoreCodec(error: unknown): null {
  if (error instanceof WavCodecError) return null;
  throw error;
}

/** A decoded file that cannot be read is decoded anew. */
function ignoreBroken(error: unknown): null {
  if (error instanceof WavError) return null;
  throw error;
}

export function withoutSound(name: string): string {
  return `${name} has no sound, so there is nothing to transcribe`;
}

/** Says for a person why the bytes could not be decoded; other failures are not the file's fault. */
function explain(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || error instanceof ProcessingError) return error;
  if (error instanceof TooLongError) {
    const advice = 'Split it and upload the pieces';
    return new ProcessingError('too_large_inside', `${name} is longer than 24 hours. ${advice}`);
  }
  const cause = { cause: error };
  if (NO_AUDIO.test(error.message)) {
    return new ProcessingError('no_audio', withoutSound(name), cause);
  }
  if (!(error instanceof WavError || error instanceof FfmpegError || error instanceof CodecError)) {
    return error;
  }
  const advice = 'Check that it plays, and upload it again or convert it to MP3, M4A or WAV';
  return new ProcessingError(
    'broken_file',
    `${name} could not be decoded: the file is damaged or not a recording. ${advice}`,
    cause,
  );
}

/** How the decoders of `audio-decode` say that a video has no sound. */
const NO_AUDIO = /no audio (track|stream)/i;
