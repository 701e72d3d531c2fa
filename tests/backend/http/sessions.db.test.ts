import { text } from '../../../backend/contract/messages/catalogue.ts';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SessionStatusDocument } from '../../../backend/contract/progress.ts';
import { SessionAccepted, SessionList } from '../../../backend/contract/sessions.ts';
import { holdsClaim } from '../../../backend/progress/jobs.ts';
import { refreshSession } from '../../../backend/progress/store.ts';
import { type Ask, eventually, notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { announceWorker } from '../../support/living-worker.ts';

const MISSING = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
let knowledgeId: string;
beforeAll(async () => {
  app = await startTestApp();
});
beforeEach(async () => {
  knowledgeId = await app.knowledge();
});
afterAll(() => app.stop());

const start = (body: unknown = {}, ask?: Ask) =>
  app.post(`/knowledge/${knowledgeId}/sessions`, body, ask);

/** Files of the knowledge base that nobody processes yet. */
async function files(...names: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const about = { knowledge_id: knowledgeId };
    ids.push((await app.send(name, name, about, { process: false })).body.id);
  }
  return ids;
}

const status = async (id: string) => (await app.get(`/progress/${id}/status?files=true`)).body;

const statuses = async (id: string): Promise<string[]> =>
  (await status(id)).files.map((file: { status: string }) => file.status);

describe('POST /knowledge/{id}/sessions', () => {
  test('answers 202 with where to look', async () => {
    const [file] = await files('a.txt');
    const { status, headers, body } = await start({ file_ids: [file] });
    expect(status).toBe(202);
    expect(v.parse(v.strictObject(SessionAccepted.entries), body)).toMatchObject({
      status: 'queued',
      total_files: 1,
      files: [],
    });
    const address = `/api/v1/progress/${body.session_id}/status`;
    expect(body.status_url).toBe(address);
    expect(headers.get('location')).toBe(address);
    expect(headers.get('operation-location')).toBe(address);
    expect(headers.get('retry-after')).toBe('1');
    expect((await app.get(address.slice('/api/v1'.length))).status).toBe(200);
  });

  test('takes all unprocessed files where none is named, also without a body', async () => {
    const [waiting, linked, done, failed] = await files('w', 'l', 'd', 'f');
    await app.post(`/knowledge/${knowledgeId}/file/add`, { file_id: linked });
    await app.sql`update file set data = '{"status":"completed"}' where id = ${done ?? ''}`;
    await app.sql`update file set data = '{"status":"failed"}' where id = ${failed ?? ''}`;
    for (const answer of [await start(undefined), await start({})]) {
      expect(answer.status).toBe(202);
      const document = await status(answer.body.session_id);
      const taken = document.files.map((file: { file_id: string }) => file.file_id);
      expect(taken.sort()).toEqual([waiting, linked, failed].sort());
      expect(document.priority).toBe('medium');
    }
  });

  test('keeps the order of named files, each once, with high priority', async () => {
    const [a, b, c] = await files('a', 'b', 'c');
    const { body } = await start({ file_ids: [c, a, c, b, a] });
    const document = await status(body.session_id);
    expect(document.files.map((file: { file_id: string }) => file.file_id)).toEqual([c, a, b]);
    expect(document).toMatchObject({ total_files: 3, priority: 'high' });
  });

  test('an empty list, and a knowledge base without files, are done at once', async () => {
    for (const body of [{ file_ids: [] }, {}, { uploads: [] }]) {
      const answer = await start(body);
      expect(answer.body).toMatchObject({ status: 'completed', total_files: 0 });
      expect(await status(answer.body.session_id)).toMatchObject({
        status: 'completed',
        progress: 100,
        message: 'Nothing to process',
      });
    }
  });

  test('takes stored and announced files in one session', async () => {
    const [stored] = await files('stored.txt');
    const uploads = [{ name: '../x\u202e/evil\0.pdf', size: 10 }, { name: 'b.mp3', size: 0 }];
    const { body } = await start({ file_ids: [stored], uploads });
    expect(body.total_files).toBe(3);
    expect(body.files).toMatchObject([
      { name: 'evil.pdf', size: 10, status: 'uploading', file_id: null },
      { name: 'b.mp3', size: 0, status: 'uploading', file_id: null },
    ]);
    expect(await statuses(body.session_id)).toEqual(['queued', 'uploading', 'uploading']);
  });

  test.each<[string, unknown]>([
    ['a list that is none', { file_ids: 'x' }],
    ['an unknown priority', { priority: 'urgent' }],
    ['an upload without a size', { uploads: [{ name: 'a' }] }],
    ['a negative size', { uploads: [{ name: 'a', size: -1 }] }],
    ['a size beyond all numbers', { uploads: [{ name: 'a', size: 1e300 }] }],
    ['a nameless upload', { uploads: [{ name: '', size: 1 }] }],
    ['too many', { file_ids: Array.from({ length: 10_001 }, () => 'x') }],
    ['a list as body', []],
    ['NUL in an id', { file_ids: ['\0'] }],
  ])('refuses %s', async (_what, body) => {
    expect(notProblem(await start(body), 'invalid')).toBeNull();
  });

  test('does not take a body that is not declared as JSON for an empty one', async () => {
    const answer = await app.ask('POST', `/knowledge/${knowledgeId}/sessions`, {
      body: JSON.stringify({ file_ids: [] }),
    });
    expect(notProblem(answer, 'unsupported_media_type')).toBeNull();
  });

  test('names those that do not exist, five at most, and starts nothing', async () => {
    const [file] = await files('a.txt');
    const answer = await start({ file_ids: [file, ...'abcdefg'] });
    expect(notProblem(answer, 'file_not_found')).toBeNull();
    expect(answer.body.detail).toBe('There are no such files: a, b, c, d, e, …');
    expect((await app.get(`/sessions?knowledge_id=${knowledgeId}`)).body.total).toBe(0);
  });

  test('takes 1,000 files at once', async () => {
    await app.sql`
      insert into file (id, user_id, filename, path, data, meta, created_at)
      select ${knowledgeId} || '-' || n, 'local', 'file ' || n, '/nowhere', '{"status":"pending"}',
        json_build_object('size', 1000, 'content_type', 'text/plain',
          'data', json_build_object('knowledge_id', ${knowledgeId}::text)), n
      from generate_series(1, 1000) n`;
    const { body } = await start({});
    expect(body.total_files).toBe(1000);
    const document = await status(body.session_id);
    expect(document.files).toHaveLength(1000);
    expect(document.files[0].name).toBe('file 1000');
    const [row] = await app
      .sql`select length(meta::text) as size from knowledge where id = ${knowledgeId}`;
    expect(row?.size).toBeLessThan(1000);
    const cancelled = await app.post(`/sessions/${body.session_id}/cancel`);
    expect(cancelled.body).toMatchObject({ status: 'cancelled', processed_files: 0 });
    const queued = await app.sql`
      select 1 from headway_queue.job where state in ('created', 'retry', 'active')
        and id in (select id from headway.job where session_id = ${body.session_id})`;
    expect(queued).toHaveLength(0);
  });
});

describe('Operation-Id', () => {
  const operation = (id: string): Ask => ({ headers: { 'operation-id': id } });

  test('is the same session again, and starts nothing new', async () => {
    const endWorker = await announceWorker(app.sql);
    await files('a.txt');
    const first = await start({}, operation('op-1'));
    const again = await start({}, operation('op-1'));
    const other = await start({}, operation('op-2'));
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(other.body.session_id).not.toBe(first.body.session_id);
    expect((await app.get(`/sessions?knowledge_id=${knowledgeId}`)).body.total).toBe(2);
    await endWorker();
  });

  test('is one session when ten requests race', async () => {
    await files('a.txt', 'b.txt');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => start({}, operation(`race-${knowledgeId}`))),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => answer.body.session_id)).size).toBe(1);
    const rows = await app.sql`
      select 1 from headway.job where session_id = ${answers[0]?.body.session_id}`;
    expect(rows).toHaveLength(2);
  });

  test('of another knowledge base is a conflict', async () => {
    await start({}, operation('op-elsewhere'));
    knowledgeId = await app.knowledge();
    expect(notProblem(await start({}, operation('op-elsewhere')), 'conflict')).toBeNull();
  });

  test.each(['', 'has space', 'é', 'x'.repeat(201)])('refuses %j', async (id) => {
    expect(notProblem(await start({}, operation(id)), 'invalid')).toBeNull();
  });
});

describe('GET /sessions', () => {
  test('lists what is live of a knowledge base, newest first', async () => {
    const [a, b, c] = await files('a', 'b', 'c');
    const ids: string[] = [];
    for (const file of [a, b, c]) ids.push((await start({ file_ids: [file] })).body.session_id);
    await app.post(`/sessions/${ids[0]}/pause`);
    await app.post(`/sessions/${ids[1]}/cancel`);
    const list = async (query: string) => {
      const { body } = await app.get(`/sessions?knowledge_id=${knowledgeId}${query}`);
      v.parse(SessionList, body);
      return [body.total, body.items.map((item: { session_id: string }) => item.session_id)];
    };
    expect(await list('&live=true')).toEqual([2, [ids[2], ids[0]]]);
    expect(await list('&live=false')).toEqual([1, [ids[1]]]);
    expect(await list('')).toEqual([3, [ids[2], ids[1], ids[0]]]);
    expect(await list('&limit=1&offset=1')).toEqual([3, [ids[1]]]);
    expect(await list('&offset=99')).toEqual([3, []]);
    const { body } = await app.get(`/sessions?knowledge_id=${knowledgeId}&files=true`);
    expect(body.items[0].files).toHaveLength(1);
    expect((await app.get('/sessions?knowledge_id=unknown')).body).toEqual({ items: [], total: 0 });
  });

  test.each(['live=maybe', 'limit=0', 'limit=201', 'limit=x', 'offset=-1'])(
    'refuses %s',
    async (query) => {
      expect(notProblem(await app.get(`/sessions?${query}`), 'invalid')).toBeNull();
    },
  );
});

describe('commands', () => {
  async function session(...names: string[]): Promise<{ id: string; jobs: string[] }> {
    const { body } = await start({ file_ids: await files(...names) });
    const jobs = (await status(body.session_id)).files.map((f: { job_id: string }) => f.job_id);
    return { id: body.session_id, jobs };
  }
  const command = (id: string, action: string, job?: string) =>
    app.post(`/sessions/${id}${job ? `/files/${job}` : ''}/${action}`);
  const inQueue = async (job: string) =>
    (await app.sql`select 1 from headway_queue.job where id = ${job} and state = 'created'`).length;

  test('pause, resume, cancel, retry, and each again where there is nothing to do', async () => {
    const { id, jobs: [job = ''] } = await session('a.txt');
    const paused = await command(id, 'pause');
    expect(v.parse(SessionStatusDocument, paused.body)).toMatchObject({ status: 'paused' });
    expect(await inQueue(job)).toBe(0);
    const nothing = await command(id, 'pause');
    expect(notProblem(nothing, 'conflict')).toBeNull();
    expect(nothing.body.detail).toBe('Nothing to pause: nothing waits or runs');

    expect((await command(id, 'resume')).body.status).toBe('queued');
    expect(await inQueue(job)).toBe(1);
    expect(notProblem(await command(id, 'resume'), 'conflict')).toBeNull();
    expect(notProblem(await command(id, 'retry'), 'conflict')).toBeNull();

    expect((await command(id, 'cancel')).body).toMatchObject({
      status: 'cancelled',
      files: [{ status: 'cancelled' }],
    });
    expect(await inQueue(job)).toBe(0);
    for (const action of ['cancel', 'pause', 'resume']) {
      expect(notProblem(await command(id, action), 'conflict')).toBeNull();
    }

    const retried = await command(id, 'retry');
    expect(retried.body).toMatchObject({ status: 'queued', attempt: 2, progress: 0, error: null });
    expect(await inQueue(job)).toBe(1);
  });

  test('a command that finds nothing to do writes nothing', async () => {
    const { id, jobs } = await session('a.txt');
    await command(id, 'pause');
    const revision = () => app.sql`select revision from headway.session where id = ${id}`;
    const before = await revision();
    for (const action of ['pause', 'retry']) await command(id, action);
    await command(id, 'cancel', MISSING);
    await command(id, 'retry', jobs[0]);
    expect(await revision()).toEqual(before);
  });

  test('each works on one file of a session', async () => {
    const { id, jobs: [a = '', b = '', c = ''] } = await session('a', 'b', 'c');
    await command(id, 'pause', a);
    await command(id, 'cancel', b);
    expect(await statuses(id)).toEqual(['paused', 'cancelled', 'queued']);
    await command(id, 'resume', a);
    await command(id, 'retry', b);
    expect(await statuses(id)).toEqual(['queued', 'queued', 'queued']);
    expect([await inQueue(a), await inQueue(b), await inQueue(c)]).toEqual([1, 1, 1]);
  });

  test('cancelling one file again, or one that is not of the session, is a conflict', async () => {
    const { id, jobs: [a = ''] } = await session('a', 'b');
    const { jobs: [other = ''] } = await session('other');
    await command(id, 'cancel', a);
    for (const job of [a, other, MISSING]) {
      expect(notProblem(await command(id, 'cancel', job), 'conflict')).toBeNull();
    }
    expect(await statuses(id)).toEqual(['cancelled', 'queued']);
    expect(await inQueue(other)).toBe(1);
  });

  test('an unknown job cancels nothing of an app session', async () => {
    const sessionId = `app-${knowledgeId}`;
    await app.headway.progress.updateProgress({ sessionId, knowledgeId }, { progress: 5 });
    expect(notProblem(await command(sessionId, 'cancel', MISSING), 'conflict')).toBeNull();
    expect((await status(sessionId)).status).toBe('processing');
    expect(notProblem(await command(sessionId, 'pause'), 'conflict')).toBeNull();
    expect((await command(sessionId, 'cancel')).body.status).toBe('cancelled');
  });

  test('a failed file is tried again: pending for the app, and at its bar of before', async () => {
    const { id, jobs: [job = ''] } = await session('a.txt');
    await app.sql`update headway.job set status = 'error', error = ${
      JSON.stringify(text('broken'))
    }::text::jsonb,
      finished_at = now(),
      error_code = 'broken_file', progress = 70 where id = ${job}`;
    await app.sql`update file set data = '{"status":"failed","error":"broken"}'
      where id = (select file_id from headway.job where id = ${job})`;
    await app.db.orm.transaction((tx) => refreshSession(tx, id));
    expect(await status(id)).toMatchObject({ status: 'error', error: 'a.txt: broken' });
    const { body } = await command(id, 'retry', job);
    expect(body).toMatchObject({
      status: 'queued',
      attempt: 2,
      error: null,
      files: [{ status: 'queued', error: null, error_code: null, progress: 0, finished_at: null }],
    });
    const { body: file } = await app.get(`/files/${body.files[0].file_id}`);
    expect(file.data).toEqual({ status: 'pending' });
  });

  test.each(['cancel', 'pause', 'resume', 'retry'])('%s of what does not exist', async (action) => {
    expect(notProblem(await command(MISSING, action), 'session_not_found')).toBeNull();
    expect(notProblem(await command(MISSING, action, MISSING), 'session_not_found')).toBeNull();
    const { id } = await session('a.txt');
    for (const job of ['x', '-'.repeat(36), '%00']) {
      expect(notProblem(await command(id, action, job), 'file_not_found')).toBeNull();
    }
  });

  test.each(['cancel', 'pause', 'clear'])(
    '%s waits for a worker that reports, and neither fails',
    async (action) => {
      const { id, jobs: [job = ''] } = await session('a.txt');
      const claim = { jobId: job, worker: 'w', attempt: 1 };
      await app.sql`update headway.job set status = 'processing', worker = 'w', attempt = 1
        where id = ${job}`;
      // As a worker reports: its job first, then the session.
      const asked = await app.db.orm.transaction(async (tx) => {
        expect(await holdsClaim(tx, claim, true)).toBe(true);
        const asking = action === 'clear' ? app.delete(`/progress/${id}`) : command(id, action);
        await eventually(
          () =>
            app.sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'
            and datname = current_database() and application_name = 'headway'`,
          (rows) => rows.length > 0,
        );
        await refreshSession(tx, id);
        return { asking };
      });
      expect((await asked.asking).status).toBe(200);
      expect(await holdsClaim(app.db.orm, claim)).toBe(false);
    },
  );

  test('ten commands at once leave a state that is one of theirs', async () => {
    const { id } = await session('a', 'b', 'c');
    const actions = ['pause', 'resume', 'cancel', 'retry', 'pause', 'resume', 'cancel', 'retry'];
    const answers = await Promise.all(actions.map((action) => command(id, action)));
    for (const answer of answers) expect([200, 409]).toContain(answer.status);
    const document = await status(id);
    const [row] = await app.sql`select meta -> 'processing_sessions' -> ${id} as doc
      from knowledge where id = ${knowledgeId}`;
    expect(row?.doc).toMatchObject({ status: document.status, progress: document.progress });
    const held = await app
      .sql`select q.id from headway_queue.job q join headway.job j on j.id = q.id
      where j.session_id = ${id} and q.state in ('created', 'retry', 'active')`;
    const waiting = document.files.filter((f: { status: string }) => f.status === 'queued');
    expect(held.length).toBe(waiting.length);
  });
});
