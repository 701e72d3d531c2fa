/**
 * A right that is revoked while a job runs ends the run at its next checkpoint. The worker here is
 * the test itself, and the reader's gates stay closed.
 */
import type { JobAccepted } from '#contract/jobs.ts';
import { paths } from '#contract/paths.ts';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunContext } from '../../../backend/queue/run-context.ts';
import { runJob, type RunOutcome } from '../../../backend/queue/run-job.ts';
import { createRightCheck } from '../../../backend/queue/right-check.ts';
import { standInFile } from '../../support/gated-reader.ts';
import {
  createInProcessWorker,
  type InProcessWorker,
  undisturbed,
} from '../../support/in-process-worker.ts';
import { createInstallation, type Installation, json } from '../../support/installation.ts';
import { until } from '../../support/processes.ts';

const MODULE = fileURLToPath(new URL('../../support/app-jobs.ts', import.meta.url));

let app: Installation;
let worker: InProcessWorker;
let granted = true;
beforeAll(async () => {
  app = await createInstallation({ jobsModule: MODULE });
  await app.sql`create table counted (session_id text, number integer)`;
  await app.sql`create table opened (session_id text)`;
  worker = await createInProcessWorker(app);
});
beforeEach(() => void (granted = true));
afterAll(async () => {
  await worker.close();
  await app.close();
});

function run(): { readonly ended: Promise<RunOutcome> } {
  const ask = () => Promise.resolve(granted);
  const context: RunContext = { ...worker.context, mayAdd: ask, mayRead: ask, rightCheckMs: 0 };
  const ended = worker.queue.take().then((job) => runJob(context, job!, undisturbed()));
  ended.catch(() => {});
  return { ended };
}

async function expectRevoked(sessionId: string): Promise<void> {
  const { status, files } = await app.status(sessionId);
  expect([status, files?.[0]?.error_code]).toEqual(['error', 'access_revoked']);
}

test('a file is read no further, and not linked', async () => {
  const fileId = await app.upload('long.wav', standInFile(4));
  await app.gates.open('long.wav', 1);
  const base = await app.createKnowledge();
  const sessionId = await app.start(base, [fileId]);
  const { ended } = run();
  const parts = () => app.sql`select 1 from headway.part where file_id = ${fileId}`;
  await until('a part to be stored', async () => (await parts()).length > 0);
  granted = false;
  expect(await ended).toBe('failed');
  await expectRevoked(sessionId);
  expect((await parts()).length).toBe(1);
  expect([...await app.sql`select 1 from knowledge_file where file_id = ${fileId}`]).toEqual([]);
});

test("a job of the app's own goes on no further", async () => {
  const input = json({ input: { to: 3, holdAt: 1 } });
  const { session_id: sessionId } = await app.ask<JobAccepted>(paths.startJob('counting'), input);
  const { ended } = run();
  const counted = () => app.sql`select 1 from counted where session_id = ${sessionId}`;
  await until('a number to be counted', async () => (await counted()).length > 0);
  granted = false;
  expect(await ended).toBe('failed');
  await expectRevoked(sessionId);
  expect((await counted()).length).toBe(1);
});

describe('createRightCheck', () => {
  async function checksOf(leastPauseMs: number): Promise<number> {
    let checks = 0;
    const right = createRightCheck(() => Promise.resolve(void checks++), leastPauseMs);
    await right.now();
    for (let checkpoints = 0; checkpoints < 10; checkpoints++) await right.atCheckpoint();
    await right.now();
    return checks;
  }

  test('checks at checkpoints after the pause, and always at once', async () => {
    expect([await checksOf(0), await checksOf(Infinity)]).toEqual([12, 2]);
  });
});
