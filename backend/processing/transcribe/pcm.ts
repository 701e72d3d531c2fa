/**
 * Input format of speech recognition: 16-bit mono samples at 16 kHz in a WAV on disk, so that hours
 * of sound need no memory and a later run finds the same samples.
 *
 * @module
 */
import { basename, dirname, join } from 'node:path';
import { ascii, readAt, viewOf } from '../bytes.ts';
import { type ExpectedLength, otherThan } from './decoding.ts';
import { SAMPLE_RATE } from './segment.ts';
import { type SoundFormat, toChannels, WavError } from './samples.ts';
import { readWavFormat, wavHeader } from './wav.ts';

/** A chunk of decoded sound, and the fraction of the recording decoded with it, 0–1. */
export interface PcmChunk {
  /** 16 kHz mono. */
  readonly samples: Int16Array<ArrayBuffer>;
  readonly fraction: number;
}

/** An open recording, 16 kHz mono. */
export class Pcm implements Disposable {
  constructor(
    readonly file: Deno.FsFile,
    readonly format: SoundFormat,
    /** Length by the container if that of the sound differs; otherwise null. */
    readonly expectedSeconds: number | null,
  ) {}

  get samples(): number {
    return this.format.frames;
  }

  get seconds(): number {
    return this.format.frames / SAMPLE_RATE;
  }

  /** Exactly `count` samples from `position` on, silence beyond the end. */
  read(position: number, count: number): Float32Array {
    const there = Math.max(0, Math.min(count, this.samples - position));
    const bytes = readAt(this.file, this.format.dataStart + position * 2, there * 2);
    const samples = new Float32Array(count);
    samples.set(toChannels(bytes, this.format)[0] ?? []);
    return samples;
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

/**
 * Opens a WAV in this format; null if there is no file or it has another format. Throws {@link
 * WavError}.
 */
export async function openPcm(path: string): Promise<Pcm | null> {
  const file = await Deno.open(path).catch(ignoreMissing);
  if (!file) return null;
  try {
    const { size } = await file.stat();
    const format = readWavFormat((offset, length) => readAt(file, offset, length), size);
    if (isPcm(format)) return new Pcm(file, format, expectedOf(file, format));
    file.close();
    return null;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Chunk behind the samples of a decoded recording: {@link Pcm.expectedSeconds} as a 64-bit float. */
const EXPECTED = 'expt';

function expectedOf(file: Deno.FsFile, format: SoundFormat): number | null {
  const chunk = readAt(file, format.dataStart + format.frames * 2, 16);
  const isOurs = ascii(chunk, 0) === EXPECTED && chunk.length === 16;
  if (isOurs) return viewOf(chunk).getFloat64(8, true);
  return otherThan(expectedFrames(format), format.frames / SAMPLE_RATE);
}

/** Tolerance for plain samples, which are counted exactly. */
const COUNTED_SECONDS = 0.05;

/** Length in the header of plain samples. */
export function expectedFrames(
  { declaredFrames, sampleRate }: SoundFormat,
): ExpectedLength | null {
  if (declaredFrames === null) return null;
  return { seconds: declaredFrames / sampleRate, toleranceSeconds: COUNTED_SECONDS };
}

function expectedChunk(seconds: number): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(16);
  chunk.set(new TextEncoder().encode(EXPECTED));
  viewOf(chunk).setUint32(4, 8, true);
  viewOf(chunk).setFloat64(8, seconds, true);
  return chunk;
}

function isPcm(format: SoundFormat): boolean {
  return format.encoding === 'pcm' && format.sampleBytes === 2 && format.channels === 1 &&
    format.sampleRate === SAMPLE_RATE;
}

/** The recording exceeds the maximum length. */
export class TooLongError extends WavError {
  override readonly name = 'TooLongError';
}

/** Throws {@link TooLongError}. */
export function requireShortEnough(seconds: number, maxSeconds: number): void {
  if (seconds > maxSeconds) throw new TooLongError(`More than ${maxSeconds} seconds of sound`);
}

export interface Written {
  readonly samples: number;
  /** No sample is louder than -60 dB. */
  readonly silent: boolean;
}

const SILENT_PEAK = 33;

/**
 * Writes chunks to a WAV at `path`, yielding the fraction of each. The file has another name until
 * it is complete. More than `maxSeconds` of sound is a file made to fill the disk: throws {@link
 * TooLongError}.
 */
export async function* writePcm(
  path: string,
  chunks: AsyncIterable<PcmChunk>,
  { maxSeconds, expected }: {
    readonly maxSeconds: number;
    readonly expected: ExpectedLength | null;
  },
): AsyncGenerator<number, Written> {
  await removeDrafts(path);
  const draft = `${path}.${crypto.randomUUID()}${DRAFT}`;
  let samples = 0;
  let silent = true;
  try {
    using file = await Deno.open(draft, { write: true, createNew: true });
    await writeAll(file, wavHeader(SAMPLE_RATE, 0));
    for await (const chunk of chunks) {
      await writeAll(
        file,
        new Uint8Array(chunk.samples.buffer, chunk.samples.byteOffset, chunk.samples.byteLength),
      );
      samples += chunk.samples.length;
      silent &&= chunk.samples.every((sample) => Math.abs(sample) < SILENT_PEAK);
      requireShortEnough(samples / SAMPLE_RATE, maxSeconds);
      yield chunk.fraction;
    }
    const expectedSeconds = otherThan(expected, samples / SAMPLE_RATE);
    if (expectedSeconds !== null) await writeAll(file, expectedChunk(expectedSeconds));
    await file.seek(0, Deno.SeekMode.Start);
    await writeAll(file, wavHeader(SAMPLE_RATE, samples));
    await file.sync();
    await Deno.rename(draft, path);
    return { samples, silent };
  } finally {
    // Also runs after an error or an early return: then a draft remains.
    await Deno.remove(draft).catch(ignoreMissing);
  }
}

const DRAFT = '.part';

/** Removes drafts of killed runs: a job has one run at a time. */
async function removeDrafts(path: string): Promise<void> {
  for await (const { name } of Deno.readDir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(DRAFT)) continue;
    await Deno.remove(join(dirname(path), name)).catch(ignoreMissing);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

function ignoreMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
