/**
 * Transcribes recordings and videos: decodes, cuts at pauses, and recognises segment by segment.
 *
 * @module
 */
import {
  type Checkpoint,
  type ProcessEvent,
  ProcessingError,
  type ProcessInput,
  type Processor,
} from '../processor.ts';
import { type DecodeOptions, decodeRecording, withoutSound } from './decode.ts';
import { RECORDING_TYPES } from './formats.ts';
import { decodingProgress, endOf, fractionAt, messageAt, progress } from './how-far.ts';
import { requireEnglish } from './language.ts';
import type { Pcm } from './pcm.ts';
import { sharedEngine, type SpeechEngine, type VoiceDetector } from './recognize.ts';
import { type Cut, energyOf, SAMPLE_RATE, Segmenter, WINDOW_SAMPLES } from './segment.ts';
import { whileWaiting } from './wait.ts';

export interface SpeechOptions extends DecodeOptions {
  /** Gives the models of a folder. Default: loaded once per process. */
  readonly openEngine?: (modelDir: string) => Promise<SpeechEngine>;
  /** An event is due at least this often. Default: 1,000 ms. */
  readonly tickMs?: number;
}

export const speechProcessor: Processor = createSpeechProcessor();

export function createSpeechProcessor(options: SpeechOptions = {}): Processor {
  return {
    id: 'speech',
    version: 1,
    step: 'transcribe',
    mediaTypes: RECORDING_TYPES,
    process: (input, signal) => transcribe(input, signal, options),
  };
}

async function* transcribe(
  input: ProcessInput,
  signal: AbortSignal,
  options: SpeechOptions,
): AsyncGenerator<ProcessEvent> {
  const { openEngine = sharedEngine, tickMs = 1_000 } = options;
  requireEnglish(input.name, input.language);
  signal.throwIfAborted();
  using pcm = yield* decode(input, signal, options, tickMs);
  if (pcm.samples === 0) throw new ProcessingError('no_audio', withoutSound(input.name));
  yield { type: 'size', total: pcm.seconds, unit: 'second' };
  const at = parseCheckpoint(input.checkpoint);
  const loading = progress(fractionAt(at.position, pcm), 'Loading the speech model');
  yield loading;
  const engine = yield* announcing(openEngine(input.modelDir), signal, tickMs, () => loading);
  const parts = yield* recognizeAll({ pcm, engine, at, signal, tickMs });
  if (parts === 0) {
    throw new ProcessingError('empty_text', `No speech was found in ${input.name}`);
  }
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
    // Ends ffmpeg and removes what is half done.
    await decoding.return(undefined as never);
  }
}

/** Where to go on: everything before `position` is done and gave the parts before `index`. */
interface Place {
  /** Samples, a multiple of 512. */
  readonly position: number;
  readonly index: number;
}

function parseCheckpoint(checkpoint: Checkpoint | null): Place {
  const { position = 0, index = 0 } = checkpoint ?? {};
  if (!isCount(position) || !isCount(index) || position % WINDOW_SAMPLES !== 0) {
    throw new Error(`This is no checkpoint of a transcription: ${JSON.stringify(checkpoint)}`);
  }
  return { position, index };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

interface Work {
  readonly pcm: Pcm;
  readonly engine: SpeechEngine;
  readonly at: Place;
  readonly signal: AbortSignal;
  readonly tickMs: number;
}

/** Yields segment after segment; returns the number of parts from the recording's beginning on. */
async function* recognizeAll(work: Work): AsyncGenerator<ProcessEvent, number> {
  const { pcm, engine, signal } = work;
  const detector = engine.borrowDetector();
  let { position, index } = work.at;
  try {
    while (position < pcm.samples) {
      // Listening is synchronous: an abort gets its turn here.
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      const cut = findCut(pcm, position, detector);
      const next = Math.min(position + cut.next, endOf(pcm));
      const span = cut.speech && spanOf(cut.speech, position, pcm);
      const text = span ? yield* recognizeSpan(span, work, position, next) : '';
      const parts = span && text ? [segment(index, text, span)] : [];
      position = next;
      index += parts.length;
      const fraction = fractionAt(position, pcm);
      const message = messageAt(position, pcm);
      yield { type: 'parts', parts, checkpoint: { position, index }, fraction, message };
    }
    return index;
  } finally {
    detector.giveBack();
  }
}

/** Silence heard beyond the end, for a last word that the detector has not marked yet. */
const TAIL_SAMPLES = 8 * WINDOW_SAMPLES;

/** The next cut after `origin`. Depends on nothing before it, so that a resumed run cuts alike. */
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

interface Span {
  /** Samples from the recording's beginning. */
  readonly start: number;
  readonly end: number;
}

function spanOf(speech: Span, origin: number, pcm: Pcm): Span | null {
  const start = origin + speech.start;
  const end = Math.min(origin + speech.end, pcm.samples);
  return end > start ? { start, end } : null;
}

async function* recognizeSpan(
  { start, end }: Span,
  { pcm, engine, signal, tickMs }: Work,
  position: number,
  next: number,
): AsyncGenerator<ProcessEvent, string> {
  const from = fractionAt(position, pcm);
  const to = fractionAt(next, pcm);
  // Comes ever nearer to what is reached once the segment is read, and never gets there before.
  const soFar = (ticks: number) =>
    progress(from + (to - from) * ticks / (ticks + 2), messageAt(position, pcm));
  yield soFar(0);
  return yield* announcing(engine.recognize(pcm.read(start, end - start)), signal, tickMs, soFar);
}

function segment(index: number, text: string, { start, end }: Span) {
  return { index, kind: 'segment' as const, label: null, text, ...times(start, end) };
}

/** Seconds, to the millisecond. */
function times(start: number, end: number): { start: number; end: number } {
  const seconds = (samples: number) => Math.round(samples / SAMPLE_RATE * 1_000) / 1_000;
  return { start: seconds(start), end: seconds(end) };
}

/** Waits for `work`; says so by an event at each tick. */
async function* announcing<T>(
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
