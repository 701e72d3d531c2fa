/**
 * How much sound a file can hold. A decoder that misreads a codec makes hours of noise out of a
 * small file; what is far beyond that is not transcribed.
 *
 * @module
 */
import type { PcmChunk } from './pcm.ts';
import { SAMPLE_RATE } from './segment.ts';

/** There is far more sound than the file can hold. */
export class ImplausibleLengthError extends Error {
  override readonly name = 'ImplausibleLengthError';
}

/** A recording that says nothing of its length holds this many bits for a second, and more. */
const LEAST_BITS_PER_SECOND = 200;
/** Containers are a little wrong, and short ones relatively more. */
const TOLERANCE = { factor: 2, seconds: 60 };

/** Streams of frames, which people append to each other: the length that they begin with is one of them. */
const APPENDABLE =
  /^(audio\/(mpeg|aac|ogg|flac|amr)|application\/ogg|video\/(mp2t|mpeg|MP[12][SP]))/;

/** Seconds of sound that a file may give; a recording that was cut short gives less. */
export function longestPlausible(
  { bytes, declaredSeconds, mediaType }: {
    readonly bytes: number;
    /** By its container; null where that says nothing. */
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
