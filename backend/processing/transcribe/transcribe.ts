/**
 * Transcribes recordings and videos: decodes, segments at pauses, and recognises segment by
 * segment.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { ProcessEvent, ProcessInput, Processor } from '../processor.ts';
import { parseCheckpoint, type Place } from './checkpoint.ts';
import type { DecodeOptions } from './decode.ts';
import { RECORDING_TYPES } from './formats.ts';
import { fractionAt, messageAt, progress, soFar } from './how-far.ts';
import { requireEnglish } from './language.ts';
import { lengthNotices } from './length-notice.ts';
import { announcing, openRecording, type Segment, segmentsOf, timesOf } from './listen.ts';
import type { Pcm } from './pcm.ts';
import { sharedEngine, type SpeechEngine } from './recognize.ts';
import { noSpeech, SPEECH } from './speech.ts';

export interface SpeechOptions extends DecodeOptions {
  /** Opens the models of a folder. Default: loaded once per process. */
  readonly openEngine?: (modelDir: string) => Promise<SpeechEngine>;
  /** Maximum interval between events. Default: 1,000 ms. */
  readonly tickMs?: number;
}

export const speechProcessor: Processor = createSpeechProcessor();

export function createSpeechProcessor(options: SpeechOptions = {}): Processor {
  return {
    id: SPEECH,
    version: 2,
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
  using pcm = yield* openRecording(input, signal, options, tickMs);
  const at = parseCheckpoint(input.checkpoint);
  const loading = progress(fractionAt(at.position, pcm), message('loading_model'));
  yield loading;
  const engine = yield* announcing(openEngine(input.modelDir), signal, tickMs, () => loading);
  const parts = yield* recognizeAll({ pcm, engine, at, signal, tickMs });
  if (parts === 0) throw noSpeech(input.name);
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
  const segments = segmentsOf(pcm, work.at.position, detector, signal);
  let { index } = work.at;
  try {
    let coming = segments.next();
    for (let step = await coming; !step.done; step = await coming) {
      const { speech, next } = step.value;
      const saying = speech && engine.recognize(pcm.read(speech.start, speech.end - speech.start));
      // Recognition runs on another thread: this one finds the next segment meanwhile.
      coming = handled(segments.next());
      const text = saying ? yield* hear(handled(saying), step.value, work) : '';
      const parts = speech && text
        ? [{ index, kind: 'segment' as const, label: null, text, ...timesOf(speech) }]
        : [];
      index += parts.length;
      const checkpoint = { position: next, index };
      const fraction = fractionAt(next, pcm);
      const notices = next >= pcm.samples ? lengthNotices(pcm) : [];
      yield { type: 'parts', parts, checkpoint, fraction, message: messageAt(next, pcm), notices };
    }
    return index;
  } finally {
    // Ends after the current segment, which uses the detector.
    await segments.return(undefined);
    detector.giveBack();
  }
}

/** Marks a rejection as handled: the promise may be awaited later, or never. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function* hear(
  saying: Promise<string>,
  { position, next }: Segment,
  { pcm, signal, tickMs }: Work,
): AsyncGenerator<ProcessEvent, string> {
  const reach = {
    from: fractionAt(position, pcm),
    to: fractionAt(next, pcm),
    message: messageAt(position, pcm),
  };
  const event = (ticks: number) => progress(soFar(reach, ticks), reach.message);
  yield event(0);
  return yield* announcing(saying, signal, tickMs, event);
}
