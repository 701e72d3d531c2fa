/**
 * Preparation of recognition: decodes the recording, and segments it at silence.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { ProcessEvent, ProcessInput } from '../processor.ts';
import { type DecodeOptions, decodeRecording, withoutSound } from './decode.ts';
import { decodingProgress, endOf } from './how-far.ts';
import type { Pcm } from './pcm.ts';
import type { VoiceDetector } from './recognize.ts';
import { type Cut, energyOf, SAMPLE_RATE, Segmenter, WINDOW_SAMPLES } from './segment.ts';
import { whileWaiting } from './wait.ts';

/** Decodes, and reports the length of the recording. Throws {@link ProcessingError} `no_audio`. */
export async function* openRecording(
  input: ProcessInput,
  signal: AbortSignal,
  options: DecodeOptions,
  tickMs: number,
): AsyncGenerator<ProcessEvent, Pcm> {
  const pcm = yield* decode(input, signal, options, tickMs);
  if (pcm.samples === 0) {
    pcm[Symbol.dispose]();
    throw withoutSound(input.name);
  }
  yield { type: 'size', total: pcm.seconds, unit: 'second' };
  return pcm;
}

async function* decode(
  input: ProcessInput,
  signal: AbortSignal,
  options: DecodeOptions,
  tickMs: number,
): AsyncGenerator<ProcessEvent, Pcm> {
  const decoding = decodeRecording(input, signal, options);
  let fraction = 0;
  let announcedAt = 0;
  try {
    while (true) {
      const now = () => decodingProgress(fraction);
      const step = yield* announcing(decoding.next(), signal, tickMs, now);
      if (step.done) return step.value;
      fraction = Math.max(fraction, step.value);
      if (performance.now() - announcedAt < tickMs / 2) continue;
      announcedAt = performance.now();
      yield now();
    }
  } finally {
    // Ends ffmpeg and removes incomplete files.
    await decoding.return(undefined as never);
  }
}

/** Samples from the recording's beginning. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A stretch of the recording that is recognised as a whole, or silence. */
export interface Segment {
  readonly speech: Span | null;
  /** Start and end of the stretch, samples; the end is a position to resume from. */
  readonly position: number;
  readonly next: number;
}

/** All segments from `position` on. Throws the signal's reason between two of them. */
export async function* segmentsOf(
  pcm: Pcm,
  position: number,
  detector: VoiceDetector,
  signal: AbortSignal,
): AsyncGenerator<Segment> {
  while (position < pcm.samples) {
    // Voice detection is synchronous: yields to the event loop, so that an abort can arrive.
    await setImmediate();
    signal.throwIfAborted();
    const cut = findCut(pcm, position, detector);
    const next = Math.min(position + cut.next, endOf(pcm));
    yield { speech: cut.speech && spanOf(cut.speech, position, pcm), position, next };
    position = next;
  }
}

/** Silence appended to the end, for a last word that the detector has not marked yet. */
const TAIL_SAMPLES = 8 * WINDOW_SAMPLES;

/**
 * The next cut after `origin`. It depends on no earlier sound, so that a resumed run cuts alike.
 */
function findCut(pcm: Pcm, origin: number, detector: VoiceDetector): Cut {
  const segmenter = new Segmenter();
  detector.reset();
  for (let at = origin; at < pcm.samples + TAIL_SAMPLES; at += WINDOW_SAMPLES) {
    const window = pcm.read(at, WINDOW_SAMPLES);
    const cut = segmenter.push(detector.hear(window), energyOf(window));
    if (cut) return cut;
  }
  return segmenter.finish();
}

function spanOf(speech: Span, origin: number, pcm: Pcm): Span | null {
  const start = origin + speech.start;
  const end = Math.min(origin + speech.end, pcm.samples);
  return end > start ? { start, end } : null;
}

/** Seconds, to the millisecond. */
export function timesOf({ start, end }: Span): { readonly start: number; readonly end: number } {
  const seconds = (samples: number) => Math.round(samples / SAMPLE_RATE * 1_000) / 1_000;
  return { start: seconds(start), end: seconds(end) };
}

/** Waits for `work`; yields an event at each tick. */
export async function* announcing<T>(
  work: Promise<T>,
  signal: AbortSignal,
  tickMs: number,
  event: (ticks: number) => ProcessEvent,
): AsyncGenerator<ProcessEvent, T> {
  const waiting = whileWaiting(work, signal, tickMs);
  while (true) {
    const step = await waiting.next();
    if (step.done) return step.value;
    yield event(step.value);
  }
}
