/**
 * Recordings whose words a service recognises: what a reader of them gets is what the embedded model
 * would have given, whatever goes wrong on the way.
 */
import { formatMessage } from '../../../backend/contract/messages/catalogue.ts';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProcessEvent, ProcessInput } from '../../../backend/processing/processor.ts';
import { piecesOf, type PiecesOptions } from '../../../backend/processing/transcribe/pieces.ts';
import { sharedEngine } from '../../../backend/processing/transcribe/recognize.ts';
import {
  createSpeechProcessor,
  speechProcessor,
} from '../../../backend/processing/transcribe/transcribe.ts';
import { transcribeRemotely } from '../../../backend/transcription/transcribe.ts';
import {
  openTranscription,
  type TranscriptionOptions,
} from '../../../backend/transcription/transcription.ts';
import { joinRecordings, readReference, wavOf } from '../../support/recordings.ts';
import { standIn } from '../../support/stand-in-speech.ts';
import {
  mishaps,
  startTranscriptionService,
  type TranscriptionService,
} from '../../support/transcription-service.ts';

const KEY = 'sk-very-secret';
const MODELS = new URL('../../../node_modules/.headway-test-models', import.meta.url).pathname;
/** So many segments has the recording that most of these tests read. */
const SEGMENTS = 6;

let folder: string;
let path: string;
let service: TranscriptionService;
let undisturbed: ProcessEvent[];

beforeAll(async () => {
  folder = await Deno.makeTempDir();
  path = join(folder, 'talk.wav');
  await Deno.writeFile(path, await joinRecordings({ minutes: 1.2 }));
  undisturbed = await collect(
    createSpeechProcessor({ openEngine: standIn }).process(inputOf(), never),
  );
  expect(partsOf(undisturbed)).toHaveLength(SEGMENTS);
});
beforeEach(() => {
  service = startTranscriptionService();
});
afterEach(() => service.close());
afterAll(() => Deno.remove(folder, { recursive: true }));

const never = new AbortController().signal;

function inputOf(more: Partial<ProcessInput> = {}): ProcessInput {
  return {
    path,
    name: 'talk.wav',
    mediaType: 'audio/wav',
    workDir: join(folder, 'work'),
    modelDir: MODELS,
    checkpoint: null,
    ...more,
  };
}

type Options = Partial<TranscriptionOptions> & PiecesOptions & { tickMs?: number };

/** Reads it there. Nothing waits long in between. */
function read(
  input: Partial<ProcessInput> = {},
  { openVoices = standIn, tickMs = 20, ...options }: Options = {},
  signal: AbortSignal = never,
): AsyncGenerator<ProcessEvent> {
  const transcription = openTranscription({
    endpoint: service.url,
    key: KEY,
    backoffSeconds: 0.01,
    breakSeconds: 0.05,
    patienceSeconds: 0.5,
    ...options,
  }, () => {});
  const pieces = (given: ProcessInput, either: AbortSignal) =>
    piecesOf(given, either, { openVoices });
  return transcribeRemotely({ transcription, input: inputOf(input), pieces, tickMs }, signal);
}

async function collect(events: AsyncIterable<ProcessEvent>): Promise<ProcessEvent[]> {
  return await Array.fromAsync(events);
}

/** What was told before it failed, and the failure. */
async function failing(events: AsyncIterable<ProcessEvent>) {
  const told: ProcessEvent[] = [];
  try {
    for await (const event of events) told.push(event);
  } catch (error) {
    return { told, error: error as Error };
  }
  throw new Error('It did not fail');
}

/** All that is stored of them: parts, checkpoints and how far each is. */
const stored = (events: readonly ProcessEvent[]) => events.filter(({ type }) => type === 'parts');
const partsOf = (events: readonly ProcessEvent[]) =>
  events.flatMap((event) => event.type === 'parts' ? event.parts : []);

test.each([1, 2, 8])('%i at once give what the embedded model gives', async (parallel) => {
  service.options.workMs = 120;
  const events = await collect(read({}, { parallel }));
  expect(stored(events)).toEqual(stored(undisturbed));
  expect(service.counts()).toEqual(Array(SEGMENTS).fill(1));
  expect(service.atWork.most).toBeLessThanOrEqual(parallel);
  if (parallel > 1) expect(service.atWork.most).toBeGreaterThan(1);
  const fractions = events.flatMap((event) => 'fraction' in event ? [event.fraction] : []);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(new Set(fractions).size).toBeGreaterThan(SEGMENTS);
});

test('each request says what the protocol asks for', async () => {
  await collect(read({ language: 'de-AT' }, { model: 'large', endpoint: `${service.url}/v1/` }));
  const [{ fields, headers }] = service.requests as [typeof service.requests[0]];
  expect(fields).toEqual({
    model: 'large',
    response_format: 'verbose_json',
    'timestamp_granularities[]': 'segment',
    language: 'de',
  });
  expect(headers.get('authorization')).toBe(`Bearer ${KEY}`);
});

test('the words are those that the service says, with the times it gives', async () => {
  service.options.phrases = 2;
  const parts = partsOf(await collect(read()));
  const whole = partsOf(undisturbed);
  expect(parts).toHaveLength(2 * SEGMENTS);
  whole.forEach(({ text, start, end }, i) => {
    const [first, second] = parts.slice(2 * i, 2 * i + 2);
    expect(`${first?.text} ${second?.text}`).toBe(text);
    expect([first?.start, second?.end]).toEqual([start, end]);
    expect(first?.end).toBeCloseTo((start! + end!) / 2, 2);
    expect(second?.start).toBe(first?.end);
  });
});

test('real words: the embedded model behind the protocol says what it says here', async () => {
  const [, { path }] = await readReference() as [unknown, { path: string }];
  const engine = await sharedEngine(MODELS);
  service.options.hear = (samples) => engine.recognize(samples);
  const there = partsOf(
    await collect(read({ path }, { openVoices: () => Promise.resolve(engine) })),
  );
  const here = partsOf(await collect(speechProcessor.process(inputOf({ path }), never)));
  expect(there).toEqual(here);
  expect(there.map(({ text }) => text).join(' ')).toMatch(/\w+ \w+ \w+/);
});

test('resumed at any checkpoint it gives the rest, and asks for nothing else', async () => {
  for (const event of stored(undisturbed)) {
    if (event.type !== 'parts') continue;
    service.requests.length = 0;
    const { checkpoint } = event;
    const rest = partsOf(await collect(read({ checkpoint })));
    expect(rest).toEqual(partsOf(undisturbed).slice(checkpoint.index as number));
    expect(service.requests).toHaveLength(rest.length);
  }
});

test.each([
  ['500', mishaps.status(500)],
  ['503', mishaps.status(503)],
  ['429 with Retry-After', mishaps.status(429, { 'retry-after-ms': '40' })],
  ['a cut connection', mishaps.cut],
  ['no JSON', mishaps.notJson],
  ['an answer that never comes', mishaps.slow(1_800)],
])('%s costs one more request for one segment', async (_, mishap) => {
  service.options.always = ({ key }, count) =>
    key === service.requests[2]?.key && count === 1 ? mishap : null;
  const events = await collect(read({}, { attemptSeconds: 1.5, parallel: 3 }));
  expect(stored(events)).toEqual(stored(undisturbed));
  expect(service.counts()).toEqual([1, 1, 2, 1, 1, 1]);
});

test('a segment that always fails ends in its reason, once what is before it is told', async () => {
  service.options.always = ({ key }) =>
    key === service.requests[2]?.key ? mishaps.status(500, {}, 'No GPU') : null;
  const { told, error } = await failing(read({}, { parallel: 1 }));
  expect(stored(told)).toEqual(stored(undisturbed).slice(0, 2));
  expect(error).toMatchObject({
    code: 'service_unavailable',
    message: expect.stringMatching(/service has a failure of its own: No GPU \(at 0:\d\d–0:\d\d\)/),
  });
  expect(service.counts()).toEqual([1, 1, 4]);
});

test('what the service will never take ends at once, with its reason', async () => {
  service.options.always = ({ key }) =>
    key === service.requests[1]?.key ? mishaps.status(400, {}, `Bad sound, ${KEY}`) : null;
  const { told, error } = await failing(read({}, { parallel: 1 }));
  expect(stored(told)).toEqual(stored(undisturbed).slice(0, 1));
  expect(error).toMatchObject({
    code: 'service_refused',
    message: expect.stringMatching(/^The transcription service refused: Bad sound, \*\*\* \(at 0:/),
  });
  expect(service.counts()).toEqual([1, 1]);
});

test('a key that is not taken is told of, and not told', async () => {
  service.next(
    ...Array(SEGMENTS).fill(mishaps.status(401, {}, `Incorrect key: ${KEY.slice(0, 8)}***`)),
  );
  const { error } = await failing(read());
  expect(error).toMatchObject({ code: 'service_refused' });
  expect(error.message).toBe(
    'The transcription service does not take its key (HTTP 401): the operator has to check it',
  );
  expect(Deno.inspect(error, { depth: 9 })).not.toContain('sk-very');
});

test('a service that is away for a while is waited for; people are told', async () => {
  await service.goDown();
  const messages: string[] = [];
  const events: ProcessEvent[] = [];
  for await (const event of read({}, { patienceSeconds: 20 })) {
    events.push(event);
    if (event.type !== 'progress' || event.message.code !== 'service_wait') continue;
    messages.push(formatMessage(event.message));
    if (messages.length === 1) service.comeBack();
  }
  expect(stored(events)).toEqual(stored(undisturbed));
  expect(messages[0]).toMatch(/^The transcription service is not reachable; trying again in \d s$/);
});

test('a service that stays away holds the job at the segment it is at', async () => {
  service.options.always = () => service.requests.length > 2 ? mishaps.status(503) : null;
  const { told, error } = await failing(read({}, { parallel: 1 }));
  expect(stored(told)).toEqual(stored(undisturbed).slice(0, 2));
  expect(error).toMatchObject({ name: 'Held', message: expect.stringMatching(/not reachable/) });
});

test('a service that asks for more time than a job waits in its worker is given it', async () => {
  service.next(...Array(SEGMENTS).fill(mishaps.status(429, { 'retry-after': '90' })));
  const { error } = await failing(read());
  expect(error).toMatchObject({
    name: 'Held',
    seconds: 90,
    message: 'The transcription service has too much to do',
  });
});

test('an abort ends it at once, with its reason, and what is at work there', async () => {
  service.options.workMs = 5_000;
  const abort = new AbortController();
  setTimeout(() => abort.abort('stop'), 150);
  const { error } = await failing(read({}, {}, abort.signal));
  expect(error).toBe('stop');
  service.options.workMs = 0;
});

test('whoever stops reading ends it as well', async () => {
  service.options.workMs = 20;
  for await (const event of read()) if (event.type === 'parts') break;
  const asked = service.requests.length;
  expect(asked).toBeLessThanOrEqual(SEGMENTS);
});

test('a recording without speech ends with empty_text, and nobody is asked', async () => {
  const hush = join(folder, 'hush.wav');
  await Deno.writeFile(hush, wavOf(new Float32Array(40 * 16_000)));
  const { error } = await failing(read({ path: hush, name: 'hush.wav' }));
  expect(error).toMatchObject({
    code: 'empty_text',
    message: 'No speech was found in hush.wav',
  });
  expect(service.requests).toEqual([]);
});

test('a very short sound is made long enough for services', async () => {
  const short = join(folder, 'short.wav');
  await Deno.writeFile(short, wavOf(new Float32Array(1_600).fill(0.5)));
  const [part] = partsOf(await collect(read({ path: short })));
  expect(service.requests[0]?.samples.length).toBe(1.1 * 16_000);
  expect(part).toMatchObject({ start: 0, end: 0.1 });
});
