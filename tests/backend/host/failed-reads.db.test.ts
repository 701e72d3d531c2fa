/**
 * A read that fails, is tried again or finds nothing takes no text from the app's rows.
 */
import { message, text } from '../../../backend/contract/messages/catalogue.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { failFiles, reopenFiles } from '../../../backend/knowledge/file-statuses.ts';
import { startHeadwayWorker } from '../../../backend/worker.ts';
import { eventually, startTestApp, type TestApp } from '../../support/app.ts';
import { createHostDatabase, HOST_FILES } from '../../support/host-database.ts';

const GONE = 'The file is gone. Please upload it again';
const WITH_TEXT = ['completed', 'old', 'old-nul', 'failed'];
const UNREAD = ['pending', 'null', 'json-null', 'list'];

let app: TestApp;
let worker: Awaited<ReturnType<typeof startHeadwayWorker>>;
beforeAll(async () => {
  app = await startTestApp({ database: await createHostDatabase() });
  worker = await startHeadwayWorker({ databaseUrl: app.db.url, dataDir: app.dataDir });
});
afterAll(async () => {
  await worker.stop();
  await app.stop();
});

/** The app's rows, their JSON to the letter. */
const rowsOf = async (ids: readonly string[]) => [
  ...await app
    .sql`select id, hash, filename, path, data::text, meta::text, updated_at::int from file
    where id = any(${ids}::text[]) order by id`,
];

const isOver = async (sessionId: string) =>
  (await app.sql`select finished_at from headway.session where id = ${sessionId}`)[0]?.finished_at;

test('signing in reads nothing again that has a text, and a failure takes none', async () => {
  const before = await rowsOf(WITH_TEXT);
  const { body } = await app.post('/background/start', {});
  if (!body.sessions) throw new Error(JSON.stringify(body));
  const [session] = body.sessions;
  const files = await app.sql`select file_id from headway.job`;
  expect(files.map((row) => row.file_id).sort()).toEqual([...UNREAD].sort());
  await eventually(() => isOver(session.session_id), Boolean);
  expect(await rowsOf(WITH_TEXT)).toEqual(before);
  const { body: pending } = await app.get('/files/pending');
  expect(pending.data).toEqual({
    status: 'failed',
    error: GONE,
    error_details: message('bytes_gone'),
    error_code: 'bytes_missing',
  });
  const [list] = await rowsOf(['list']);
  expect(list?.data).toBe(HOST_FILES.list?.data);
});

test('a file that has a text and cannot be read again keeps it, and says why', async () => {
  const before = await rowsOf(WITH_TEXT);
  const { body: session } = await app.post('/knowledge/host/sessions', { file_ids: WITH_TEXT });
  if (!session.session_id) throw new Error(JSON.stringify(session));
  await eventually(() => isOver(session.session_id), Boolean);
  expect(await rowsOf(WITH_TEXT)).toEqual(before);
  const { body: status } = await app.get(`/progress/${session.session_id}/status?files=true`);
  expect(status.files.map((file: { error: string }) => file.error)).toEqual(
    WITH_TEXT.map(() => GONE),
  );
  const { body: old } = await app.get('/files/old');
  expect(old.data).toMatchObject({
    status: 'failed',
    error: GONE,
    error_code: 'bytes_missing',
    content: 'An old text of the host.',
  });
  expect((await app.get('/files/old/process/status')).body).toEqual({
    status: 'failed',
    error: GONE,
  });
  const { body: list } = await app.get('/knowledge/host/files?state=attention&limit=200');
  const listed = list.items.find((item: { id: string }) => item.id === 'old');
  expect(listed.data).toMatchObject({ error: GONE });

  await app.post(`/sessions/${session.session_id}/retry`);
  await eventually(() => isOver(session.session_id), Boolean);
  expect(await rowsOf(WITH_TEXT)).toEqual(before);
});

test.each([
  ['an object', { status: 'completed', content: { a: 'text inside' } }],
  ['a list', { content: ['one', 'two'] }],
])('content that is %s is kept when the file cannot be read', async (shape, data) => {
  const id = `content ${shape}`;
  await app.sql`insert into file (id, user_id, filename, path, data, meta, created_at)
    select ${id}, user_id, 'odd.txt', path, ${JSON.stringify(data)}::text::json, meta, created_at
    from file where id = 'old'`;
  await app.sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at,
    updated_at) select ${id}, 'host', id, user_id, 0, 0 from file where id = ${id}`;
  const before = await rowsOf([id]);
  const { body: session } = await app.post('/knowledge/host/sessions', { file_ids: [id] });
  await eventually(() => isOver(session.session_id), Boolean);
  expect((await app.get(`/files/${id}/process/status`)).body).toEqual({
    status: 'failed',
    error: GONE,
  });
  expect(await rowsOf([id])).toEqual(before);
});

test('what Headway read of a file is kept when its bytes are gone later', async () => {
  const { body: file } = await app.send('kept.txt', 'Words that stay.', { knowledge_id: 'host' });
  const completed = async () => (await app.get(`/files/${file.id}`)).body.data.status;
  await eventually(completed, (status) => status === 'completed');
  const [row] = await rowsOf([file.id]);
  await Deno.remove(row?.path);
  await app.post('/knowledge/host/file/update', { file_id: file.id });
  await eventually(completed, (status) => status === 'failed');
  expect(await rowsOf([file.id])).toEqual([row]);
  expect((await app.get(`/files/${file.id}/parts`)).body.parts).toMatchObject([
    { text: 'Words that stay.' },
  ]);
  expect((await app.get('/knowledge/host/search?q=stay')).body.total).toBe(1);
});

test('a text stays readable when a newer processor fails on its bytes', async () => {
  const { body: file } = await app.send('newer.txt', 'Words of yesteryear.', {
    knowledge_id: 'host',
  });
  const status = async () => (await app.get(`/files/${file.id}`)).body.data.status;
  await eventually(status, (now) => now === 'completed');
  const [row] = await rowsOf([file.id]);
  await Deno.writeTextFile(row?.path, '%PDF-1.7 and nothing else');
  await app.sql`update headway.extraction set version = 0 where file_id = ${file.id}`;
  await app.post('/knowledge/host/file/update', { file_id: file.id });
  await eventually(status, (now) => now === 'failed');
  expect(await rowsOf([file.id])).toEqual([row]);
  const { body } = await app.get(`/files/${file.id}/parts`);
  expect(body.parts).toMatchObject([{ text: 'Words of yesteryear.' }]);
  expect((await app.get('/knowledge/host/search?q=yesteryear')).body.total).toBe(1);
});

test('a read that finds no text leaves the one that is there; a person may empty it', async () => {
  const textOf = async (id: string) => (await app.get(`/files/${id}`)).body.data;
  await completeFile(app.db.orm, 'old', { text: ' \n', knowledgeId: null });
  expect(await textOf('old')).toEqual({
    status: 'completed',
    content: 'An old text of the host.',
    theirs: 7,
  });
  const [kept] = await rowsOf(['old']);
  expect(kept?.hash).toBe('theirs');
  await completeFile(app.db.orm, 'old', { text: 'New.', knowledgeId: null });
  expect(await textOf('old')).toEqual({ status: 'completed', content: 'New.', theirs: 7 });
  await app.post('/files/old/data/content/update', { content: '' });
  expect(await textOf('old')).toEqual({ status: 'completed', content: '', theirs: 7 });
});

test('a failure and a new attempt show in a row without a text, and keep its other keys', async () => {
  await app.sql`insert into file (id, user_id, filename, data, meta)
    values ('bare', 'local', 'bare', '{"status": "pending", "theirs": 1}', '{}')`;
  const dataOf = async () => JSON.parse((await rowsOf(['bare']))[0]?.data);
  await app.db.orm.transaction((tx) =>
    failFiles(tx, [{ fileId: 'bare', code: 'stalled', reason: text('Why') }])
  );
  expect(await dataOf()).toEqual({
    status: 'failed',
    error: 'Why',
    error_code: 'stalled',
    theirs: 1,
  });
  await app.db.orm.transaction((tx) => reopenFiles(tx, ['bare']));
  expect(await dataOf()).toEqual({ status: 'pending', theirs: 1 });
});
