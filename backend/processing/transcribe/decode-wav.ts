/**
 * Decodes WAV files of every form that {@link "./wav.ts"} reads: no other program is needed.
 *
 * @module
 */
import { type PcmChunk, readAt } from './pcm.ts';
import { Resampler } from './resample.ts';
import { SAMPLE_RATE } from './segment.ts';
import { toInt16, toMono, type WavFormat } from './wav.ts';

/** Frames decoded at a time: 6 s at 44.1 kHz. */
const CHUNK_FRAMES = 1 << 18;

/** The sound of a WAV of this format, as far as there are bytes. */
export async function* decodeWav(path: string, format: WavFormat): AsyncGenerator<PcmChunk> {
  using file = await Deno.open(path);
  const frameBytes = format.sampleBytes * format.channels;
  const convert = new PcmConverter(format.sampleRate);
  for (let frame = 0; frame < format.frames; frame += CHUNK_FRAMES) {
    const frames = Math.min(CHUNK_FRAMES, format.frames - frame);
    const bytes = readAt(file, format.dataStart + frame * frameBytes, frames * frameBytes);
    yield {
      samples: convert.push(toMono(bytes, format)),
      fraction: (frame + frames) / format.frames,
    };
  }
  yield { samples: convert.finish(), fraction: 1 };
}

/** Mono floats of one rate to 16-bit samples at 16 kHz. */
export class PcmConverter {
  readonly #resampler: Resampler | null;

  constructor(sampleRate: number) {
    this.#resampler = sampleRate === SAMPLE_RATE ? null : new Resampler(sampleRate, SAMPLE_RATE);
  }

  push(samples: Float32Array): Int16Array<ArrayBuffer> {
    return toInt16(this.#resampler?.push(samples) ?? samples);
  }

  finish(): Int16Array<ArrayBuffer> {
    return toInt16(this.#resampler?.finish() ?? new Float32Array());
  }
}
