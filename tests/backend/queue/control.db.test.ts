/**
 * Cancel, pause and resume reach a file that is being read.
 *
 * @module
 */
import { paths, type SessionAction } from '#contract/paths.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makePdf } from '../../support/documents.ts';
import { standInFile, standInText } from '../../support/gated-reader.ts';
import { follow } from '../../support/following.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, isAlive, processesBelow, until } from '../../support/processes.ts';

const CHILD = /processing\/child\.ts/;

let app: Installation;
beforeAll(async () => {
  app = await createInstallation({ gated: true });
});
afterEach(endPrograms);
afterAll(() => app.close());

interface Run {
  readonly name: string;
  readonly knowledgeId: string;
  readonly fileId: string;
  readonly sessionId: string;
}

/** Starts reading a file, and lets so many of its parts be read. */
async function startRun(name: string, bytes: Uint8Array | string, parts = Infinity): Promise<Run> {
  await app.gates.open(name, parts);
  const knowledgeId = await app.createKnowledge();
  const fileId = await app.upload(name, bytes);
  return { name, knowledgeId, fileId, sessionId: await app.start(knowledgeId, [fileId]) };
}

const command = (run: Run, action: SessionAction) =>
  app.ask(paths.sessionAction(run.sessionId, action), { method: 'POST' });

const reachesParts = (run: Run, count: number) =>
  until(`${count} parts`, async () => (await app.parts(run.fileId)).length >= count);

test(
  'cancel ends the process that reads a file and leaves nothing in search',
  async () => {
    const worker = await app.startWorker();
    const pages = Array.from({ length: 900 }, (_, at) => `Page ${at}\n${'Harbour. '.repeat(40)}`);
    const run = await startRun('cancelled.pdf', makePdf(pages), 2);
    await reachesParts(run, 2);
    const [child] = processesBelow(worker.pid, CHILD);
    await command(run, 'cancel');
    await until('its child to end', () => !isAlive(child!));
    expect(await app.status(run.sessionId)).toMatchObject({
      status: 'cancelled',
      progress: expect.any(Number),
    });
    // Not even where the app has the file in a knowledge base: what was read of it stays, to go on.
    await app
      .sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      values (gen_random_uuid(), ${run.knowledgeId}, ${run.fileId}, 'local', 0, 0)`;
    const [{ text } = { text: '' }] = await app.parts(run.fileId);
    const words = text.split(/\W+/).filter((word) => word.length > 4)
      .slice(0, 20).join(' OR ');
    expect((await app.search(run.knowledgeId, words)).hits).toEqual([]);
    // The worker is free for the next file.
    const next = await startRun('next.wav', standInFile(2));
    await app.reaches(next.sessionId, isOver);
  },
);

test('pause stops a running file, resume goes on from there', async () => {
  await app.startWorker();
  const run = await startRun('paused.wav', standInFile(4), 2);
  const following = follow(app, run.sessionId, { until: isOver });
  await reachesParts(run, 2);
  await command(run, 'pause');
  const next = await startRun('after-paused.wav', standInFile(2));
  await app.reaches(next.sessionId, isOver);
  const paused = await app.status(run.sessionId);
  expect(paused).toMatchObject({ status: 'paused', files: [{ status: 'paused' }] });
  await command(run, 'resume');
  await app.gates.open(run.name, Infinity);
  const { last } = await following;
  expect(last).toMatchObject({ status: 'completed', attempt: 1 });
  expect((await app.parts(run.fileId)).map(({ text }) => text))
    .toEqual([0, 1, 2, 3].map(standInText));
});

test(
  'commands and a worker that report at the same moment do not lock each other out',
  async () => {
    await app.startWorker();
    const run = await startRun('contended.wav', standInFile(4), 1);
    for (const parts of [1, 2]) {
      await app.gates.open(run.name, parts);
      await reachesParts(run, parts);
      await whileItsSessionIsLocked(run, () => command(run, 'pause'));
      await command(run, 'resume');
    }
    await app.gates.open(run.name, Infinity);
    const done = await app.reaches(run.sessionId, isOver);
    expect(done).toMatchObject({ status: 'completed', failed_files: 0 });
  },
);

/** Sends a command that waits for the session, and holds it until the worker waits as well. */
async function whileItsSessionIsLocked(run: Run, send: () => Promise<unknown>): Promise<void> {
  let sent: Promise<unknown> = Promise.resolve();
  await app.sql.begin(async (tx) => {
    await tx`select 1 from headway.session where id = ${run.sessionId} for update`;
    sent = send();
    sent.catch(() => {});
    await until('both to wait', async () => {
      const [row] = await tx`select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      return row?.waiting >= 2;
    });
  });
  await sent;
}

test('two sessions of one file read it once', async () => {
  for (let i = 0; i < 2; i++) await app.startWorker();
  const first = await startRun('shared.wav', standInFile(3), 1);
  await reachesParts(first, 1);
  const knowledgeId = await app.createKnowledge();
  const second = await app.start(knowledgeId, [first.fileId]);
  const [waiting] = (await app.reaches(second, ({ message }) => message !== '')).files!;
  expect(waiting!.status).toBe('queued');
  await app.gates.open(first.name, Infinity);
  const one = await app.reaches(first.sessionId, isOver);
  const other = await app.reaches(second, isOver);
  expect([one.status, other.status]).toEqual(['completed', 'completed']);
  expect(other.files).toMatchObject([{ status: 'completed', attempt: 1 }]);
  const hits = await Promise.all(
    [first.knowledgeId, knowledgeId].map(async (id) => (await app.search(id, 'Part')).hits),
  );
  expect(hits[0]!.length).toBeGreaterThan(0);
  expect(hits[1]).toEqual(hits[0]);
});
