/**
 * Speech to text (Moonshine base) and voice activity (Silero v5), run natively by sherpa-onnx.
 *
 * @module
 */
import { prepareModel, type SpeechModel } from './model.ts';
import { SAMPLE_RATE, WINDOW_SAMPLES } from './segment.ts';

/** The loaded model that distinguishes voices from other sound. */
export interface Voices {
  /** A detector in its initial state. Return it when done: its memory is reused. */
  borrowDetector(): VoiceDetector;
}

/** The two loaded models. Recognition runs on a thread of its own. */
export interface SpeechEngine extends Voices {
  /** Text of up to about 25 s of 16 kHz mono samples in [-1, 1]; empty without speech. */
  recognize(samples: Float32Array): Promise<string>;
}

export interface VoiceDetector {
  /** Processes the next window of 512 samples; true while speech continues. */
  hear(window: Float32Array): boolean;
  /** Resets to the initial state. */
  reset(): void;
  giveBack(): void;
}

/** Loads both models: less than 1 s, 0.4 GB. */
export async function loadEngine(model: SpeechModel): Promise<SpeechEngine> {
  const sherpa = await importSherpa();
  const recognizer = await sherpa.OfflineRecognizer.createAsync(recognizerConfig(model));
  return {
    async recognize(samples) {
      const stream = recognizer.createStream();
      stream.acceptWaveform({ samples, sampleRate: SAMPLE_RATE });
      return tidy((await recognizer.decodeAsync(stream)).text);
    },
    ...await loadVoices(model),
  };
}

/** Loads only the voice detector, which is small. */
export async function loadVoices(model: SpeechModel): Promise<Voices> {
  const sherpa = await importSherpa();
  const idle: SherpaVad[] = [];
  return {
    borrowDetector() {
      const vad = idle.pop() ?? new sherpa.Vad(voiceConfig(model), VAD_BUFFER_SECONDS);
      vad.reset();
      return {
        hear: (window) => hear(vad, window),
        reset: () => vad.reset(),
        giveBack: () => void idle.push(vad),
      };
    },
  };
}

async function importSherpa(): Promise<Sherpa> {
  return (await import('sherpa-onnx-node') as { default: Sherpa }).default;
}

/** The models of a folder, loaded once per process and shared by its later jobs. */
export const sharedEngine: (modelDir: string) => Promise<SpeechEngine> = shared(loadEngine);

/** Like {@link sharedEngine}, without the model that recognises words. */
export const sharedVoices: (modelDir: string) => Promise<Voices> = shared(loadVoices);

function shared<T>(load: (model: SpeechModel) => Promise<T>): (modelDir: string) => Promise<T> {
  const loaded = new Map<string, Promise<T>>();
  return (modelDir) => {
    const known = loaded.get(modelDir);
    if (known) return known;
    const loading = prepareModel(modelDir).then(load);
    loaded.set(modelDir, loading);
    loading.catch(() => loaded.delete(modelDir));
    return loading;
  };
}

/** Number of threads: a second one hardly helps, and takes a core from other workers. */
const THREADS = 1;
const VAD_BUFFER_SECONDS = 30;

function recognizerConfig(model: SpeechModel): object {
  return {
    modelConfig: {
      moonshine: { encoder: model.encoder, mergedDecoder: model.decoder },
      tokens: model.tokens,
      numThreads: THREADS,
      provider: 'cpu',
      debug: 0,
    },
  };
}

function voiceConfig(model: SpeechModel): object {
  return {
    sileroVad: {
      model: model.voice,
      threshold: 0.5,
      // With 0.25 s the number of word errors doubles.
      minSpeechDuration: 0.05,
      minSilenceDuration: 0.1,
      windowSize: WINDOW_SAMPLES,
      // Beyond it sherpa-onnx would change the threshold; segments are limited elsewhere.
      maxSpeechDuration: 3_600,
    },
    sampleRate: SAMPLE_RATE,
    numThreads: THREADS,
    provider: 'cpu',
    debug: 0,
  };
}

function hear(vad: SherpaVad, window: Float32Array): boolean {
  vad.acceptWaveform(window);
  // Its own segments are not used; without this their queue would fill the memory.
  while (!vad.isEmpty()) vad.pop();
  return vad.isDetected();
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The used part of sherpa-onnx-node, which has no types. */
interface Sherpa {
  readonly OfflineRecognizer: { createAsync(config: object): Promise<SherpaRecognizer> };
  readonly Vad: new (config: object, bufferSeconds: number) => SherpaVad;
}

interface SherpaRecognizer {
  createStream(): SherpaStream;
  decodeAsync(stream: SherpaStream): Promise<{ readonly text: string }>;
}

interface SherpaStream {
  acceptWaveform(sound: { samples: Float32Array; sampleRate: number }): void;
}

interface SherpaVad {
  acceptWaveform(samples: Float32Array): void;
  isDetected(): boolean;
  isEmpty(): boolean;
  pop(): void;
  reset(): void;
}
