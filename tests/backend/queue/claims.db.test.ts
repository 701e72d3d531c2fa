/**
 * A run that has lost its claim: whatever it still does, another run's job stays that other's.
 *
 * @module
 */
import type { JobAccepted } from '#contract/jobs.ts';
import { paths } from '#contract/paths.ts';
import { sql } from 'drizzle-orm';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineJob } from '../../../backend/mod.ts';
import type { QueuedJob } from '../../../backend/queue/boss.ts';
import { jobKinds } from '../../../backend/queue/job-kind.ts';
import { runJob } from '../../../backend/queue/run-job.ts';
import { standInFile } from '../../support/gated-reader.ts';
import {
  createInProcessWorker,
  type InProcessWorker,
  undisturbed,
} from '../../support/in-process-worker.ts';
import { createInstallation, type Installation, isOver, json } from '../../support/installation.ts';
import { until } from '../../support/processes.ts';

let app: Installation;
let worker: InProcessWorker;
beforeAll(async () => {
  const jobsModule = new URL('../../support/app-jobs.ts', import.meta.url).pathname;
  app = await createInstallation({ jobsModule });
  worker = await createInProcessWorker(app);
});
afterAll(async () => {
  await worker.close();
  await app.close();
});

const run = (job: QueuedJob, by: string) =>
  runJob({ ...worker.context, worker: by }, job, undisturbed());

/** As a heartbeat that was missed: the queue hands the job out again. */
async function takeAgain(job: QueuedJob): Promise<QueuedJob> {
  await app.sql`update headway_queue.job set heartbeat_on = now() - interval '1 minute'
    where id = ${job.id}`;
  return await until('the job to be handed out again', () => worker.queue.take());
}

test('a worker that claims what was handed out again changes nothing', async () => {
  await app.gates.open('late.wav', 1);
  const fileId = await app.upload('late.wav', standInFile(2));
  const sessionId = await app.start(await app.createKnowledge(), [fileId]);
  const stale = (await worker.queue.take())!;
  const current = await takeAgain(stale);
  expect(current).toMatchObject({ id: stale.id, retryCount: stale.retryCount + 1 });
  const running = run(current, 'current');
  await until('its first part', async () => (await app.parts(fileId)).length === 1);
  expect(await run(stale, 'late')).toBe('skipped');
  const [job] = await app.sql`select worker, attempt, status from headway.job
    where id = ${stale.id}`;
  expect(job).toEqual({ worker: 'current', attempt: 2, status: 'processing' });
  await app.gates.open('late.wav', Infinity);
  expect(await running).toBe('completed');
  expect(await app.reaches(sessionId, isOver)).toMatchObject({ status: 'completed' });
});

test('a result is not stored once the claim has gone, were it at the last moment', async () => {
  const { session_id: sessionId } = await app.ask<JobAccepted>(
    paths.startJob('counting'),
    json({ input: { to: 1 }, priority: 'high' }),
  );
  const taken = defineJob({
    kind: 'counting',
    title: 'Loses its claim and ends',
    scope: 'user',
    input: v.looseObject({}),
    steps: { end: 'Ending' },
    async run({ db }) {
      await db.execute(sql`update headway.job set worker = 'another', attempt = 2
        where session_id = ${sessionId}`);
      return { of: 'the run that lost it' };
    },
  });
  const job = (await worker.queue.take())!;
  const context = { ...worker.context, kinds: jobKinds([taken]) };
  expect(await runJob(context, job, undisturbed())).toBe('lost');
  const [row] = await app.sql`select status, worker, result from headway.job
    where session_id = ${sessionId}`;
  expect(row).toEqual({ status: 'processing', worker: 'another', result: null });
  const [entry] = await app.sql`select state from headway_queue.job where id = ${job.id}`;
  expect(entry).toEqual({ state: 'active' });
});
