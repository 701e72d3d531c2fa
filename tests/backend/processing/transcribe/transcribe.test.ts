import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Checkpoint,
  type ProcessedPart,
  type ProcessEvent,
  type ProcessInput,
  type Processor,
} from '../../../../backend/processing/processor.ts';
import type { SpeechEngine } from '../../../../backend/processing/transcribe/recognize.ts';
import {
  createSpeechProcessor,
  speechProcessor,
} from '../../../../backend/processing/transcribe/transcribe.ts';
import { until } from '../../../support/processes.ts';
import {
  joinRecordings,
  readReference,
  readSamples,
  wavOf,
  wordErrors,
  words,
} from '../../../support/recordings.ts';
import { standIn } from '../../../support/stand-in-speech.ts';

const SLOW = 300_000;

let folder: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir();
});
afterAll(() => Deno.remove(folder, { recursive: true }));

test('speechProcessor reads the five sentences with at most 2 wrong words of 70', async () => {
  const references = await readReference();
  expect(references.flatMap(({ text }) => words(text))).toHaveLength(70);
  let errors = 0;
  for (const { path, text } of references) {
    const seconds = (await readSamples(path)).length / 16_000;
    const parts = partsOf(await run(speechProcessor, { path }));
    errors += wordErrors(text, parts.map((part) => part.text).join(' '));
    for (const { start, end } of parts) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThan(start!);
      expect(end).toBeLessThanOrEqual(seconds);
    }
  }
  expect(errors).toBeLessThanOrEqual(2);
}, SLOW);

test('speechProcessor resumed at any checkpoint gives what an undisturbed run gives', async () => {
  const path = await write('joined.wav', await joinRecordings({ minutes: 0.8 }));
  const events = await run(speechProcessor, { path });
  expectOrderly(events);
  expect(partsOf(events).length).toBeGreaterThan(3);
  await expectResumable(speechProcessor, path, events);
}, SLOW);

test(
  'a transcription resumes at every checkpoint of a long recording (stand-in model)',
  async () => {
    const processor = createSpeechProcessor({ openEngine: standIn });
    const sound = await readSamples(await write('five.wav', await joinRecordings({ minutes: 3 })));
    // A long silence in the middle has checkpoints of its own.
    const withGap = new Float32Array(sound.length + 100 * 16_000);
    withGap.set(sound.subarray(0, sound.length / 2));
    withGap.set(sound.subarray(sound.length / 2), sound.length / 2 + 100 * 16_000);
    const path = await write('gap.wav', wavOf(withGap));
    const events = await run(processor, { path });
    expectOrderly(events);
    expect(events.filter((event) => event.type === 'parts' && event.parts.length === 0).length)
      .toBeGreaterThan(2);
    await expectResumable(processor, path, events);
  },
  SLOW,
);

test('a transcription says how long the recording is, once, in seconds', async () => {
  const [reference] = await readReference();
  const events = await run(createSpeechProcessor({ openEngine: standIn }), reference!);
  const seconds = (await readSamples(reference!.path)).length / 16_000;
  expect(events.filter(({ type }) => type === 'size')).toEqual([
    { type: 'size', total: seconds, unit: 'second' },
  ]);
});

test('a transcription shows signs of life while a segment is recognised', async () => {
  const engine = await standIn();
  const slow: SpeechEngine = {
    ...engine,
    recognize: (samples) => later(200, engine.recognize(samples)),
  };
  const processor = createSpeechProcessor({ openEngine: () => Promise.resolve(slow), tickMs: 20 });
  const [reference] = await readReference();
  const events = await run(processor, reference!);
  expectOrderly(events);
  const fractions = events.filter(({ type }) => type === 'progress').map((event) =>
    (event as { fraction: number }).fraction
  );
  expect(new Set(fractions).size).toBeGreaterThan(4);
});

test('the next segment is found while one is recognised', async () => {
  const engine = await standIn();
  let heard = 0;
  let recognized = 0;
  const counting: SpeechEngine = {
    borrowDetector() {
      const detector = engine.borrowDetector();
      return { ...detector, hear: (window) => (heard++, detector.hear(window)) };
    },
    async recognize(samples) {
      const before = heard;
      if (recognized++ === 0) await until('more to be heard', () => heard > before);
      return await engine.recognize(samples);
    },
  };
  const processor = createSpeechProcessor({ openEngine: () => Promise.resolve(counting) });
  const path = await write('two.wav', await joinRecordings({ minutes: 0.7 }));
  const parts = partsOf(await run(processor, { path }));
  expect(parts.length).toBeGreaterThan(2);
  const own = createSpeechProcessor({ openEngine: standIn });
  expect(parts).toEqual(partsOf(await run(own, { path })));
});

test('an abort ends a transcription within its segment, by throwing the reason', async () => {
  const engine = await standIn();
  const endless: SpeechEngine = { ...engine, recognize: () => new Promise(() => {}) };
  const processor = createSpeechProcessor({
    openEngine: () => Promise.resolve(endless),
    tickMs: 10,
  });
  const [reference] = await readReference();
  const abort = new AbortController();
  setTimeout(() => abort.abort('stop'), 100);
  await expect(run(processor, reference!, abort.signal)).rejects.toBe('stop');
  await expect(run(processor, reference!, AbortSignal.abort('never'))).rejects.toBe('never');
});

test('speechProcessor obeys an abort within its own engine', async () => {
  const path = await write('abort.wav', await joinRecordings({ minutes: 0.7 }));
  const abort = new AbortController();
  let parts = 0;
  const running = run(speechProcessor, { path }, abort.signal, (event) => {
    if (event.type !== 'parts') return;
    parts += 1;
    abort.abort('stop');
  });
  await expect(running).rejects.toBe('stop');
  expect(parts).toBe(1);
}, SLOW);

test('a segment without text gives no part but moves the checkpoint', async () => {
  const engine = await standIn();
  const deaf: SpeechEngine = { ...engine, recognize: () => Promise.resolve('') };
  const processor = createSpeechProcessor({ openEngine: () => Promise.resolve(deaf) });
  const [reference] = await readReference();
  const events: ProcessEvent[] = [];
  const running = run(processor, reference!, undefined, (event) => events.push(event));
  await expect(running).rejects.toMatchObject({ code: 'empty_text' });
  expect(events.at(-1)).toMatchObject({ type: 'parts', parts: [], fraction: 1 });
});

test('a recording without speech ends with empty_text', async () => {
  const path = await write('hush.wav', wavOf(new Float32Array(5 * 16_000)));
  await expect(run(speechProcessor, { path })).rejects.toMatchObject({
    code: 'empty_text',
    message: 'No speech was found in hush.wav',
  });
}, SLOW);

test('a recording of no length ends with no_audio', async () => {
  const path = await write('nothing.wav', wavOf(new Float32Array()));
  await expect(run(speechProcessor, { path })).rejects.toMatchObject({ code: 'no_audio' });
});

test('recordings of a few samples do not harm the model', async () => {
  for (const length of [1, 511, 513, 1_600]) {
    const path = await write(`${length}.wav`, wavOf(new Float32Array(length).fill(0.5)));
    await run(speechProcessor, { path }).catch((error) => expect(error.code).toBe('empty_text'));
  }
}, SLOW);

test.each(['de', 'fr-CA', 'not a tag', 'enm'])('language %s is refused', async (language) => {
  const [reference] = await readReference();
  const processor = createSpeechProcessor({ openEngine: standIn });
  await expect(run(processor, { ...reference!, language })).rejects.toMatchObject({
    code: 'unsupported_language',
    message: expect.stringContaining('remote transcription service'),
  });
});

test.each(['en', 'en-GB', 'EN_us', 'und', '', null])('language %s is read', async (language) => {
  const [reference] = await readReference();
  const processor = createSpeechProcessor({ openEngine: standIn });
  expect(partsOf(await run(processor, { ...reference!, language }))).toHaveLength(1);
});

test('a checkpoint of another processor is refused', async () => {
  const [reference] = await readReference();
  const processor = createSpeechProcessor({ openEngine: standIn });
  const running = run(processor, { ...reference!, checkpoint: { position: 7 } });
  await expect(running).rejects.toThrow('no checkpoint of a transcription');
});

async function run(
  processor: Processor,
  input: Partial<ProcessInput> & { path: string },
  signal: AbortSignal = new AbortController().signal,
  onEvent: (event: ProcessEvent) => void = () => {},
): Promise<ProcessEvent[]> {
  const events: ProcessEvent[] = [];
  const complete: ProcessInput = {
    name: input.path.split('/').at(-1) ?? '',
    mediaType: 'audio/wav',
    workDir: join(folder, 'work'),
    modelDir: join(folder, 'models'),
    checkpoint: null,
    ...input,
  };
  for await (const event of processor.process(complete, signal)) {
    events.push(event);
    onEvent(event);
  }
  return events;
}

function partsOf(events: readonly ProcessEvent[]): ProcessedPart[] {
  return events.flatMap((event) => event.type === 'parts' ? event.parts : []);
}

function checkpointsOf(events: readonly ProcessEvent[]): Checkpoint[] {
  return events.flatMap((event) => event.type === 'parts' ? [event.checkpoint] : []);
}

/** Fractions never go back and end at 1; parts are numbered and follow each other in time. */
function expectOrderly(events: readonly ProcessEvent[]): void {
  const fractions = events.flatMap((event) => 'fraction' in event ? [event.fraction] : []);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  const parts = partsOf(events);
  expect(parts.map(({ index }) => index)).toEqual(parts.map((_, i) => i));
  parts.slice(1).forEach(({ start }, i) => expect(start).toBeGreaterThanOrEqual(parts[i]!.end!));
}

async function expectResumable(
  processor: Processor,
  path: string,
  events: readonly ProcessEvent[],
): Promise<void> {
  const parts = partsOf(events);
  for (const checkpoint of checkpointsOf(events)) {
    const resumed = partsOf(await run(processor, { path, checkpoint }));
    expect(resumed).toEqual(parts.slice(checkpoint.index as number));
  }
}

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await Deno.writeFile(path, bytes);
  return path;
}

async function later<T>(ms: number, work: Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return work;
}
