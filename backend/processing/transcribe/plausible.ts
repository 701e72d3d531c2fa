/**
 * Maximum plausible sound of a file. A decoder that misreads a codec makes hours of noise of a
 * small file; such a file is not transcribed.
 *
 * @module
 */
import type { PcmChunk } from './pcm.ts';
import { SAMPLE_RATE } from './segment.ts';

/** The decoded sound is far longer than the file can contain. */
export class ImplausibleLengthError extends Error {
  override readonly name = 'ImplausibleLengthError';
}

/** Minimum bit rate of a recording without a declared length. */
const LEAST_BITS_PER_SECOND = 200;
/** Tolerance for inexact containers; short ones are relatively less exact. */
const TOLERANCE = { factor: 2, seconds: 60 };

/** Streams of frames, which users concatenate: the declared length may be that of the first. */
const APPENDABLE =
  /^(audio\/(mpeg|aac|ogg|flac|amr)|application\/ogg|video\/(mp2t|mpeg|MP[12][SP]))/;

/** Maximum seconds of sound from a file; a truncated recording gives less. */
export function longestPlausible(
  { bytes, declaredSeconds, mediaType }: {
    readonly bytes: number;
    /** Length by its container; null if it declares none. */
    readonly declaredSeconds: number | null;
    readonly mediaType: string;
  },
): number {
  return declaredSeconds !== null && !APPENDABLE.test(mediaType)
    ? declaredSeconds * TOLERANCE.factor + TOLERANCE.seconds
    : bytes * 8 / LEAST_BITS_PER_SECOND + TOLERANCE.seconds;
}

/** The same chunks. Throws {@link ImplausibleLengthError} before more than `seconds` of sound. */
export async function* plausible(
  chunks: AsyncIterable<PcmChunk>,
  seconds: number,
): AsyncGenerator<PcmChunk> {
  let samples = 0;
  for await (const chunk of chunks) {
    samples += chunk.samples.length;
    if (samples > seconds * SAMPLE_RATE) {
      throw new ImplausibleLengthError(`More than the ${Math.round(seconds)} s that it can hold`);
    }
    yield chunk;
  }
}
