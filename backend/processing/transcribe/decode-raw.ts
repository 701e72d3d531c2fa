/**
 * Decodes files of plain samples (WAV, AU, AIFF) without another program.
 *
 * @module
 */
import { readAt } from '../bytes.ts';
import { isAiff, isAu, readAiffFormat, readAuFormat } from './au-aiff.ts';
import { Mixer } from './mix.ts';
import type { PcmChunk } from './pcm.ts';
import { Resampler } from './resample.ts';
import {
  frameBytesOf,
  joined,
  type SampleFormat,
  type SoundFormat,
  toChannels,
  toInt16,
} from './samples.ts';
import { SAMPLE_RATE } from './segment.ts';
import { isWav, readWavFormat } from './wav.ts';

/** Frames decoded at a time: 6 s at 44.1 kHz. */
const CHUNK_FRAMES = 1 << 18;

const HEADERS = [
  { is: isWav, read: readWavFormat },
  { is: isAu, read: readAuFormat },
  { is: isAiff, read: readAiffFormat },
] as const;

/** Media type of plain samples, by the beginning of a file. */
export function rawSoundType(head: Uint8Array): string | null {
  return isWav(head) ? 'audio/wav' : isAu(head) ? 'audio/basic' : null;
}

/** Format of a file of plain samples; null for any other file. Throws {@link WavError}. */
export async function rawFormat(path: string): Promise<SoundFormat | null> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = readAt(file, 0, 64);
  const header = HEADERS.find(({ is }) => is(head));
  return header?.read((offset, length) => readAt(file, offset, length), size) ?? null;
}

/** The sound of a file of this format, up to its last byte. */
export async function* decodeRaw(path: string, format: SoundFormat): AsyncGenerator<PcmChunk> {
  using file = await Deno.open(path);
  const frameBytes = frameBytesOf(format);
  const convert = new PcmConverter(format);
  for (let frame = 0; frame < format.frames; frame += CHUNK_FRAMES) {
    const frames = Math.min(CHUNK_FRAMES, format.frames - frame);
    const bytes = readAt(file, format.dataStart + frame * frameBytes, frames * frameBytes);
    yield {
      samples: convert.push(toChannels(bytes, format)),
      fraction: (frame + frames) / format.frames,
    };
  }
  yield { samples: convert.finish(), fraction: 1 };
}

/** Converts channels of one rate to 16-bit mono samples at 16 kHz. */
export class PcmConverter {
  readonly #mixer: Mixer;
  readonly #resampler: Resampler | null;

  constructor(
    { channels, sampleRate, surround }: Pick<SampleFormat, 'channels' | 'sampleRate' | 'surround'>,
  ) {
    this.#mixer = new Mixer(channels, sampleRate, surround);
    this.#resampler = sampleRate === SAMPLE_RATE ? null : new Resampler(sampleRate, SAMPLE_RATE);
  }

  push(channels: readonly Float32Array[]): Int16Array<ArrayBuffer> {
    return toInt16(this.#resample(this.#mixer.push(channels)));
  }

  finish(): Int16Array<ArrayBuffer> {
    const last = this.#resample(this.#mixer.finish());
    return toInt16(joined(last, this.#resampler?.finish() ?? new Float32Array()));
  }

  #resample(samples: Float32Array): Float32Array {
    return this.#resampler?.push(samples) ?? samples;
  }
}
