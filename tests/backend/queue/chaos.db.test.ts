/**
 * Workers are killed at random moments, again and again: nothing is lost, nothing is done twice.
 *
 * @module
 */
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeDocx, makePdf, makeXlsx } from '../../support/documents.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, type Program, until } from '../../support/processes.ts';
import {
  inOtherBytes,
  joinRecordings,
  readReference,
  wordErrors,
} from '../../support/recordings.ts';

const KILLS = 25;
const WORKERS = 4;
const LONG = { minutes: 0.8 };

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

/** The same numbers in every run, so that a failure can be seen again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pages = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => `Page ${i + 1} of ${name} tells of the harbour.`);

async function files(): Promise<Record<string, Uint8Array | string>> {
  const recordings = await Promise.all((await readReference()).map(
    async ({ path }) => [basename(path), await Deno.readFile(path)] as const,
  ));
  const documents = Array.from({ length: 8 }, (_, i): [string, Uint8Array | string][] => [
    [`text-${i}.txt`, `Text ${i} tells of the harbour.`],
    [`pages-${i}.pdf`, makePdf(pages(`pages-${i}`, 120))],
    [`letter-${i}.docx`, makeDocx([`Letter ${i} tells of the harbour.`])],
    [`table-${i}.xlsx`, makeXlsx({ Sheet: [['Place'], [`Harbour ${i}`]] })],
  ]).flat();
  return {
    'long.wav': await joinRecordings(LONG),
    ...Object.fromEntries([...recordings, ...documents]),
  };
}

/** Whether a job runs that is given up when its worker dies once more, as it should be. */
const isLastAttempt = async () =>
  (await app.sql`select 1 from headway_queue.job
    where state = 'active' and retry_count = retry_limit`).length > 0;

test(`${KILLS} kills: every file ends once, with the text it would have had`, async () => {
  const sent = Object.entries(await files());
  const ids = new Map<string, string>();
  for (const [name, bytes] of sent) ids.set(name, await app.upload(name, bytes));
  const knowledgeId = await app.createKnowledge();
  const sessions = [
    await app.start(knowledgeId, [...ids.values()].slice(0, 20), 'medium'),
    await app.start(knowledgeId, [...ids.values()].slice(20), 'low'),
  ];
  const random = randomFrom(20_261_121);
  const workers: Promise<Program>[] = [];
  for (let i = 0; i < WORKERS; i++) workers.push(app.startWorker());
  const over = async () =>
    (await Promise.all(sessions.map(app.status))).every((status) => isOver(status));
  let kills = 0;
  while (kills < KILLS) {
    const victim = await workers.splice(Math.floor(random() * workers.length), 1)[0]!;
    await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
    await until('nothing to run for the last time', async () => !await isLastAttempt());
    victim.kill('SIGKILL');
    await victim.ended;
    kills += 1;
    workers.push(app.startWorker());
  }
  await until('both sessions to end', over, { everyMs: 250 });

  for (const sessionId of sessions) {
    const { status, processed_files, total_files, error } = await app.status(sessionId);
    expect([status, processed_files, error]).toEqual(['completed', total_files, null]);
  }
  const twice = await app.sql`
    select file_id, part_index, ordinal from headway.passage
    group by 1, 2, 3 having count(*) > 1`;
  expect([...twice]).toEqual([]);
  for (let i = 0; i < 8; i++) {
    const parts = await app.parts(ids.get(`pages-${i}.pdf`)!);
    expect(parts.map(({ text }) => text)).toEqual(pages(`pages-${i}`, 120));
  }
  for (const { path, text } of await readReference()) {
    const parts = await app.parts(ids.get(basename(path))!);
    expect(wordErrors(text, parts.map((part) => part.text).join(' '))).toBeLessThanOrEqual(1);
  }
  const interrupted = await app.parts(ids.get('long.wav')!);
  const again = await app.upload('undisturbed.wav', inOtherBytes(await joinRecordings(LONG), 2));
  await app.reaches(await app.start(knowledgeId, [again]), isOver);
  expect(interrupted).toEqual(await app.parts(again));
});
