/**
 * Jobs of the app's own, done by real workers: started, followed, interrupted, killed, resumed.
 *
 * @module
 */
import type { JobAccepted, JobKinds, JobList, JobResult } from '#contract/jobs.ts';
import { paths, type SessionAction } from '#contract/paths.ts';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { follow } from '../../support/following.ts';
import { createInstallation, type Installation, isOver, json } from '../../support/installation.ts';
import { endPrograms, signalTo, until } from '../../support/processes.ts';

const MODULE = fileURLToPath(new URL('../../support/app-jobs.ts', import.meta.url));

let app: Installation;
beforeAll(async () => {
  app = await createInstallation({ jobsModule: MODULE });
  await app.sql`create table counted (session_id text not null, number int not null)`;
  await app.sql`create table opened (session_id text not null)`;
});
afterEach(endPrograms);
afterAll(() => app.close());

async function start(kind: string, input: unknown, priority = 'medium'): Promise<string> {
  const { session_id } = await app.ask<JobAccepted>(
    paths.startJob(kind),
    json({ input, priority }),
  );
  return session_id;
}

async function numbers(sessionId: string): Promise<number[]> {
  const rows = await app.sql<{ number: number }[]>`
    select number from counted where session_id = ${sessionId} order by number`;
  return rows.map((row) => row.number);
}

const counts = (sessionId: string, least: number) =>
  until(`${least} numbers`, async () => (await numbers(sessionId)).length >= least);

/** Lets a job count on that waits at its `holdAt`. */
const open = (sessionId: string) => app.sql`insert into opened values (${sessionId})`;

const result = (sessionId: string) => app.ask<JobResult>(paths.jobResult(sessionId));

const command = (sessionId: string, action: SessionAction) =>
  app.ask(paths.sessionAction(sessionId, action), { method: 'POST' });

const upTo = (to: number) => Array.from({ length: to }, (_, at) => at);

test(
  'a backslash before u0000 is text: in input, checkpoint, result and the filter by input',
  async () => {
    const text = String.raw`C:\u0000 and \\u0000`;
    await app.startWorker();
    const sessionId = await start('echo', { text });
    expect(await app.reaches(sessionId, isOver)).toMatchObject({
      status: 'completed',
      error: null,
    });
    expect((await result(sessionId)).result).toEqual({ text, nul: `a${text}` });
    const asked = `${paths.jobs}?kind=echo&input=${encodeURIComponent(JSON.stringify({ text }))}`;
    const { items } = await app.ask<JobList>(asked);
    expect(items.map(({ session_id }) => session_id)).toEqual([sessionId]);
  },
);

test('the kinds are listed with their steps and the schema of their input', async () => {
  const kinds = await app.ask<JobKinds>(paths.jobKinds);
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['knowledge-report', 'file-report', 'counting']),
  );
  expect(kinds.find(({ kind }) => kind === 'counting')).toMatchObject({
    title: 'Counting',
    scope: 'user',
    steps: ['Counting', 'Ending'],
    input: { type: 'object', required: ['to'], additionalProperties: false },
  });
});

test('a job is followed step by step, and its result kept', async () => {
  await app.startWorker();
  const sessionId = await start('counting', { to: 40 });
  const { last } = await follow(app, sessionId, { until: isOver, everyMs: 20 });
  expect(last).toMatchObject({
    kind: 'job',
    title: 'Counting to 40',
    status: 'completed',
    progress: 100,
    message: 'Ready',
    files: [{ kind: 'counting', file_id: null, status: 'completed', step: 'run', attempt: 1 }],
  });
  expect(await result(sessionId)).toMatchObject({
    session_id: sessionId,
    kind: 'counting',
    input: { to: 40 },
    result: { counted: 40 },
  });
  expect(await numbers(sessionId)).toEqual(upTo(40));
});

test('it waits with its elapsed time until a worker comes, then says which step it is in', async () => {
  const sessionId = await start('counting', { to: 40, holdAt: 20 });
  const waiting = await app.send(paths.jobResult(sessionId));
  expect(waiting.status).toBe(202);
  expect(waiting.headers.get('retry-after')).toBe('1');
  expect(await waiting.json()).toMatchObject({
    status: 'queued',
    message: 'No worker is running',
    progress: 0,
    elapsed_seconds: expect.any(Number),
  });
  await app.startWorker();
  const status = await app.reaches(sessionId, ({ progress }) => progress > 10);
  expect(status).toMatchObject({ phase: 'run', status: 'processing' });
  expect(status.files?.[0]?.message).toMatch(/^Step 1 of 2: Counting · \d+$/);
  await command(sessionId, 'cancel');
});

test('a job that gives way goes on where it was', async () => {
  await app.startWorker();
  const long = await start('counting', { to: 30, holdAt: 20 }, 'low');
  await counts(long, 20);
  const urgent = await start('counting', { to: 3 }, 'high');
  await app.reaches(urgent, isOver);
  expect((await app.status(long)).finished_at).toBeNull();
  await open(long);
  const ended = await app.reaches(long, isOver);
  expect(ended.files).toMatchObject([{
    interruptions: 1,
    interrupted_by: 'Counting to 3',
  }]);
  expect(await numbers(long)).toEqual(upTo(30));
});

test('pause stops it, resume goes on from its checkpoint; cancel and retry do too', async () => {
  await app.startWorker();
  const sessionId = await start('counting', { to: 40, holdAt: 30 });
  await counts(sessionId, 10);
  await command(sessionId, 'pause');
  await app.reaches(sessionId, ({ status }) => status === 'paused');
  await command(sessionId, 'resume');
  await counts(sessionId, 30);
  await command(sessionId, 'cancel');
  const failed = await app.send(paths.jobResult(sessionId));
  expect(failed.status).toBe(409);
  expect(await failed.json()).toMatchObject({
    code: 'job_failed',
    detail: 'The job was cancelled',
  });
  await command(sessionId, 'retry');
  await open(sessionId);
  await app.reaches(sessionId, isOver);
  expect(await result(sessionId)).toMatchObject({ result: { counted: 40 } });
  // What was counted between the last checkpoint and each stop is counted again, and nothing else.
  const all = await numbers(sessionId);
  expect([...new Set(all)]).toEqual(upTo(40));
  expect(all.length).toBeLessThanOrEqual(42);
});

test('its worker killed, another goes on and repeats one checkpoint at most', async () => {
  const first = await app.startWorker();
  const sessionId = await start('counting', { to: 40, holdAt: 30 });
  await counts(sessionId, 10);
  signalTo(first.pid, 'SIGKILL');
  await open(sessionId);
  await app.startWorker();
  await app.reaches(sessionId, isOver);
  const all = await numbers(sessionId);
  expect([...new Set(all)]).toEqual(upTo(40));
  expect(all.length).toBeLessThanOrEqual(41);
});

test('a failure for good ends it at once with its reason', async () => {
  await app.startWorker();
  const sessionId = await start('failing', { how: 'for good' });
  expect(await app.reaches(sessionId, isOver)).toMatchObject({
    status: 'error',
    files: [{ error_code: 'job_failed', error: 'There is nothing to report on', attempt: 1 }],
  });
  expect(await numbers(sessionId)).toHaveLength(1);
});

test(
  'an unexpected failure is tried again as often as its kind allows, and says nothing of itself',
  async () => {
    await app.startWorker();
    const sessionId = await start('failing', { how: 'unexpectedly' });
    const ended = await app.reaches(sessionId, isOver);
    expect(ended).toMatchObject({
      status: 'error',
      files: [{ error_code: 'processing_failed', attempt: 2 }],
    });
    expect(JSON.stringify(ended)).not.toContain('hunter2');
    expect(await numbers(sessionId)).toHaveLength(2);
  },
);

test('silence and a result that is too large are failures', async () => {
  await app.startWorker();
  const silent = await start('silent', {});
  const large = await start('failing', { how: 'too much' });
  expect(await app.reaches(silent, isOver)).toMatchObject({
    files: [{ error_code: 'stalled', error: 'The job stopped: no progress for 0.3 seconds' }],
  });
  expect(await app.reaches(large, isOver)).toMatchObject({
    files: [{ error_code: 'job_failed', error: 'The result of this job is too large to be kept' }],
  });
});

test('what cannot be started is refused, and the same operation is the same job', async () => {
  const refused = async (path: string, body: unknown) => {
    const response = await app.send(path, json(body));
    return [response.status, (await response.json()).code];
  };
  expect(await refused(paths.startJob('dancing'), {})).toEqual([404, 'job_kind_not_found']);
  expect(await refused(paths.startJob('counting'), { input: { to: -1 } })).toEqual([
    422,
    'invalid',
  ]);
  expect(await refused(paths.startJob('knowledge-report'), {})).toEqual([422, 'invalid']);
  expect(await refused(paths.startJob('knowledge-report'), { knowledge_id: 'none' })).toEqual([
    404,
    'knowledge_not_found',
  ]);
  const again = {
    ...json({ input: { to: 1 } }),
    headers: {
      'content-type': 'application/json',
      'operation-id': 'one',
    },
  };
  const [a, b] = [
    await app.ask<JobAccepted>(paths.startJob('counting'), again),
    await app.ask<JobAccepted>(paths.startJob('counting'), again),
  ];
  expect(b.session_id).toBe(a.session_id);
  const other = await app.send(paths.startJob('failing'), {
    ...again,
    body: JSON.stringify({ input: { how: 'for good' } }),
  });
  expect(other.status).toBe(409);
  await command(a.session_id, 'cancel');
});

test('jobs are listed newest first, by kind, by input and by whether they go on', async () => {
  const numbered = async (query: string) =>
    (await app.ask<JobList>(`${paths.jobs}?${query}`)).items.map(({ session_id }) => session_id);
  const older = await start('counting', { to: 71 });
  const newer = await start('counting', { to: 72 });
  await start('failing', { how: 'for good' });
  expect((await numbered('kind=counting&mine=true')).slice(0, 2)).toEqual([newer, older]);
  expect(await numbered(`kind=counting&input=${encodeURIComponent('{"to":71}')}`)).toEqual([older]);
  const [job] = (await app.ask<JobList>(`${paths.jobs}?kind=counting&limit=1`)).items;
  expect(job).toMatchObject({ job_kind: 'counting', input: { to: 72 }, title: 'Counting to 72' });
  await command(older, 'cancel');
  expect(await numbered('kind=counting&live=true')).not.toContain(older);
  expect(await numbered('kind=counting&live=false')).toContain(older);
  for (const input of ['71', '{', '{"a":"\\u0000"}', '{"a":"\\ud800"}']) {
    expect((await app.send(`${paths.jobs}?input=${encodeURIComponent(input)}`)).status).toBe(422);
  }
  await command(newer, 'cancel');
});

test('a worker that does not know a kind leaves it to one that does', async () => {
  const sessionId = await start('counting', { to: 2 });
  await app.sql`update headway.job set kind = 'of-tomorrow' where session_id = ${sessionId}`;
  await app.startWorker();
  await app.reaches(
    sessionId,
    ({ files }) => files?.[0]?.message.includes('a worker that knows') === true,
  );
  await app.sql`update headway.job set kind = 'counting' where session_id = ${sessionId}`;
  expect(await app.reaches(sessionId, isOver)).toMatchObject({ status: 'completed' });
});
