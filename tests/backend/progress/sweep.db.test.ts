import { message } from '../../../backend/contract/messages/catalogue.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writePostponed } from '../../../backend/knowledge/file-statuses.ts';
import { sweep } from '../../../backend/progress/sweep.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import { reconcileProgress } from '../../../backend/progress/store.ts';
import { tickUpload } from '../../../backend/queue/submit.ts';
import { eventually, notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { whileRefused } from '../../support/refused-writes.ts';

/** So that the app's own upkeep leaves everything to the test. */
const NEVER = 1_000_000;
const STALE_SECONDS = 300;
const RETENTION_SECONDS = 3600;

let app: TestApp;
let queue: Queue;
let knowledgeId: string;
beforeAll(async () => {
  app = await startTestApp({ staleSeconds: NEVER, retentionSeconds: NEVER });
  queue = await openQueue(app.db.url, { onError: (error) => app.logged.push(`${error}`) });
});
beforeEach(async () => {
  knowledgeId = await app.knowledge();
});
afterAll(async () => {
  await queue.stop();
  await app.stop();
});

const look = (staleSeconds = STALE_SECONDS) =>
  sweep(app.db, {
    staleSeconds,
    retentionSeconds: RETENTION_SECONDS,
    ...queue,
    lostJobs: queue.lost,
  });

/** Makes a session and its jobs as old as that. */
async function age(id: string, seconds = STALE_SECONDS + 1): Promise<void> {
  const at = app.sql`now() - make_interval(secs => ${seconds})`;
  await app.sql`update headway.session set updated_at = ${at},
    finished_at = case when finished_at is null then null else ${at} end where id = ${id}`;
  await app.sql`update headway.job set updated_at = ${at} where session_id = ${id}`;
}

const status = async (id: string) => (await app.get(`/progress/${id}/status?files=true`)).body;

async function appSession(): Promise<string> {
  const sessionId = crypto.randomUUID();
  await app.headway.progress.updateProgress({ sessionId, knowledgeId }, { progress: 40 });
  return sessionId;
}

async function fileSession(...names: string[]): Promise<string> {
  const ids: string[] = [];
  for (const name of names) {
    const about = { knowledge_id: knowledgeId };
    ids.push((await app.send(name, name, about, { process: false })).body.id);
  }
  const { body } = await app.post(`/knowledge/${knowledgeId}/sessions`, { file_ids: ids });
  return body.session_id;
}

async function announced(): Promise<{ id: string; job: string }> {
  const { body } = await app.post(`/knowledge/${knowledgeId}/sessions`, {
    uploads: [{ name: 'late.txt', size: 4 }],
  });
  return { id: body.session_id, job: body.files[0].job_id };
}

const deliver = (job_id: string) => app.send('late.txt', 'late', { job_id });

describe('work of the app', () => {
  test('that nobody reports on any more ends as an error that says so', async () => {
    const [stale, fresh, paused] = [await appSession(), await appSession(), await appSession()];
    await app.headway.progress.updateProgress({ sessionId: paused }, { status: 'paused' });
    await age(stale);
    await age(paused);
    await age(fresh, STALE_SECONDS - 10);
    expect(await look()).toEqual([stale]);
    const error = 'No progress was reported for 5 minutes; the work was given up';
    expect(await status(stale)).toMatchObject({ status: 'error', error, progress: 40 });
    expect((await status(fresh)).status).toBe('processing');
    expect((await status(paused)).status).toBe('paused');
    const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(row?.meta.processing_sessions[stale]).toMatchObject({ status: 'error', error });
    expect(await look()).toEqual([]);
  });

  test('says seconds where the limit is short', async () => {
    const id = await appSession();
    await age(id, 31);
    await look(30);
    expect((await status(id)).error).toContain('for 30 seconds;');
  });
});

describe('uploads', () => {
  test('that do not come end as lost, and count after all when their bytes come', async () => {
    const { id, job } = await announced();
    await age(id);
    expect(await look()).toEqual([id]);
    expect(await status(id)).toMatchObject({
      status: 'error',
      error: 'late.txt: The file did not arrive. Please upload it again',
      files: [{ status: 'error', error_code: 'upload_lost' }],
    });
    expect((await deliver(job)).status).toBe(200);
    expect(await status(id)).toMatchObject({
      status: 'queued',
      attempt: 2,
      error: null,
      finished_at: null,
      files: [{ status: 'queued', error: null, error_code: null }],
    });
  });

  test('that were lost are waited for again where somebody asks for it', async () => {
    const { id, job } = await announced();
    await age(id);
    await look();
    expect((await app.post(`/sessions/${id}/retry`)).status).toBe(200);
    expect(await status(id)).toMatchObject({
      status: 'processing',
      error: null,
      files: [{ status: 'uploading', step: 'upload', message: 'Waiting for the file' }],
    });
    expect((await deliver(job)).status).toBe(200);
    expect((await status(id)).files).toMatchObject([{ status: 'queued' }]);
  });

  test('that were lost, came on, and were cancelled are not taken', async () => {
    const { id, job } = await announced();
    await age(id);
    await look();
    expect(await app.db.orm.transaction((tx) => tickUpload(tx, job, 0.5))).toBe(true);
    expect((await status(id)).files).toMatchObject([{ status: 'uploading', error_code: null }]);
    await app.post(`/sessions/${id}/cancel`);
    expect(notProblem(await deliver(job), 'conflict')).toBeNull();
    expect(await app.db.orm.transaction((tx) => tickUpload(tx, job, 0.6))).toBe(false);
    expect((await status(id)).status).toBe('cancelled');
  });

  test('of a session that goes on otherwise are waited for', async () => {
    const { id } = await announced();
    await app.sql`update headway.job set updated_at = now() - interval '1 hour'
      where session_id = ${id}`;
    expect(await look()).toEqual([]);
    expect((await status(id)).files[0].status).toBe('uploading');
  });
});

describe('jobs', () => {
  const queued = async (id: string): Promise<number> =>
    (await app.sql`select 1 from headway_queue.job q join headway.job j on j.id = q.id
      where j.session_id = ${id} and q.state = 'created'`).length;

  test('that the queue has lost are put into it again, with their bar', async () => {
    const id = await fileSession('a', 'b', 'c');
    await app.sql`update headway.job set status = 'processing', worker = 'dead', progress = 60
      where session_id = ${id} and position = 0`;
    await app.sql`delete from headway_queue.job
      where id in (select id from headway.job where session_id = ${id} and position < 2)`;
    await age(id);
    expect(await look()).toEqual([id]);
    expect((await status(id)).files).toMatchObject([
      { status: 'queued', progress: 60, message: 'No worker is running' },
      { status: 'queued', progress: 0, message: 'No worker is running' },
      { status: 'queued', message: 'No worker is running' },
    ]);
    expect(await queued(id)).toBe(3);
    expect(await look()).toEqual([]);
  });

  test('that wait their turn for long are left alone', async () => {
    const id = await fileSession('a');
    await age(id);
    expect(await look()).toEqual([]);
    expect((await status(id)).status).toBe('queued');
  });

  test('that are lost are found among very many that merely wait', async () => {
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push(await fileSession('a'));
    const lost = ids[2] ?? '';
    // 150 older ones with nothing to put right.
    await app.sql`insert into headway.session (id, knowledge_id, user_id, status, updated_at)
      select ${knowledgeId} || n, null, 'local', 'queued', now() - interval '1 day'
      from generate_series(1, 150) n`;
    await app.sql`delete from headway_queue.job
      where id in (select id from headway.job where session_id = ${lost})`;
    await age(lost);
    const found = await eventually(() => look(), (changed) => changed.includes(lost));
    expect(found).toEqual([lost]);
    await app.sql`delete from headway.session where id like ${knowledgeId + '%'}`;
  });

  test('whose workers died on them again and again fail for good, also for the app', async () => {
    const id = await fileSession('deadly.pdf');
    const { files: [file] } = await status(id);
    await app.sql`update headway.job set status = 'processing' where id = ${file.job_id}`;
    await app.sql`update headway_queue.job set state = 'failed' where id = ${file.job_id}`;
    await look();
    const error = 'This work ended its worker again and again; it was given up';
    expect(await status(id)).toMatchObject({
      status: 'error',
      error: `deadly.pdf: ${error}`,
      files: [{ status: 'error', error_code: 'stalled' }],
    });
    const { body } = await app.get(`/files/${file.file_id}`);
    const error_details = message('ended_workers');
    expect(body.data).toEqual({ status: 'failed', error, error_details, error_code: 'stalled' });
  });

  test('whose file the app does not let be written keep no other work from its end', async () => {
    const ids = [await fileSession('refused.pdf'), await fileSession('deadly.pdf')];
    const [refused = '', deadly = ''] = ids;
    const finished = await appSession();
    await app.headway.progress.markSessionError(finished, 'reason');
    await age(finished, RETENTION_SECONDS + 1);
    await app.sql`update headway_queue.job set state = 'failed'
      where id in (select id from headway.job where session_id = any(${ids}))`;
    const { files: [file] } = await status(refused);
    await whileRefused(app.sql, 'file', file.file_id, look);
    expect((await status(deadly)).status).toBe('error');
    const [row] = await app.sql`select published from headway.session where id = ${finished}`;
    expect(row?.published).toBe(false);
    expect((await status(refused)).status).toBe('error');
    await writePostponed(app.db);
    await eventually(
      () => app.get(`/files/${file.file_id}`),
      ({ body }) => body.data.error_code === 'stalled',
    );
  });
});

describe('finished sessions', () => {
  test('leave meta later where the app does not let it be written', async () => {
    const [old, other] = [await appSession(), crypto.randomUUID()];
    const otherKnowledge = await app.knowledge();
    await app.headway.progress.updateProgress(
      { sessionId: other, knowledgeId: otherKnowledge },
      {},
    );
    for (const id of [old, other]) {
      await app.headway.progress.markSessionComplete(id);
      await age(id, RETENTION_SECONDS + 1);
    }
    const metas = async () =>
      (await app.sql`select meta from knowledge where id in (${knowledgeId}, ${otherKnowledge})
        order by id = ${otherKnowledge}`).map(({ meta }) => meta && Object.keys(meta).sort());
    await whileRefused(app.sql, 'knowledge', knowledgeId, look);
    const KEYS = ['processing_progress', 'processing_sessions', 'source'];
    expect(await metas()).toEqual([KEYS, null]);
    await reconcileProgress(app.db);
    expect(await metas()).toEqual([null, null]);
  });

  test('leave meta after their time, and stay in the history', async () => {
    const [old, recent, live] = [await appSession(), await appSession(), await appSession()];
    await app.headway.progress.markSessionComplete(recent);
    await app.headway.progress.markSessionError(old, 'reason');
    await age(old, RETENTION_SECONDS + 1);
    await age(recent, RETENTION_SECONDS - 10);
    await look();
    const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(Object.keys(row?.meta.processing_sessions).sort()).toEqual([recent, live].sort());
    expect(row?.meta.processing_progress.session_id).not.toBe(old);
    expect(await status(old)).toMatchObject({ status: 'error', error: 'reason' });
    const { body } = await app.get(`/sessions?knowledge_id=${knowledgeId}&live=false`);
    expect(body.items.map((item: { session_id: string }) => item.session_id).sort()).toEqual(
      [old, recent].sort(),
    );
    expect((await app.delete(`/progress/${old}`)).status).toBe(200);
  });

  test('the last one takes both keys with it; tried again, it is back', async () => {
    const id = await fileSession('a');
    await app.post(`/sessions/${id}/cancel`);
    await age(id, RETENTION_SECONDS + 1);
    await look();
    const meta = async () =>
      (await app.sql`select meta from knowledge where id = ${knowledgeId}`)[0]?.meta;
    expect(await meta()).toBeNull();
    await app.post(`/sessions/${id}/retry`);
    expect((await meta()).processing_progress).toMatchObject({ session_id: id, status: 'queued' });
    await look();
    expect((await meta()).processing_progress).toMatchObject({ session_id: id, status: 'queued' });
  });
});

test('the API puts stale sessions right by itself', async () => {
  const other = await startTestApp({ staleSeconds: 1 });
  const kb = await other.knowledge();
  await other.headway.progress.updateProgress({ sessionId: 's', knowledgeId: kb }, {});
  await other.sql`update headway.session set updated_at = now() - interval '1 minute'`;
  const document = await eventually(
    () => other.headway.progress.getProgress('s'),
    (found) => found?.status === 'error',
    8000,
  );
  expect(document?.error).toContain('given up');
  await other.stop();
});
