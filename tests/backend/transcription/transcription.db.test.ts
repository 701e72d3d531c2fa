/**
 * Recordings in knowledge bases whose words a service recognises, with real workers.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { paths } from '../../../backend/contract/paths.ts';
import type { SessionStatusDocument } from '../../../backend/contract/progress.ts';
import { startHeadwayWorker } from '../../../backend/mod.ts';
import { SAMPLE_RATE } from '../../../backend/processing/transcribe/segment.ts';
import type { TranscriptionOptions } from '../../../backend/transcription/transcription.ts';
import { createInstallation, type Installation, isOver, json } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';
import { inOtherBytes, joinRecordings, samplesOf } from '../../support/recordings.ts';
import {
  mishaps,
  startTranscriptionService,
  sumOf,
  type TranscriptionService,
} from '../../support/transcription-service.ts';

let service: TranscriptionService;
let app: Installation;
let recording: Uint8Array;
/** What is in it, in [-1, 1]. */
let sound: Float32Array;
/** One segment. */
let short: Uint8Array;
let knowledge: string;
/** Other bytes each time: what was read before would be used again. */
let recordings = 0;

beforeAll(async () => {
  service = startTranscriptionService();
  app = await createInstallation({ transcription: { endpoint: service.url, parallel: 2 } });
  recording = await joinRecordings({ minutes: 0.9 });
  sound = samplesOf(recording);
  short = await joinRecordings({ minutes: 0.1 });
  knowledge = await app.createKnowledge();
});
beforeEach(() => {
  service.requests.length = 0;
  Object.assign(service.options, { workMs: 0, always: undefined, segments: undefined });
});
afterEach(endPrograms);
afterAll(async () => {
  await app.close();
  await service.close();
});

const sendRecording = () => app.upload('talk.wav', inOtherBytes(recording, ++recordings));
const sendShort = () => app.upload('word.wav', inOtherBytes(short, ++recordings));
const fileOf = (status: SessionStatusDocument) => status.files![0]!;
const patch = (body: unknown): RequestInit => ({ ...json(body), method: 'PATCH' });

/** The words of a file, part by part. */
const wordsOf = async (file: string) => (await app.parts(file)).map(({ text }) => text);

/** The service says of each sound what tells it from others: so these are the words of its segments. */
async function expectOwnWords(file: string): Promise<void> {
  const parts = await app.parts(file);
  const said = ({ start, end }: typeof parts[0]) =>
    sumOf(sound.slice(Math.round(start! * SAMPLE_RATE), Math.round(end! * SAMPLE_RATE)));
  expect(parts.map(({ text }) => text)).toEqual(parts.map(said));
  const starts = parts.map(({ start }) => start!);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  // Those at work at once may arrive in any order.
  const heard = new Set(service.requests.map(({ key }) => key));
  expect(heard).toEqual(new Set(parts.map(({ text }) => text)));
}

/** How often each of these segments was asked for; the words of one are its key. */
const countsOf = (words: readonly string[]) =>
  words.map((word) => service.requests.filter(({ key }) => key === word).length);

/** A worker in this process, which waits for nothing for long. */
async function withWorker<T>(
  options: Partial<TranscriptionOptions>,
  work: (log: string[]) => Promise<T>,
): Promise<T> {
  const log: string[] = [];
  const worker = await startHeadwayWorker({
    databaseUrl: app.url,
    dataDir: app.dataDir,
    log: (message) => log.push(message),
    transcription: {
      endpoint: service.url,
      parallel: 2,
      backoffSeconds: 0.01,
      breakSeconds: 0.3,
      patienceSeconds: 0.1,
      ...options,
    },
  });
  return await work(log).finally(() => worker.stop());
}

test(
  'a killed worker: another goes on with the segment it was at, and redoes no other',
  async () => {
    const first = await app.startWorker();
    service.options.segments = 3;
    const file = await sendRecording();
    const session = await app.start(knowledge, [file]);
    const done = await until('two segments', async () => {
      const parts = await wordsOf(file);
      return parts.length >= 2 && parts;
    });
    first.kill('SIGKILL');
    await first.ended;
    service.options.segments = undefined;
    await app.startWorker();
    const { status } = await app.reaches(session, isOver);
    expect(status).toBe('completed');
    const words = await wordsOf(file);
    await expectOwnWords(file);
    expect(words.slice(0, done.length)).toEqual(done);
    expect(countsOf(done)).toEqual(done.map(() => 1));
    // What was at work when it was killed is asked for again, and no more than that.
    expect(service.requests.length).toBeLessThanOrEqual(words.length + 2);
    expect(await app.ask(`${paths.fileParts(file)}?limit=1`))
      .toMatchObject({ kind: 'transcript', complete: true });
  },
  120_000,
);

test('an outage holds a job, keeps nothing else waiting, and costs no attempt', async () => {
  await withWorker({}, async () => {
    service.options.always = () => service.requests.length > 3 ? mishaps.status(503) : null;
    const file = await sendRecording();
    const session = await app.start(knowledge, [file]);
    const isHeld = (status: SessionStatusDocument) => fileOf(status).next_attempt_at !== null;
    const held = await app.reaches(session, isHeld);
    expect(fileOf(held)).toMatchObject({
      status: 'queued',
      message: expect.stringMatching(
        /^The transcription service is not reachable; trying again in \d+ s$/,
      ),
      error: null,
    });
    const done = await wordsOf(file);
    const note = await app.start(knowledge, [await app.upload('note.txt', 'A note')]);
    expect((await app.reaches(note, isOver)).status).toBe('completed');
    await until('the outage at /ready', async () => (await ready()).transcription === 'down');
    service.options.always = undefined;
    expect((await app.reaches(session, isOver)).status).toBe('completed');
    expect(await ready()).toEqual({ transcription: 'up' });
    expect((await wordsOf(file)).slice(0, done.length)).toEqual(done);
    await expectOwnWords(file);
    expect(countsOf(done)).toEqual(done.map(() => 1));
  });
});

async function ready(): Promise<Record<string, string>> {
  const answer = await app.raw('/ready');
  const { services } = await answer.json() as { services: { service: string; status: string }[] };
  return Object.fromEntries(services.map(({ service, status }) => [service, status]));
}

test('an outage that outlasts the budget is an end, with its reason', async () => {
  await withWorker({ budgetSeconds: 1 }, async () => {
    service.options.always = () => mishaps.status(503);
    const session = await app.start(knowledge, [await sendShort()]);
    expect(fileOf(await app.reaches(session, isOver))).toMatchObject({
      status: 'error',
      error_code: 'service_unavailable',
      error: expect.stringMatching(/^The transcription service is not reachable; given up after/),
    });
  });
});

test('a refusal fails the file at once; its log and its reason hold no key', async () => {
  await withWorker({ key: 'sk-hush' }, async (log) => {
    service.options.always = () => mishaps.status(400, {}, 'No such model for sk-hush');
    const session = await app.start(knowledge, [await sendShort()]);
    expect(fileOf(await app.reaches(session, isOver))).toMatchObject({
      error_code: 'service_refused',
      error: expect.stringMatching(/refused: No such model for \*\*\* \(at 0:00–/),
    });
    expect(service.requests.length).toBeLessThanOrEqual(2);
    expect(log.join('\n')).toContain('No such model');
    expect(log.join('\n')).not.toContain('sk-hush');
  });
});

test('the service is told the language of the file, else of the knowledge base', async () => {
  await withWorker({}, async () => {
    const settings = paths.knowledgeProcessing(knowledge);
    expect(await app.ask(settings, patch({ language: 'EN_us' })))
      .toEqual({ analyzer: null, language: 'en-US', speech_languages: null });
    await app.reaches(await app.start(knowledge, [await sendShort()]), isOver);
    const file = await sendShort();
    await app.ask(paths.fileProcessing(file), patch({ language: 'de-AT' }));
    expect(await app.ask(paths.fileProcessing(file))).toEqual({ language: 'de-AT' });
    const first = service.requests.splice(0);
    await app.reaches(await app.start(knowledge, [file]), isOver);
    const told = (requests: typeof first) => [...new Set(requests.map((r) => r.fields.language))];
    expect([told(first), told(service.requests)]).toEqual([['en'], ['de']]);
    await app.ask(settings, patch({ language: null }));
  });
});

test(
  'without a service a recording in another language says what to configure, and can be put right',
  async () => {
    const worker = await startHeadwayWorker({ databaseUrl: app.url, dataDir: app.dataDir });
    try {
      const file = await sendShort();
      await app.ask(paths.fileProcessing(file), patch({ language: 'de' }));
      const session = await app.start(knowledge, [file]);
      expect(fileOf(await app.reaches(session, isOver))).toMatchObject({
        error_code: 'unsupported_language',
        error: expect.stringMatching(/in German \(de\).*TRANSCRIPTION_ENDPOINT/),
      });
      await app.ask(paths.fileProcessing(file), patch({ language: null }));
      await app.ask(paths.sessionAction(session, 'retry'), { method: 'POST' });
      await app.reaches(session, (status) => /Loading|Transcribed/.test(fileOf(status).message));
      await app.ask(paths.sessionAction(session, 'cancel'), { method: 'POST' });
    } finally {
      await worker.stop();
    }
  },
  60_000,
);

test('what is no language is refused, wherever it is declared', async () => {
  const file = await sendShort();
  const form = new FormData();
  form.append('metadata', JSON.stringify({ language: 'xx' }));
  form.append('file', new Blob(['A']), 'a.txt');
  const upload = { 'tus-resumable': '1.0.0', 'upload-length': '1' };
  const answers = [
    await app.send(paths.fileProcessing(file), patch({ language: 'klingon' })),
    await app.send(paths.knowledgeProcessing(knowledge), patch({ language: 'de-' })),
    await app.send(paths.startSession(knowledge), json({ file_ids: [file], language: '??' })),
    await app.send(paths.files, { method: 'POST', body: form }),
    await app.send(paths.uploads, {
      method: 'POST',
      headers: { ...upload, 'upload-metadata': `filename ${btoa('a.txt')},language ${btoa('xx')}` },
    }),
  ];
  for (const answer of answers) {
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('must be a language tag, like de or en-GB');
  }
});
