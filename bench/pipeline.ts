/**
 * What the pipeline costs beside the reading itself: the same documents and recordings through the
 * whole program and with the bare libraries, in turn. Both have done it once before: the start of a
 * process and the loading of a model count on neither side.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Part } from '#contract/files.ts';
import postgres from 'postgres';
import { openDocument, withPage } from '../backend/processing/extract/pdf/document.ts';
import { sharedEngine } from '../backend/processing/transcribe/recognize.ts';
import { SAMPLE_RATE } from '../backend/processing/transcribe/segment.ts';
import { makePdf } from '../tests/support/documents.ts';
import { isOver } from '../tests/support/installation.ts';
import { inOtherBytes, joinRecordings, readSamples } from '../tests/support/recordings.ts';
import { withGrounds } from './database.ts';
import { type Figure, list, median } from './figure.ts';
import { measurePdfEngines } from './pdf-engines.ts';
import { type NamedBytes, withWorld, type World } from './world.ts';

/** Short and many: what else the machine does meanwhile strikes both halves of a pair. */
const PDF = { rounds: 7, pages: 500 };
const SPEECH = { rounds: 4, minutes: 2 };
const TEXTS = { rounds: 2, files: 500 };

export function measurePipeline(): Promise<Figure[]> {
  return withWorld(async (world) => [
    await measurePdf(world),
    await measurePdfEngines(),
    await measureSpeech(world),
    await measureTexts(world),
  ]);
}

/** Seconds from the taking of the first file to the end of the last; the upload is not counted. */
async function through({ client, upload }: World, files: readonly NamedBytes[]) {
  const ids = await upload(files);
  const session = await client.start(await client.createKnowledge(), ids, 'high');
  const done = await client.reaches(session, isOver, { ms: 900_000, everyMs: 500 });
  if (done.status !== 'completed') throw new Error(`It did not complete: ${done.error}`);
  return { seconds: (done.finished_at ?? NaN) - (done.started_at ?? NaN), ids };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** What takes a piece of work so many seconds. */
interface Side {
  (round: number): Promise<number>;
}

/** Seconds of both, side by side; each is first in every other round, and neither in the warm-up. */
async function inTurn(rounds: number, ours: Side, bare: Side): Promise<[number, number][]> {
  await ours(-1);
  await bare(-1);
  const pairs: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    const early = round % 2 === 0 ? null : await bare(round);
    const own = await ours(round);
    pairs.push([own, early ?? await bare(round)]);
  }
  return pairs;
}

async function measurePdf(world: World): Promise<Figure> {
  const { rounds, pages } = PDF;
  const pairs = await inTurn(
    rounds,
    async (round) => {
      const file = { name: `${round}.pdf`, bytes: manyPages(round) };
      return (await through(world, [file])).seconds;
    },
    async (round) => {
      const path = await Deno.makeTempFile({ suffix: '.pdf' });
      await Deno.writeFile(path, manyPages(round));
      const seconds = await timed(() => readPages(path));
      await Deno.remove(path);
      return seconds;
    },
  );
  return share(
    {
      name: 'pages of a PDF a second, against bare PDFium',
      limit: 0.8,
      means: 'Progress, checkpoints, database and index take the rest of the time',
    },
    pairs.map((pair) => pair.map((seconds) => pages / seconds)),
    'pages/s',
  );
}

/** Pages as in a book: forty lines, 2,700 characters. */
function manyPages(round: number): Uint8Array {
  const line = 'There are sentences on a page, and each of them says something.';
  const lines = Array.from({ length: 40 }, (_, at) => `${at} ${line}`).join('\n');
  return makePdf(
    Array.from({ length: PDF.pages }, (_, at) => `Page ${at} of document ${round}\n${lines}`),
  );
}

async function readPages(path: string): Promise<void> {
  const document = await openDocument(path);
  const { call } = document.pdfium;
  for (let at = 0; at < document.pages; at++) {
    await withPage(document, at, ({ pointer }) => {
      const text = call.FPDFText_LoadPage(pointer);
      for (let index = 0; index < call.FPDFText_CountChars(text); index++) {
        call.FPDFText_GetUnicode(text, index);
      }
      call.FPDFText_ClosePage(text);
    });
  }
  document.close();
}

async function measureSpeech(world: World): Promise<Figure> {
  const wav = await joinRecordings({ minutes: SPEECH.minutes });
  const path = await Deno.makeTempFile({ suffix: '.wav' });
  await Deno.writeFile(path, wav);
  const samples = await readSamples(path);
  await Deno.remove(path);
  const engine = await sharedEngine(world.modelDir);
  let segments: Part[] = [];
  const pairs = await inTurn(
    SPEECH.rounds,
    async (round) => {
      const file = { name: `${round}.wav`, bytes: inOtherBytes(wav, 2 * round + 4) };
      const { seconds, ids } = await through(world, [file]);
      segments = await world.client.parts(ids[0] ?? '');
      return seconds;
    },
    () =>
      timed(async () => {
        for (const { start, end } of segments) {
          const [from, to] = [start ?? 0, end ?? 0].map((at) => Math.round(at * SAMPLE_RATE));
          await engine.recognize(samples.slice(from, to));
        }
      }),
  );
  return share(
    {
      name: 'transcription, against the bare engine on the same segments',
      limit: 0.93,
      means: 'Decoding, finding the segments, progress and database take the rest of the time',
    },
    pairs.map((pair) => pair.map((seconds) => SPEECH.minutes * 60 / seconds)),
    'seconds of sound a second',
  );
}

async function measureTexts(world: World): Promise<Figure> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < TEXTS.rounds; round++) {
    const files = Array.from({ length: TEXTS.files }, (_, at) => ({
      name: `${round}-${at}.txt`,
      bytes: `Text ${round}-${at}. ${'It says something, and then something else. '.repeat(20)}`,
    }));
    const { seconds } = await through(world, files);
    ours.push(60 * TEXTS.files / seconds);
    bare.push(60 * TEXTS.files / await insertAlone(files));
  }
  return {
    name: 'small text files a minute',
    value: median(ours),
    unit: '/min',
    bound: 'least',
    limit: 2_000,
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
    await tx`insert into headway.passage (file_id, part_index, ordinal, text, words)
      values (${name}, 0, 0, ${text}, to_tsvector('english', ${text}::text))`;
  });
}

function share(
  about: Pick<Figure, 'name' | 'limit' | 'means'>,
  pairs: readonly (readonly number[])[],
  unit: string,
): Figure {
  const ratios = pairs.map(([ours = NaN, bare = NaN]) => ours / bare);
  const column = (at: 0 | 1) => list(pairs.map((pair) => pair[at]!));
  return {
    ...about,
    unit: 'ratio',
    bound: 'least',
    value: median(ratios),
    detail: `median of the pairs ${list(ratios)}; ${unit}: ours ${column(0)}; bare ${column(1)}`,
  };
}
