/**
 * Rows of the app that a transaction of its own has locked, or that a trigger of it protects: nothing
 * waits for them, and what is to be written there is written later.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CANCELLED } from '../../../backend/contract/failures.ts';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { writePostponed } from '../../../backend/knowledge/file-statuses.ts';
import { reconcile } from '../../../backend/knowledge/reconcile.ts';
import { reconcileProgress } from '../../../backend/progress/store.ts';
import { sweep } from '../../../backend/progress/sweep.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import { startHeadwayWorker } from '../../../backend/worker.ts';
import { sql } from 'drizzle-orm';
import { eventually, startTestApp, type TestApp } from '../../support/app.ts';
import { REFUSAL, whileInsertsRefused, whileRefused } from '../../support/refused-writes.ts';

let app: TestApp;
let queue: Queue;
let locked: AsyncDisposableStack;
beforeAll(async () => {
  app = await startTestApp();
  queue = await openQueue(app.db.url, { onError: (error) => app.logged.push(`${error}`) });
  locked = new AsyncDisposableStack();
});
afterEach(() => release());
afterAll(async () => {
  await queue.stop();
  await app.stop();
});

/** Has a transaction of the app lock a row until {@link release}. */
async function lock(table: 'file' | 'knowledge', id: string): Promise<void> {
  const host = await app.sql.reserve();
  await host`begin`;
  await host`select 1 from ${host(table)} where id = ${id} for update`;
  locked.defer(async () => {
    await host`rollback`;
    host.release();
  });
}

async function release(): Promise<void> {
  const held = locked;
  locked = new AsyncDisposableStack();
  await held.disposeAsync();
}

async function start(...names: string[]) {
  const knowledgeId = await app.knowledge();
  const fileIds: string[] = [];
  for (const name of names) {
    const about = { knowledge_id: knowledgeId };
    fileIds.push((await app.send(name, name, about, { process: false })).body.id);
  }
  const { body } = await app.post(`/knowledge/${knowledgeId}/sessions`, { file_ids: fileIds });
  return { knowledgeId, fileIds, sessionId: body.session_id as string };
}
const dataOf = async (fileId: string | undefined) =>
  (await app.sql`select data from file where id = ${fileId ?? null}`)[0]?.data;
const metaOf = async (id: string) =>
  (await app.sql`select meta from knowledge where id = ${id}`)[0]?.meta;
const reaches = (fileId: string | undefined, status: string) =>
  eventually(() => dataOf(fileId), (data) => data?.status === status);

const ABANDONED = { status: 'failed', error: 'Cancelled', error_code: CANCELLED };

test('a cancel, a retry and another cancel do not wait for a locked file', async () => {
  const { fileIds: [one, other], knowledgeId, sessionId } = await start('a.txt', 'b.txt');
  await lock('file', one!);
  await lock('knowledge', knowledgeId);
  expect((await app.post(`/sessions/${sessionId}/cancel`)).status).toBe(200);
  expect((await app.get(`/progress/${sessionId}/status`)).body.status).toBe('cancelled');
  expect([await dataOf(one), await dataOf(other)]).toEqual([{ status: 'pending' }, ABANDONED]);
  expect((await app.post(`/sessions/${sessionId}/retry`)).status).toBe(200);
  expect(await dataOf(other)).toEqual({ status: 'pending' });
  expect((await app.post(`/sessions/${sessionId}/cancel`)).status).toBe(200);
  await release();
  await reaches(one, 'failed');
  expect(await dataOf(one)).toEqual(ABANDONED);
  expect([...await app.sql`select * from headway.unwritten_status`]).toEqual([]);
});

test('a cancel of several jobs of one locked file does not wait for it', async () => {
  const { fileIds: [one, other], sessionId } = await start('a.txt', 'b.txt');
  await app.sql`update headway.job set file_id = ${one!} where file_id = ${other!}`;
  await lock('file', one!);
  expect((await app.post(`/sessions/${sessionId}/cancel`)).status).toBe(200);
  await release();
  await reaches(one, 'failed');
});

test('a cancel that is to be written later is not once the file is processed again', async () => {
  const { fileIds: [id], sessionId } = await start('a.txt');
  await lock('file', id!);
  await app.post(`/sessions/${sessionId}/cancel`);
  expect((await app.post(`/sessions/${sessionId}/retry`)).status).toBe(200);
  await release();
  await eventually(
    () => app.sql`select * from headway.unwritten_status`,
    (rows) => rows.length === 0,
  );
  expect(await dataOf(id)).toEqual({ status: 'pending' });
  await app.post(`/sessions/${sessionId}/cancel`);
});

test('a status of a row that was made anew is forgotten', async () => {
  const { body: { id } } = await app.send('a.txt', 'a.txt', {}, { process: false });
  await app.sql`insert into headway.unwritten_status (file_id, kind, data, row_created_at)
    select id, 'cancelled', ${JSON.stringify(ABANDONED)}, created_at - 1 from file
    where id = ${id}`;
  await writePostponed(app.db);
  expect(await dataOf(id)).toEqual({ status: 'pending' });
  expect([...await app.sql`select * from headway.unwritten_status`]).toEqual([]);
});

test('clearing a session does not wait for its locked knowledge base', async () => {
  const { knowledgeId, sessionId } = await start('a.txt');
  await lock('knowledge', knowledgeId);
  expect((await app.delete(`/progress/${sessionId}`)).status).toBe(200);
  expect((await app.get(`/progress/${sessionId}/status`)).status).toBe(404);
  await release();
  await reconcileProgress(app.db);
  await eventually(() => metaOf(knowledgeId), (meta) => meta === null);
});

test('work that ends its workers is given up beside a locked file', async () => {
  const { fileIds: [one, other], sessionId } = await start('a.txt', 'b.txt');
  await lock('file', one!);
  const jobs = await app.sql<{ id: string }[]>`
    update headway.job set budget_progress = progress where session_id = ${sessionId} returning id`;
  const options = { staleSeconds: 300, retentionSeconds: 3600, lostJobs: queue.lost };
  await sweep(app.db, {
    ...queue,
    ...options,
    exhausted: () => Promise.resolve(jobs.map(({ id }) => id)),
    endedByOutage: () => Promise.resolve([]),
  });
  expect((await app.get(`/progress/${sessionId}/status`)).body.status).toBe('error');
  const failed = { status: 'failed', error_code: 'stalled', error: expect.any(String) };
  expect([await dataOf(one), await dataOf(other)]).toEqual([{ status: 'pending' }, failed]);
  await release();
  await reaches(one, 'failed');
  expect(await dataOf(one)).toEqual(failed);
});

test('a text is restored beside a locked file', async () => {
  const { fileIds, sessionId } = await start('a.txt', 'b.txt');
  await app.post(`/sessions/${sessionId}/cancel`);
  for (const id of fileIds) {
    await app.db.orm.transaction((tx) =>
      completeFile(tx, id, { text: 'Words', knowledgeId: null, edited: true })
    );
  }
  await lock('file', fileIds[0]!);
  await app.sql`update file set data = null where id = ${fileIds[1]!}`;
  await reconcile(app.db, sql`p.file_id = any(${sql.param(fileIds)}::text[])`);
  expect(await dataOf(fileIds[1])).toEqual({ status: 'completed', content: 'Words' });
});

test('other knowledge bases go on while the app holds rows of one', async () => {
  const held = await start('a.txt', 'b.txt');
  await lock('knowledge', held.knowledgeId);
  await lock('file', held.fileIds[0]!);
  const others = [await start('c.txt'), await start('d.txt', 'e.txt'), await start('f.txt')];
  const worker = await startHeadwayWorker({ databaseUrl: app.db.url, dataDir: app.dataDir });
  const status = async (id: string) => (await app.get(`/progress/${id}/status`)).body;
  for (const { sessionId, knowledgeId } of others) {
    await eventually(() => status(sessionId), ({ status }) => status === 'completed');
    expect((await metaOf(knowledgeId)).processing_progress).toMatchObject({
      session_id: sessionId,
      status: 'completed',
    });
  }
  await release();
  await eventually(() => status(held.sessionId), ({ status }) => status === 'completed');
  await reaches(held.fileIds[0], 'completed');
  await eventually(
    async () => (await metaOf(held.knowledgeId)).processing_progress,
    ({ status }) => status === 'completed',
  );
  await worker.stop();
});

test('a trigger that refuses a status delays nothing, and is shown until it lets it', async () => {
  const { fileIds: [id], sessionId } = await start('a.txt');
  await whileRefused(app.sql, 'file', id!, async () => {
    expect((await app.post(`/sessions/${sessionId}/cancel`)).status).toBe(200);
    expect((await app.get('ready')).body.waiting).toEqual([
      expect.objectContaining({ reason: 'rows_refused', jobs: 1 }),
    ]);
  });
  await writePostponed(app.db);
  await reaches(id, 'failed');
  expect((await app.get('ready')).body.waiting).toBeUndefined();
});

test('an upload that a trigger of the app refuses is answered with a code, and leaves no bytes', async () => {
  const stored = () => [...Deno.readDirSync(`${app.dataDir}/uploads`)].map(({ name }) => name);
  const before = stored();
  await whileInsertsRefused(app.sql, 'file', async () => {
    const { status, body } = await app.send('a.txt', 'a.txt', {}, { process: false });
    expect({ status, code: body.code, reason: body.reason.code }).toEqual({
      status: 503,
      code: 'unavailable',
      reason: 'write_refused',
    });
    expect(JSON.stringify(body)).not.toContain(REFUSAL);
  });
  expect(app.refused).toContainEqual(expect.stringContaining('POST /api/v1/files'));
  expect(stored()).toEqual(before);
  expect((await app.send('a.txt', 'a.txt', {}, { process: false })).status).toBe(200);
});

test('a link that a trigger of the app refuses is answered with a code', async () => {
  const knowledgeId = await app.knowledge();
  const { body: { id } } = await app.send('a.txt', 'a.txt', {}, { process: false });
  await app.db.orm.transaction((tx) =>
    completeFile(tx, id, { text: 'Words', knowledgeId: null, edited: true })
  );
  await whileInsertsRefused(app.sql, 'knowledge_file', async () => {
    const { status, body } = await app.post(`/knowledge/${knowledgeId}/file/add`, { file_id: id });
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'unavailable' });
  });
});
