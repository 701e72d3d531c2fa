/**
 * Workers that are killed, told to stop, or frozen in the middle of a file.
 *
 * @module
 */
import type { Part } from '#contract/files.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { RETRY_LIMIT } from '../../../backend/queue/boss.ts';
import { makePdf } from '../../support/documents.ts';
import { follow } from '../../support/following.ts';
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
const SLOW = 120_000;

let app: Installation;
let recording: Uint8Array;
beforeAll(async () => {
  app = await createInstallation();
  await recordCheckpoints();
  recording = await joinRecordings({ minutes: 1.1 });
});
afterEach(endPrograms);
afterAll(() => app.close());

interface Run {
  readonly fileId: string;
  readonly sessionId: string;
}

let runs = 0;

async function startRun(name: string, bytes: Uint8Array): Promise<Run> {
  const fileId = await app.upload(
    name,
    name.endsWith('.wav') ? inOtherBytes(bytes, ++runs) : bytes,
  );
  return { fileId, sessionId: await app.start(await app.createKnowledge(), [fileId]) };
}

/** Writes down every checkpoint that is stored, so that what is read twice shows. */
async function recordCheckpoints(): Promise<void> {
  await app.sql`create table stored (n serial, file_id text, checkpoint jsonb, parts int)`;
  await app.sql`
    create function record_checkpoint() returns trigger language plpgsql as $$ begin
      insert into stored (file_id, checkpoint, parts) values (new.file_id, new.checkpoint,
        (select count(*) from headway.part where file_id = new.file_id));
      return null;
    end $$`;
  await app.sql`create trigger record_checkpoint after insert or update of checkpoint
    on headway.extraction for each row execute function record_checkpoint()`;
}

interface Stored {
  readonly checkpoint: Record<string, number>;
  readonly parts: number;
}

/** Every checkpoint of a file, in the order in which they were stored. */
const checkpointsOf = async ({ fileId }: Run): Promise<Stored[]> =>
  await app.sql<
    Stored[]
  >`select checkpoint, parts from stored where file_id = ${fileId} order by n`;

const reaches = (run: Run, parts: number) =>
  until(`${parts} parts`, async () => {
    const stored = await checkpointsOf(run);
    return (stored.at(-1)?.parts ?? 0) >= parts && stored;
  }, { ms: 60_000 });

const jobOf = async (run: Run) => (await app.status(run.sessionId)).files![0]!;

const isRunning = (attempt: number) => async (run: Run) => {
  const job = await jobOf(run);
  return job.status === 'processing' && job.attempt === attempt;
};

/** Whether a worker is in the list of workers. */
const isListed = async ({ pid }: Program) =>
  (await app.sql`select 1 from headway.worker where pid = ${pid}`).length > 0;

interface Outcome {
  readonly parts: Part[];
  readonly checkpoints: Stored[];
}

const outcomeOf = async (run: Run): Promise<Outcome> => ({
  parts: await app.parts(run.fileId),
  checkpoints: await checkpointsOf(run),
});

/** Of a transcription that nothing disturbs; the first test makes it. */
let undisturbed: Outcome;

test('a transcription moves on evenly, never back, to the end', async () => {
  await app.startWorker();
  const [reference] = await readReference();
  const first = await startRun('first.wav', await Deno.readFile(reference!.path));
  await app.reaches(first.sessionId, isOver);
  // The model is loaded now. Measured against itself: how fast this machine is is nobody's fault.
  const startedAt = performance.now();
  const run = await startRun('long.wav', recording);
  const followed = await follow(app, run.sessionId, { until: isOver });
  undisturbed = await outcomeOf(run);
  expect(followed.last.status).toBe('completed');
  expect(followed.longestStandMs).toBeLessThan((performance.now() - startedAt) / 4);
  expect(undisturbed.parts.length).toBeGreaterThan(5);
}, SLOW);

test('a killed worker: its job goes on elsewhere, at the checkpoint', async () => {
  const first = await app.startWorker();
  const run = await startRun('killed.wav', recording);
  const following = follow(app, run.sessionId, { until: isOver });
  await reaches(run, 3);
  const [child] = processesBelow(first.pid, CHILD);
  await app.startWorker();
  first.kill('SIGKILL');
  await until('its child to end', () => !isAlive(child!));
  await until('its end to be seen', async () => !await isListed(first));
  await until('the job elsewhere', () => isRunning(2)(run), { ms: 45_000 });
  expect((await following).last).toMatchObject({ status: 'completed', attempt: 1 });
  // The same text and times, and no checkpoint stored twice: only the segment that was being
  // recognised is recognised again.
  expect(await outcomeOf(run)).toEqual(undisturbed);
}, SLOW);

test('a worker killed in a document of many pages: no page is stored twice', async () => {
  const pages = Array.from(
    { length: 900 },
    (_, at) => `Page ${at}\n${'Words on it. '.repeat(30)}`,
  );
  const document = makePdf(pages);
  const first = await app.startWorker();
  const run = await startRun('killed.pdf', document);
  const following = follow(app, run.sessionId, { until: isOver, everyMs: 25 });
  await reaches(run, 50);
  first.kill('SIGKILL');
  await app.startWorker();
  const { last } = await following;
  expect(last).toMatchObject({ status: 'completed', attempt: 1, files: [{ attempt: 2 }] });
  const { data } = await app.file(run.fileId);
  expect(data.content!.match(/Page \d+/g)).toEqual(pages.map((_, at) => `Page ${at}`));
  const stored = (await checkpointsOf(run)).map(({ parts }) => parts);
  expect(stored).toEqual([...new Set(stored)].toSorted((a, b) => a - b));
}, SLOW);

test('a worker told to stop hands its job over at once, and no retry is lost', async () => {
  const run = await startRun('handed-over.wav', recording);
  // More often than a job may be tried.
  for (let turn = 1; turn <= RETRY_LIMIT + 2; turn++) {
    const worker = await app.startWorker();
    await until('it to run', () => isRunning(turn)(run));
    if (turn === 3) await reaches(run, 2);
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    expect(await jobOf(run)).toMatchObject({ status: 'interrupted', error: null });
  }
  await app.startWorker();
  await app.reaches(run.sessionId, isOver, { ms: 60_000 });
  expect(await outcomeOf(run)).toEqual(undisturbed);
}, SLOW);

test('a worker that was frozen and lost its job changes nothing any more', async () => {
  const frozen = await app.startWorker();
  const run = await startRun('frozen.wav', recording);
  await reaches(run, 2);
  const child = processesBelow(frozen.pid, CHILD)[0]!;
  for (const pid of [frozen.pid, child]) signalTo(pid, 'SIGSTOP');
  await app.startWorker();
  const following = follow(app, run.sessionId, { until: isOver });
  await until('another to take over', () => isRunning(2)(run), { ms: 45_000 });
  expect(await isListed(frozen)).toBe(true);
  for (const pid of [child, frozen.pid]) signalTo(pid, 'SIGCONT');
  await frozen.printed(/: lost/);
  expect((await following).last).toMatchObject({ status: 'completed', files: [{ attempt: 2 }] });
  expect(await outcomeOf(run)).toEqual(undisturbed);
  expect(frozen.output).not.toMatch(/: completed/);
}, SLOW);

test(
  'a worker whose connections are cut goes on, and repeats nothing that was stored',
  async () => {
    const worker = await app.startWorker();
    const run = await startRun('cut-off.wav', recording);
    const following = follow(app, run.sessionId, { until: isOver });
    for (const parts of [1, 3]) {
      await reaches(run, parts);
      await app.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name in ('headway-worker', 'headway-queue')`;
    }
    expect((await following).last).toMatchObject({ status: 'completed', failed_files: 0 });
    expect(await outcomeOf(run)).toEqual(undisturbed);
    expect(isAlive(worker.pid)).toBe(true);
    // The API's own queue was cut off as well, and says so.
    for (const complaint of app.complaints.splice(0)) expect(complaint).toContain('terminating');
  },
  SLOW,
);
