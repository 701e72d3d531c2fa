/**
 * What becomes of a job whose attempts fail: what repeats itself ends, what gets further goes on,
 * and the environment costs no attempt. The worker here is the test itself.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { formatMessage, message } from '../../../backend/contract/messages/catalogue.ts';
import { paths } from '#contract/paths.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { QueuedJob } from '../../../backend/queue/boss.ts';
import type { LocalBytes } from '../../../backend/queue/run-context.ts';
import { runJob, type RunOutcome } from '../../../backend/queue/run-job.ts';
import { type StandInFile, standInFile, standInText } from '../../support/gated-reader.ts';
import {
  createInProcessWorker,
  type InProcessWorker,
  undisturbed,
} from '../../support/in-process-worker.ts';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { until } from '../../support/processes.ts';

let app: Installation;
let worker: InProcessWorker;
beforeAll(async () => {
  app = await createInstallation();
  worker = await createInProcessWorker(app);
});
const sessions: string[] = [];
afterEach(async () => {
  for (const id of sessions.splice(0)) await app.send(paths.progress(id), { method: 'DELETE' });
});
afterAll(async () => {
  await worker.close();
  await app.close();
});

interface Started {
  readonly fileId: string;
  readonly sessionId: string;
}

async function start(
  name: string,
  parts: number,
  rest: Partial<StandInFile> = {},
  priority = 'medium',
): Promise<Started> {
  const fileId = await app.upload(name, standInFile(parts, rest));
  const sessionId = await app.start(await app.createKnowledge(), [fileId], priority);
  sessions.push(sessionId);
  return { fileId, sessionId };
}

/** What waits for its next attempt may begin it. */
const hurry = () =>
  app.sql`update headway_queue.job set start_after = now() where state in ('created', 'retry')`;

/** Takes and runs what is to be done, until nothing is or `most` runs are over. */
async function work(most = 20, localBytes?: LocalBytes): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  const context = { ...worker.context, ...(localBytes && { localBytes }) };
  while (outcomes.length < most) {
    await hurry();
    const job: QueuedJob | null = await worker.queue.take();
    if (!job) break;
    outcomes.push(await runJob(context, job, undisturbed()));
  }
  return outcomes;
}

async function jobOf({ fileId }: Started) {
  const [job] = await app.sql`
    select id, status, error_code, failures, suspect, environment, message, attempt
    from headway.job where file_id = ${fileId}`;
  return job!;
}

const textsOf = async ({ fileId }: Started) => (await app.parts(fileId)).map(({ text }) => text);
const texts = (parts: number) => Array.from({ length: parts }, (_, at) => standInText(at));

test('the same exception twice is the end; what was read stays, and a retry goes on', async () => {
  const run = await start('same.wav', 5, {
    failsAt: 3,
    failure: { message: 'Index 7 of /tmp/a1' },
  });
  expect(await work()).toEqual(['retry', 'failed']);
  expect(await jobOf(run)).toMatchObject({ status: 'error', error_code: 'processing_failed' });
  expect(await textsOf(run)).toEqual(texts(3));
  const [extraction] = await app.sql`select checkpoint, complete from headway.extraction
    where file_id = ${run.fileId}`;
  expect(extraction).toEqual({ checkpoint: { next: 3 }, complete: false });
  await app.ask(paths.sessionAction(run.sessionId, 'retry'), { method: 'POST' });
  expect(await jobOf(run)).toMatchObject({ status: 'queued', failures: 0 });
  expect(await textsOf(run)).toEqual(texts(3));
});

test('exceptions of other kinds are tried four times again', async () => {
  const run = await start('other.wav', 3, { failsAt: 1, failure: { message: 'No', varies: true } });
  expect(await work()).toEqual(['retry', 'retry', 'retry', 'retry', 'failed']);
  expect(await jobOf(run)).toMatchObject({ status: 'error', attempt: 5 });
});

test('attempts count only while nothing more is read', async () => {
  const run = await start('further.wav', 9, { failsAfterEach: true });
  const outcomes = await work();
  expect(outcomes).toEqual([...Array.from({ length: 8 }, () => 'retry'), 'completed']);
  expect(await textsOf(run)).toEqual(texts(9));
});

test('a file that stalls is tried once more, after all others, and then given up', async () => {
  const failure = { code: 'stalled' as const, message: 'No progress' };
  const suspect = await start('stalls.wav', 3, { failsAt: 0, failure }, 'high');
  expect(await work(1)).toEqual(['retry']);
  expect(await jobOf(suspect)).toMatchObject({ suspect: true, failures: 1 });
  const other = await start('other-low.wav', 2, {}, 'low');
  expect(await work(1)).toEqual(['completed']);
  expect(await jobOf(other)).toMatchObject({ status: 'completed' });
  expect(await work()).toEqual(['failed']);
  expect(await jobOf(suspect)).toMatchObject({ status: 'error', error_code: 'stalled' });
});

test('a full disk costs no attempt, is told of everywhere, and passes', async () => {
  const run = await start('full.wav', 3);
  const full: LocalBytes = () =>
    Promise.reject(Object.assign(new Error('No space left'), { code: 'ENOSPC' }));
  expect(await work(7, full)).toEqual(Array.from({ length: 7 }, () => 'held'));
  const waits = message('waiting_for_environment', { failure: 'storage_full', seconds: 5 });
  expect(await jobOf(run)).toMatchObject({
    status: 'queued',
    failures: 0,
    environment: 'storage_full',
    message: waits,
  });
  expect(await (await app.raw('/ready')).json()).toMatchObject({
    status: 'degraded',
    waiting: [{
      reason: 'storage_full',
      detail: 'The worker has no space left on its disk',
      jobs: 1,
      since: expect.any(Number),
    }],
  });
  const status = await app.reaches(run.sessionId, (now) => now.message === formatMessage(waits));
  expect(status).toMatchObject({ status: 'queued', error: null });
  expect(await work()).toEqual(['completed']);
  expect(await (await app.raw('/ready')).json()).not.toHaveProperty('waiting');
});

test('a storage that is away costs no attempt, and no file is said to be gone', async () => {
  const run = await start('away.wav', 3);
  const away: LocalBytes = () =>
    Promise.reject(
      new AppError('unavailable', 'The storage of files is not there', {
        cause: Object.assign(new Error('Away'), { code: 'EHOSTUNREACH' }),
      }),
    );
  expect(await work(3, away)).toEqual(['held', 'held', 'held']);
  expect(await jobOf(run)).toMatchObject({
    status: 'queued',
    failures: 0,
    message: message('waiting_for_environment', { failure: 'network', seconds: 5 }),
  });
  expect(await work()).toEqual(['completed']);
});

test('a file that is to be tried again waits for its turn while the worker is busy', async () => {
  const run = await start('overdue.wav', 3);
  const full: LocalBytes = () =>
    Promise.reject(Object.assign(new Error('No space left'), { code: 'ENOSPC' }));
  const troubles = async () => (await (await app.raw('/ready')).json()).waiting;
  expect(await work(1, full)).toEqual(['held']);
  const before = await troubles();
  expect(before).toMatchObject([{ reason: 'storage_full', jobs: 1 }]);
  await app.sql`update headway.job set next_attempt_at = now() - interval '1 minute'
    where session_id = ${run.sessionId}`;
  await until('its turn', async () => {
    const [row] = await app.sql`select s.message as session, j.message as job
      from headway.session s join headway.job j on j.session_id = s.id
      where s.id = ${run.sessionId}`;
    return [row?.session, row?.job].every((said) => said?.code === 'waiting_for_turn');
  });
  expect(await troubles()).toBeUndefined();
  expect(await work(1, full)).toEqual(['held']);
  expect(await troubles()).toEqual(before);
  expect(await work()).toEqual(['completed']);
});
