/**
 * Workers that are killed, told to stop, or frozen in the middle of a file. Each time the file is
 * held at a gate: what it is in the middle of does not depend on how fast it is read.
 *
 * @module
 */
import { paths } from '#contract/paths.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { RETRY_LIMIT } from '../../../backend/queue/boss.ts';
import { makePdf } from '../../support/documents.ts';
import { standInFile, standInText } from '../../support/gated-reader.ts';
import { follow, type Followed } from '../../support/following.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import {
  endPrograms,
  isAlive,
  processesBelow,
  type Program,
  signalTo,
  until,
} from '../../support/processes.ts';
import { inOtherBytes, joinRecordings, readReference } from '../../support/recordings.ts';

const CHILD = /processing\/child\.ts/;

let app: Installation;
let recording: Uint8Array;
beforeAll(async () => {
  app = await createInstallation({ gated: true });
  await recordCheckpoints();
  recording = await joinRecordings({ minutes: 0.6 });
});
afterEach(async (context) => {
  // A test that failed leaves no work to the next one.
  for (const { sessionId } of runs.splice(0)) {
    await app.send(paths.progress(sessionId), { method: 'DELETE' });
  }
  await endPrograms(context);
});
afterAll(() => app.close());

interface Run {
  readonly name: string;
  readonly fileId: string;
  readonly sessionId: string;
}

const runs: Run[] = [];
let recordings = 0;

async function startRun(name: string, bytes: Uint8Array | string): Promise<Run> {
  const isSound = typeof bytes !== 'string' && name.endsWith('.wav');
  const fileId = await app.upload(name, isSound ? inOtherBytes(bytes, ++recordings) : bytes);
  const run = { name, fileId, sessionId: await app.start(await app.createKnowledge(), [fileId]) };
  runs.push(run);
  return run;
}

/** Writes down every checkpoint that is stored, so that what is read twice shows. */
async function recordCheckpoints(): Promise<void> {
  await app.sql`create table stored (n serial, file_id text, fraction float8, parts int)`;
  await app.sql`
    create function record_checkpoint() returns trigger language plpgsql as $$ begin
      insert into stored (file_id, fraction, parts) values (new.file_id, new.fraction,
        (select count(*) from headway.part where file_id = new.file_id));
      return null;
    end $$`;
  await app.sql`create trigger record_checkpoint after insert or update of checkpoint
    on headway.extraction for each row execute function record_checkpoint()`;
}

interface Stored {
  readonly fraction: number;
  readonly parts: number;
}

/** Every checkpoint of a file, in the order in which they were stored. */
const checkpointsOf = async ({ fileId }: Run): Promise<Stored[]> =>
  await app.sql<Stored[]>`select fraction, parts from stored where file_id = ${fileId} order by n`;

/** What is read twice is stored twice, or goes back. */
async function expectNothingTwice(run: Run): Promise<void> {
  const fractions = (await checkpointsOf(run)).map(({ fraction }) => fraction);
  expect(fractions).toEqual([...new Set(fractions)].toSorted((a, b) => a - b));
}

/** Lets so many parts be read, and waits until they are stored. */
async function readTo(run: Run, parts: number): Promise<void> {
  await app.gates.open(run.name, parts);
  await until(
    `${parts} parts`,
    async () => ((await checkpointsOf(run)).at(-1)?.parts ?? 0) >= parts,
  );
}

const readToEnd = (run: Run) => app.gates.open(run.name, Infinity);

/** As it is in the database; the API learns of it a moment later. */
async function jobOf({ fileId }: Run) {
  const [job] = await app.sql<{ id: string; status: string; attempt: number; error: null }[]>`
    select id, status, attempt, error from headway.job where file_id = ${fileId}`;
  return job!;
}

const isRunning = (attempt: number) => async (run: Run) => {
  const job = await jobOf(run);
  return job.status === 'processing' && job.attempt === attempt;
};

/** Follows it to its end, and looks at what came of that later. */
function followToEnd({ sessionId }: Run): Promise<Followed> {
  const following = follow(app, sessionId, { until: isOver, everyMs: 25 });
  following.catch(() => {});
  return following;
}

/** Whether a worker is in the list of workers. */
const isListed = async ({ pid }: Program) =>
  (await app.sql`select 1 from headway.worker where pid = ${pid}`).length > 0;

const textsOf = async (run: Run) => (await app.parts(run.fileId)).map(({ text }) => text);

const standInTexts = (parts: number) => Array.from({ length: parts }, (_, at) => standInText(at));

test(
  'a transcription moves on evenly, never back; a killed worker repeats no segment',
  async () => {
    const first = await app.startWorker();
    const [reference] = await readReference();
    const warm = await startRun('warm.wav', await Deno.readFile(reference!.path));
    await app.reaches(warm.sessionId, isOver);
    // The model is loaded now. Measured against itself, and against what is promised at least.
    const startedAt = performance.now();
    const undisturbed = await startRun('long.wav', recording);
    const followed = await follow(app, undisturbed.sessionId, { until: isOver });
    expect(followed.last.status).toBe('completed');
    const elapsedMs = performance.now() - startedAt;
    expect(followed.longestStandMs).toBeLessThan(Math.max(3_000, elapsedMs / 4));
    await expectNothingTwice(undisturbed);
    const parts = await app.parts(undisturbed.fileId);
    expect(parts.length).toBeGreaterThan(2);

    await app.gates.open('killed.wav', 2);
    const run = await startRun('killed.wav', recording);
    const following = followToEnd(run);
    await readTo(run, 2);
    const [child] = processesBelow(first.pid, CHILD);
    await app.startWorker();
    first.kill('SIGKILL');
    await until('its child to end', () => !isAlive(child!));
    await until('its end to be seen', async () => !await isListed(first));
    await until('the job elsewhere', () => isRunning(2)(run));
    await readToEnd(run);
    expect((await following).last).toMatchObject({ status: 'completed', attempt: 1 });
    // The same text and times, and no checkpoint stored twice: only the segment that was being
    // recognised is recognised again.
    expect(await app.parts(run.fileId)).toEqual(parts);
    await expectNothingTwice(run);
  },
);

test('a worker killed in a document of many pages: no page is stored twice', async () => {
  const pages = Array.from(
    { length: 900 },
    (_, at) => `Page ${at}\n${'Words on it. '.repeat(30)}`,
  );
  const first = await app.startWorker();
  await app.gates.open('killed.pdf', 50);
  const run = await startRun('killed.pdf', makePdf(pages));
  const following = followToEnd(run);
  await readTo(run, 50);
  first.kill('SIGKILL');
  await readToEnd(run);
  await app.startWorker();
  const { last } = await following;
  expect(last).toMatchObject({ status: 'completed', attempt: 1, files: [{ attempt: 2 }] });
  const { data } = await app.file(run.fileId);
  expect(data.content!.match(/Page \d+/g)).toEqual(pages.map((_, at) => `Page ${at}`));
  await expectNothingTwice(run);
});

test('a worker told to stop hands its job over at once, and no retry is lost', async () => {
  await app.gates.open('handed-over.wav', 2);
  const run = await startRun('handed-over.wav', standInFile(4));
  // More often than a job may be tried, and without getting any further.
  for (let turn = 1; turn <= RETRY_LIMIT + 2; turn++) {
    const worker = await app.startWorker();
    await until('it to run', () => isRunning(turn)(run));
    await readTo(run, 2);
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    expect(await jobOf(run)).toMatchObject({ status: 'interrupted', error: null });
  }
  await app.startWorker();
  await readToEnd(run);
  expect(await app.reaches(run.sessionId, isOver)).toMatchObject({ status: 'completed' });
  expect(await textsOf(run)).toEqual(standInTexts(4));
  await expectNothingTwice(run);
});

test('a worker that was frozen and lost its job changes nothing any more', async () => {
  const frozen = await app.startWorker();
  await app.gates.open('frozen.wav', 2);
  const run = await startRun('frozen.wav', standInFile(4));
  await readTo(run, 2);
  signalTo(frozen.pid, 'SIGSTOP');
  const other = await app.startWorker();
  const following = followToEnd(run);
  await until('another to take over', () => isRunning(2)(run));
  expect(await isListed(frozen)).toBe(true);
  // All that is left to do, the end included, takes it no time at all.
  await app.gates.open(run.name, Infinity, frozen.pid);
  signalTo(frozen.pid, 'SIGCONT');
  await frozen.printed(/: lost/);
  expect(await jobOf(run)).toMatchObject({ status: 'processing', attempt: 2 });
  expect(await textsOf(run)).toEqual(standInTexts(2));
  await readToEnd(run);
  expect((await following).last).toMatchObject({ status: 'completed', files: [{ attempt: 2 }] });
  expect(await textsOf(run)).toEqual(standInTexts(4));
  await expectNothingTwice(run);
  const { id } = await jobOf(run);
  expect(frozen.output).not.toContain(`${id}: completed`);
  await other.printed(new RegExp(`${id}: completed`));
});

test(
  'a worker whose connections are cut goes on, and repeats nothing that was stored',
  async () => {
    const worker = await app.startWorker();
    await app.gates.open('cut-off.wav', 1);
    const run = await startRun('cut-off.wav', standInFile(5));
    const following = followToEnd(run);
    for (const parts of [1, 3]) {
      await readTo(run, parts);
      await app.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name in ('headway-worker', 'headway-queue')`;
    }
    await readToEnd(run);
    expect((await following).last).toMatchObject({ status: 'completed', failed_files: 0 });
    expect(await textsOf(run)).toEqual(standInTexts(5));
    await expectNothingTwice(run);
    expect(isAlive(worker.pid)).toBe(true);
    // The API's own queue was cut off as well, and says so.
    for (const complaint of app.complaints.splice(0)) {
      expect(complaint).toMatch(/terminating|ConnectionLost/);
    }
  },
);
