/**
 * The real recordings of `media/`, what is said in them, and longer ones made of them.
 *
 * @module
 */
import { toChannels, toInt16 } from '../../backend/processing/transcribe/samples.ts';
import { readWavFormat, wavHeader } from '../../backend/processing/transcribe/wav.ts';

const SAMPLE_RATE = 16_000;
const MEDIA = new URL('./media/', import.meta.url);

export interface Reference {
  readonly path: string;
  /** Lower-case words without punctuation. */
  readonly text: string;
}

/** The five sentences, in the order of the book; read from the table of `media/README.md`. */
export async function readReference(): Promise<readonly Reference[]> {
  const table = await Deno.readTextFile(new URL('README.md', MEDIA));
  return Array.from(
    table.matchAll(/^\| (\S+\.wav) \| (.+?) \|$/gm),
    ([, file = '', text = '']) => ({
      path: new URL(file, MEDIA).pathname,
      text,
    }),
  );
}

/** Samples in [-1, 1] of a mono WAV. */
export async function readSamples(path: string): Promise<Float32Array> {
  return samplesOf(await Deno.readFile(path));
}

/** As {@link readSamples}, of bytes. */
export function samplesOf(bytes: Uint8Array): Float32Array {
  const format = readWavFormat(
    (offset, length) => bytes.subarray(offset, offset + length),
    bytes.length,
  );
  return toChannels(bytes.subarray(format.dataStart), format)[0]!;
}

/** A 16 kHz mono WAV of these samples. */
export function wavOf(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const wav = new Uint8Array(44 + samples.length * 2);
  wav.set(wavHeader(SAMPLE_RATE, samples.length));
  wav.set(new Uint8Array(toInt16(samples).buffer), 44);
  return wav;
}

/** Seconds of silence between two sentences: within a segment, ending one, and long. */
const PAUSES = [0.3, 1.1, 0.6, 2.2, 0.15, 4, 0.8, 1.6];

/**
 * A WAV of the five sentences, said over and over with pauses of varying lengths until `minutes`
 * are full; the same bytes each time.
 */
export async function joinRecordings(
  { minutes }: { minutes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const sentences = await Promise.all((await readReference()).map(({ path }) => readSamples(path)));
  const samples = new Float32Array(Math.round(minutes * 60 * SAMPLE_RATE));
  for (let i = 0, at = 0; at < samples.length; i++) {
    const sentence = sentences[i % sentences.length] ?? new Float32Array();
    samples.set(sentence.subarray(0, samples.length - at), at);
    at += sentence.length + Math.round((PAUSES[i % PAUSES.length] ?? 1) * SAMPLE_RATE);
  }
  return wavOf(samples);
}

/**
 * The same sound in other bytes: what was read of the same bytes before would be used again.
 * Behind the samples that the header declares, `own` zeros follow.
 */
export function inOtherBytes(wav: Uint8Array, own: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(wav.length + own);
  bytes.set(wav);
  return bytes;
}

/** Words to insert, remove or replace to get from what was said to what was understood. */
export function wordErrors(expected: string, actual: string): number {
  const [said, heard] = [words(expected), words(actual)];
  let row = Array.from({ length: heard.length + 1 }, (_, i) => i);
  for (const [i, word] of said.entries()) {
    const next = [i + 1];
    for (const [j, other] of heard.entries()) {
      const replaced = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Lower case, hyphens as spaces, no punctuation, `Mr.` as `mister`. */
export function words(text: string): readonly string[] {
  const plain = text.toLowerCase().replace(/\bmr\b\.?/g, 'mister').replace(/[-–—]/g, ' ');
  return plain.match(/[\p{L}\p{N}']+/gu) ?? [];
}
