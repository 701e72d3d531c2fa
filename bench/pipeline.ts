/**
 * What the pipeline costs beside the reading itself: the same documents and recordings through the
 * whole program and with the bare libraries, in turn.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { getDocumentProxy } from 'unpdf';
import { sharedEngine } from '../backend/processing/transcribe/recognize.ts';
import { SAMPLE_RATE } from '../backend/processing/transcribe/segment.ts';
import { makePdf } from '../tests/support/documents.ts';
import { isOver } from '../tests/support/installation.ts';
import { inOtherBytes, joinRecordings, readSamples } from '../tests/support/recordings.ts';
import { withGrounds } from './database.ts';
import { type Figure, list, median } from './figure.ts';
import { type NamedBytes, withWorld, type World } from './world.ts';

const ROUNDS = 3;
const PAGES = 1_000;
const RECORDING_MINUTES = 2;
const TEXTS = 1_000;

export function measurePipeline(): Promise<Figure[]> {
  return withWorld(async (world) => [
    await measurePdf(world),
    await measureSpeech(world),
    await measureTexts(world),
  ]);
}

/** Seconds from the taking of the first file to the end of the last; the upload is not counted. */
async function through({ client, upload }: World, files: readonly NamedBytes[]) {
  const ids = await upload(files);
  const session = await client.start(await client.createKnowledge(), ids, 'high');
  const done = await client.reaches(session, isOver, { ms: 900_000, everyMs: 100 });
  if (done.status !== 'completed') throw new Error(`It did not complete: ${done.error}`);
  return { seconds: (done.finished_at ?? NaN) - (done.started_at ?? NaN), ids };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function measurePdf(world: World): Promise<Figure> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const text = `Round ${round}. ${'A sentence on a page that says something. '.repeat(40)}`;
    const bytes = makePdf(Array.from({ length: PAGES }, (_, at) => `Page ${at}. ${text}`));
    const { seconds } = await through(world, [{ name: `${round}.pdf`, bytes }]);
    const alone = await timed(() => readPages(bytes));
    if (round < 0) continue;
    ours.push(PAGES / seconds);
    bare.push(PAGES / alone);
  }
  return share(
    {
      name: 'pages of a PDF a second, against bare unpdf',
      limit: 0.8,
      means: 'Progress, checkpoints, database and index take the rest of the time',
    },
    ours,
    bare,
    'pages/s',
  );
}

async function readPages(bytes: Uint8Array): Promise<void> {
  const pdf = await getDocumentProxy(bytes.slice(), { verbosity: 0 });
  for (let at = 1; at <= pdf.numPages; at++) {
    const page = await pdf.getPage(at);
    await page.getTextContent();
    page.cleanup();
  }
  await pdf.loadingTask.destroy();
}

async function measureSpeech(world: World): Promise<Figure> {
  const wav = await joinRecordings({ minutes: RECORDING_MINUTES });
  const path = await Deno.makeTempFile({ suffix: '.wav' });
  await Deno.writeFile(path, wav);
  const samples = await readSamples(path);
  await Deno.remove(path);
  const engine = await sharedEngine(world.modelDir);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const file = { name: `${round}.wav`, bytes: inOtherBytes(wav, 2 * round + 4) };
    const { seconds, ids } = await through(world, [file]);
    const segments = await world.client.parts(ids[0] ?? '');
    const alone = await timed(async () => {
      for (const { start, end } of segments) {
        const [from, to] = [start ?? 0, end ?? 0].map((at) => Math.round(at * SAMPLE_RATE));
        await engine.recognize(samples.slice(from, to));
      }
    });
    if (round < 0) continue;
    ours.push(RECORDING_MINUTES * 60 / seconds);
    bare.push(RECORDING_MINUTES * 60 / alone);
  }
  return share(
    {
      name: 'transcription, against the bare engine on the same segments',
      limit: 0.93,
      means: 'Decoding, finding the segments, progress and database take the rest of the time',
    },
    ours,
    bare,
    'seconds of sound a second',
  );
}

async function measureTexts(world: World): Promise<Figure> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < 2; round++) {
    const files = Array.from({ length: TEXTS }, (_, at) => ({
      name: `${round}-${at}.txt`,
      bytes: `Text ${round}-${at}. ${'It says something, and then something else. '.repeat(20)}`,
    }));
    const { seconds } = await through(world, files);
    ours.push(60 * TEXTS / seconds);
    bare.push(60 * TEXTS / await insertAlone(files));
  }
  return {
    name: 'small text files a minute',
    value: median(ours),
    unit: '/min',
    bound: 'least',
    limit: 1_000,
    means: 'How many notes or mails one worker reads, shows and makes findable in a minute',
    detail: `ours ${list(ours)}; reading each and inserting its text in a transaction of its own ` +
      `${list(bare)}`,
  };
}

/** The least that could be done: read the bytes, store the text with its words, one by one. */
function insertAlone(files: readonly NamedBytes[]): Promise<number> {
  return withGrounds(['bare'], async ([ground]) => {
    const folder = await Deno.makeTempDir();
    for (const { name, bytes } of files) await Deno.writeTextFile(`${folder}/${name}`, `${bytes}`);
    const seconds = await timed(async () => {
      for (const { name } of files) await insertOne(ground!.sql, `${folder}/${name}`, name);
    });
    await Deno.remove(folder, { recursive: true });
    return seconds;
  });
}

async function insertOne(sql: postgres.Sql, path: string, name: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  await sql.begin(async (tx) => {
    await tx`insert into file (id, user_id, filename, created_at) values (${name}, 'u', ${name}, 0)`;
    await tx`insert into headway.passage (file_id, part_index, ordinal, text)
      values (${name}, 0, 0, ${text})`;
  });
}

function share(
  about: Pick<Figure, 'name' | 'limit' | 'means'>,
  ours: readonly number[],
  bare: readonly number[],
  unit: string,
): Figure {
  return {
    ...about,
    unit: 'ratio',
    bound: 'least',
    value: median(ours.map((value, round) => value / bare[round]!)),
    detail: `${unit}, in turn: ours ${list(ours)}; bare ${list(bare)}`,
  };
}
