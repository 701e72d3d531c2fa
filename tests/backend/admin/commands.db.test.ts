/**
 * Looking at jobs and sessions, and acting on them, from the command line.
 *
 * @module
 */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import { paths } from '#contract/paths.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { type AdminCalls, createAdmin } from './running.ts';

let app: Installation;
let admin: AdminCalls;
let knowledgeId: string;
beforeAll(async () => {
  app = await createInstallation();
  admin = createAdmin(app);
  knowledgeId = await app.createKnowledge();
});
afterAll(() => app.close());

interface Started {
  readonly sessionId: string;
  readonly jobs: readonly string[];
}

async function start(...names: string[]): Promise<Started> {
  const ids: string[] = [];
  for (const name of names) ids.push(await app.upload(name, `Text of ${name}`));
  const sessionId = await app.start(knowledgeId, ids);
  const { files = [] } = await app.status(sessionId);
  return { sessionId, jobs: files.map((file) => file.job_id) };
}

async function failAs(jobId: string, code: string): Promise<void> {
  await app.sql`update headway.job set status = 'error', error = ${
    JSON.stringify(text('Because'))
  }::text::jsonb,
    error_code = ${code},
    finished_at = now() where id = ${jobId}`;
  await app.sql`update headway_queue.job set state = 'cancelled' where id = ${jobId}`;
}

const stateOf = async (jobId: string): Promise<string> =>
  (await app.sql`select status from headway.job where id = ${jobId}`)[0]?.status;

test('wrong calls say what there is, and end with 2', async () => {
  expect(await admin.call('tidy')).toMatchObject({
    code: 2,
    complained: expect.stringContaining('There is no such command: tidy. There are: status, jobs'),
  });
  expect(await admin.call('jobs', '--colour')).toMatchObject({
    code: 2,
    complained: expect.stringContaining('The options of jobs are: --state, --name'),
  });
  expect(await admin.call('jobs', '--state', 'odd')).toMatchObject({
    code: 2,
    complained: expect.stringContaining('--state must be one of uploading, queued'),
  });
  expect(await admin.call('jobs', '--limit', 'all')).toMatchObject({ code: 2 });
  expect(await admin.call('inspect')).toMatchObject({
    code: 2,
    complained: 'Expected 1 after the command: inspect <job or session>',
  });
  expect(await admin.call()).toMatchObject({ code: 2 });
  expect(await admin.call('--help')).toMatchObject({ code: 0 });
  expect((await admin.call('check', '--help')).printed).toContain('--repair');
});

test('status, jobs: as tables and as JSON', async () => {
  const { sessionId, jobs } = await start('one.txt', 'two\u001b[31m.txt');
  const status = await admin.json('status');
  expect(status).toMatchObject({ paused: false, running_at: null, workers: [] });
  expect(status.states.queued).toBeGreaterThanOrEqual(2);
  expect((await admin.call('status')).printed).toMatch(/Waiting: \d+ high/);
  const { items } = await admin.json('jobs', '--state', 'queued', '--name', 'one.txt');
  expect(items).toMatchObject([{ job_id: jobs[0], session_id: sessionId, priority: 'high' }]);
  const { printed } = await admin.call('jobs');
  expect(printed).toContain(jobs[1]);
  expect(printed).not.toContain('\u001b');
  expect((await admin.call('jobs', '--state', 'paused')).printed).toBe('No such jobs');
});

test('inspect shows rows, checkpoint and queue entry of a job, and all jobs of a session', async () => {
  const { sessionId, jobs: [job = ''] } = await start('seen.txt');
  const [row] = await app.sql`select file_id from headway.job where id = ${job}`;
  await app.sql`insert into headway.extraction (file_id, processor, version, checkpoint)
    values (${row?.file_id}, 'text', 1, '{"offset": 7}')`;
  expect(await admin.json('inspect', job)).toMatchObject({
    job: { id: job, status: 'queued' },
    session: { id: sessionId },
    file: { filename: 'seen.txt', data: { status: 'pending' } },
    checkpoint: { checkpoint: { offset: 7 } },
    content: { parts: 0, passages: 0 },
    queue: { state: 'created' },
    worker: null,
  });
  expect(await admin.json('inspect', sessionId)).toMatchObject({
    session: { id: sessionId },
    knowledge: { id: knowledgeId, document: { session_id: sessionId } },
    jobs: [{ id: job, queue_state: 'created' }],
  });
  expect((await admin.call('inspect', job)).printed).toContain('{"offset":7}');
  expect(await admin.call('inspect', 'nothing')).toMatchObject({
    code: 1,
    complained: 'There is neither a job nor a session with this id: nothing',
  });
});

test('cancel asks for --yes, and takes a job or a session', async () => {
  const { sessionId, jobs } = await start('a.txt', 'b.txt');
  expect(await admin.call('cancel', jobs[0]!)).toMatchObject({ code: 2 });
  expect(await stateOf(jobs[0]!)).toBe('queued');
  expect(await admin.json('cancel', jobs[0]!, '--yes')).toEqual({ cancelled: 1 });
  expect(await Promise.all(jobs.map(stateOf))).toEqual(['cancelled', 'queued']);
  expect(await admin.json('cancel', sessionId, '--yes')).toEqual({ cancelled: 1 });
  expect((await admin.call('cancel', sessionId, '--yes')).printed).toBe('It has ended already');
  expect((await app.status(sessionId)).status).toBe('cancelled');
});

test('retry and replay put what failed into the queue again, by reason on request', async () => {
  const { sessionId, jobs } = await start('c.txt', 'd.txt', 'e.txt');
  const [first = '', second = '', third = ''] = jobs;
  await failAs(first, 'stalled');
  await failAs(second, 'broken_file');
  await failAs(third, 'stalled');
  expect(await admin.json('retry', first)).toEqual({ retried: 1 });
  expect(await Promise.all(jobs.map(stateOf))).toEqual(['queued', 'error', 'error']);
  expect(await admin.json('replay', '--code', 'stalled')).toEqual({ files: 1, sessions: 1 });
  expect(await Promise.all(jobs.map(stateOf))).toEqual(['queued', 'error', 'queued']);
  expect(await admin.json('replay')).toEqual({ files: 1, sessions: 1 });
  expect((await app.status(sessionId)).status).toBe('queued');
  expect((await admin.call('retry', second)).printed).toContain('Nothing of it failed');
  const held = await app.sql`select 1 from headway_queue.job where state = 'created'
    and id = any(${[...jobs]}::uuid[])`;
  expect(held.length).toBe(3);
});

test("clear-stale ends an app's silent session, and puts a lost job into the queue", async () => {
  const { sessionId, jobs: [job = ''] } = await start('lost.txt');
  await app.sql`insert into headway.session (id, user_id, kind, status)
    values ('silent', 'local', 'app', 'processing')`;
  await app.sql`delete from headway_queue.job where id = ${job}`;
  // Not for so long that the app's own upkeep comes first.
  await app.sql`update headway.session set updated_at = now() - interval '4 minutes'
    where id = any(${['silent', sessionId]}::text[])`;
  const { sessions } = await admin.json('clear-stale', '--seconds', '180');
  expect(sessions.map((row: { id: string; status: string }) => [row.id, row.status]).sort())
    .toEqual([['silent', 'error'], [sessionId, 'queued']].sort());
  expect((await admin.call('clear-stale', '--seconds', '180')).printed).toBe('No stale sessions');
  expect(await app.sql`select state from headway_queue.job where id = ${job}`).toHaveLength(1);
  expect(await app.ask(`${paths.sessionStatus('silent')}`)).toMatchObject({ status: 'error' });
});
