/**
 * A file whose first reading is cancelled is not left pending in the app's row: its pages would wait
 * for it for ever.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CANCELLED } from '../../../backend/contract/failures.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const ABANDONED = { status: 'failed', error: 'Cancelled', error_code: CANCELLED };

interface Started {
  readonly knowledgeId: string;
  readonly fileId: string;
  readonly sessionId: string;
}

async function start(data?: unknown): Promise<Started> {
  const knowledgeId = await app.knowledge();
  const sent = await app.send('a.txt', 'Words.', { knowledge_id: knowledgeId }, { process: false });
  const fileId = sent.body.id;
  if (data) {
    await app.sql`update file set data = ${app.sql.json(data as never)} where id = ${fileId}`;
  }
  return { knowledgeId, fileId, sessionId: await again({ knowledgeId, fileId }) };
}
const again = async ({ knowledgeId, fileId }: Pick<Started, 'knowledgeId' | 'fileId'>) => {
  const { body } = await app.post(`/knowledge/${knowledgeId}/sessions`, { file_ids: [fileId] });
  return body.session_id as string;
};
const dataOf = async (fileId: string) =>
  (await app.sql`select data from file where id = ${fileId}`)[0]?.data;

test.each<[string, (started: Started) => Promise<unknown>]>([
  ['the session is cancelled', ({ sessionId }) => app.post(`/sessions/${sessionId}/cancel`)],
  ['the session is cleared', ({ sessionId }) => app.delete(`/progress/${sessionId}`)],
  ['its job is cancelled', async ({ sessionId }) => {
    const { body } = await app.get(`/progress/${sessionId}/status?files=true`);
    await app.post(`/sessions/${sessionId}/files/${body.files[0].job_id}/cancel`);
  }],
  ['the knowledge base is reset', ({ knowledgeId }) => app.post(`/knowledge/${knowledgeId}/reset`)],
  [
    'the knowledge base is deleted',
    ({ knowledgeId }) => app.delete(`/knowledge/${knowledgeId}/delete`),
  ],
  [
    'the file is removed and kept',
    ({ knowledgeId, fileId }) =>
      app.post(`/knowledge/${knowledgeId}/file/remove?delete_file=false`, { file_id: fileId }),
  ],
])('the app sees a failed file when %s', async (_when, cancel) => {
  const started = await start();
  expect(await dataOf(started.fileId)).toEqual({ status: 'pending' });
  await cancel(started);
  expect(await dataOf(started.fileId)).toEqual(ABANDONED);
  expect((await app.get(`/files/${started.fileId}/process/status`)).body).toEqual({
    status: 'failed',
    error: 'Cancelled',
  });
});

test('it waits again once it is tried again, or processed anew', async () => {
  const started = await start();
  await app.post(`/sessions/${started.sessionId}/cancel`);
  await app.post(`/sessions/${started.sessionId}/retry`);
  expect(await dataOf(started.fileId)).toEqual({ status: 'pending' });
  await app.post(`/sessions/${started.sessionId}/cancel`);
  await again(started);
  expect(await dataOf(started.fileId)).toEqual({ status: 'pending' });
  expect((await app.get(`/files/${started.fileId}/process/status`)).body.status).toBe('pending');
});

test('it waits as long as other work is to read it', async () => {
  const started = await start();
  const other = await again(started);
  await app.post(`/sessions/${started.sessionId}/cancel`);
  expect(await dataOf(started.fileId)).toEqual({ status: 'pending' });
  await app.post(`/sessions/${other}/cancel`);
  expect(await dataOf(started.fileId)).toEqual(ABANDONED);
});

test.each([
  [{ status: 'completed', content: 'Words of the app.' }],
  [{ status: 'pending', content: 'Words of the app.' }],
  [{ content: 'Words of the app.' }],
  [{ status: 'processing' }],
  [{ theirs: 1 }],
  [['pending']],
])('what the app does not wait for stays: %j', async (data) => {
  const started = await start(data);
  await app.post(`/sessions/${started.sessionId}/cancel`);
  expect(await dataOf(started.fileId)).toEqual(data);
});

test('other keys of a row that is waited for stay', async () => {
  const started = await start({ status: 'pending', theirs: 1 });
  await app.post(`/sessions/${started.sessionId}/cancel`);
  expect(await dataOf(started.fileId)).toEqual({ ...ABANDONED, theirs: 1 });
});

test('a row that lost what was read of it is left to be restored', async () => {
  const started = await start();
  await app.sql`insert into headway.published_text (file_id, hash) values (${started.fileId}, 'x')`;
  await app.post(`/sessions/${started.sessionId}/cancel`);
  expect(await dataOf(started.fileId)).toEqual({ status: 'pending' });
  expect([...await app.sql`select hash from headway.published_text`]).toEqual([{ hash: 'x' }]);
});
