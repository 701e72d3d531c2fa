/**
 * How much work a file is, how far it is, and how long the rest will take.
 *
 * @module
 */
import type { Step } from '#contract/progress.ts';

/** Bytes of audio a second, by media type; a guess until the recording has been opened. */
const BYTES_PER_SECOND: readonly (readonly [RegExp, number])[] = [
  [/^audio\/(x-)?(wav|wave|vnd\.wave)/, 32_000],
  [/^audio\/(x-)?(flac|aiff)/, 60_000],
  [/^audio\//, 16_000],
  [/^video\//, 250_000],
];
/** Seconds of recording transcribed a second, on one thread of a laptop. */
const SPEECH_SPEED = 12;
/** Bytes of a document read a second. */
const DOCUMENT_SPEED = 2_000_000;
const LEAST_SECONDS = 0.3;

/** Expected seconds of work for a file, the weight of its part in the session's bar. */
export function expectedSeconds(mediaType: string | null, size: number | null): number {
  const bytes = size ?? 0;
  const rate = BYTES_PER_SECOND.find(([pattern]) => pattern.test(mediaType ?? ''))?.[1];
  const seconds = rate ? bytes / rate / SPEECH_SPEED : bytes / DOCUMENT_SPEED;
  return Math.max(LEAST_SECONDS, seconds);
}

/** Where each step begins and ends in a file's bar, 0–1, without and with an upload to wait for. */
const SPANS: Record<'stored' | 'uploaded', Record<Step, readonly [number, number]>> = {
  stored: {
    upload: [0, 0],
    queue: [0, 0],
    extract: [0, 0.97],
    transcribe: [0, 0.97],
    index: [0.97, 1],
  },
  uploaded: {
    upload: [0, 0.1],
    queue: [0.1, 0.1],
    extract: [0.1, 0.97],
    transcribe: [0.1, 0.97],
    index: [0.97, 1],
  },
};

/** A file's progress (0–100) when `fraction` (0–1) of `step` is done. */
export function fileProgress(step: Step, fraction: number, withUpload: boolean): number {
  const [from, to] = SPANS[withUpload ? 'uploaded' : 'stored'][step];
  return 100 * (from + (to - from) * Math.min(1, Math.max(0, fraction || 0)));
}

const LEAST_FRACTION = 0.02;
const LEAST_ELAPSED_SECONDS = 2;

/** Seconds left, from how long the part done took; null before there is something to go by. */
export function secondsLeft(fraction: number, elapsedSeconds: number): number | null {
  if (fraction < LEAST_FRACTION || elapsedSeconds < LEAST_ELAPSED_SECONDS || fraction >= 1) {
    return null;
  }
  return Math.max(1, Math.round((elapsedSeconds * (1 - fraction)) / fraction));
}
