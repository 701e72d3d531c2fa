/**
 * Taking files out of a knowledge base removes no more of the app's rows than the app itself does.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clean } from '../../../backend/queue/clean.ts';
import { openDiskStorage } from '../../../backend/uploads/disk-storage.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { createHostDatabase, HOST_FILES, HOST_USER } from '../../support/host-database.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    database: await createHostDatabase({
      change: `create table channel_file (id text primary key,
        channel_file text not null references file (id) on delete cascade)`,
    }),
  });
  await app.sql`insert into chat (id, user_id, title, created_at, updated_at)
    values ('chat', ${HOST_USER}, 'A chat', 1, 1)`;
});
afterAll(() => app.stop());

let knowledgeId: string;
beforeEach(async () => {
  knowledgeId = await app.knowledge();
});

/** A file that was sent for the knowledge base, read and linked. */
async function put(name: string): Promise<{ id: string; path: string }> {
  const { body } = await app.send(name, name, { knowledge_id: knowledgeId }, { process: false });
  await app
    .sql`update file set data = '{"status":"completed","content":"x"}' where id = ${body.id}`;
  await app
    .sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    values (${body.id}, ${knowledgeId}, ${body.id}, ${HOST_USER}, 1, 1)`;
  const [row] = await app.sql`select path from file where id = ${body.id}`;
  return { id: body.id, path: row?.path };
}

const attach = (fileId: string) =>
  app.sql`insert into chat_file (id, user_id, chat_id, file_id, created_at, updated_at)
    values (${fileId}, ${HOST_USER}, 'chat', ${fileId}, 1, 1)`;

const idsIn = async (table: string) =>
  (await app.sql`select id from ${app.sql(table)}`)
    .map((row) => row.id);

const linked = async (id = knowledgeId) =>
  (await app.sql`select file_id from knowledge_file where knowledge_id = ${id}`)
    .map((row) => row.file_id);

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);

test.each(['reset', 'delete'])(
  '%s keeps files, their bytes and attachments of chats',
  async (what) => {
    const file = await put('one.txt');
    await attach(file.id);
    const { body: session } = await app.post(`/knowledge/${knowledgeId}/sessions`, {
      file_ids: [file.id],
    });
    const path = `/knowledge/${knowledgeId}/${what}`;
    const answer = await (what === 'reset' ? app.post(path) : app.delete(path));
    expect(answer.status).toBe(200);
    expect(await linked()).toEqual([]);
    expect(await idsIn('file')).toContain(file.id);
    expect(await idsIn('chat_file')).toContain(file.id);
    expect(await isThere(file.path)).toBe(true);
    expect((await app.get(`/files/${file.id}`)).body.data.content).toBe('x');
    expect((await app.get(`/progress/${session.session_id}/status`)).status).toBe(404);
    expect((await idsIn('knowledge')).includes(knowledgeId)).toBe(what === 'reset');
  },
);

test("reset and delete of the app's own knowledge base keep every file of it", async () => {
  const before = await idsIn('file');
  await app.post('/knowledge/host/reset');
  expect(await linked('host')).toEqual([]);
  await app.delete('/knowledge/host/delete');
  expect(await idsIn('file')).toEqual(before);
  expect(before).toEqual(expect.arrayContaining(Object.keys(HOST_FILES)));
});

test('file/remove deletes a file that nothing else has, and its bytes', async () => {
  const file = await put('alone.txt');
  await app.post(`/knowledge/${knowledgeId}/file/remove`, { file_id: file.id });
  expect(await idsIn('file')).not.toContain(file.id);
  expect(await isThere(file.path)).toBe(false);
  const records = await app.sql`select 1 from headway.stored_file where file_id = ${file.id}`;
  expect(records).toHaveLength(0);
});

test('file/remove only unlinks with delete_file=false, and what something else refers to', async () => {
  const files = await Promise.all(['asked', 'chat', 'channel', 'elsewhere'].map((n) => put(n)));
  const [asked, chat, channel, elsewhere] = files;
  await attach(chat!.id);
  await app.sql`insert into channel_file values ('c', ${channel!.id})`;
  const other = await app.knowledge('Another');
  await app.post(`/knowledge/${other}/file/add`, { file_id: elsewhere!.id });
  for (const { id } of files) {
    const query = id === asked!.id ? '?delete_file=false' : '';
    const answer = await app.post(`/knowledge/${knowledgeId}/file/remove${query}`, { file_id: id });
    expect(answer.status).toBe(200);
  }
  expect(await linked()).toEqual([]);
  expect(await linked(other)).toEqual([elsewhere!.id]);
  expect(await idsIn('file')).toEqual(expect.arrayContaining(files.map(({ id }) => id)));
  expect(await idsIn('chat_file')).toContain(chat!.id);
  for (const { path } of files) expect(await isThere(path)).toBe(true);
});

test("bytes of the app's own are never removed, those of a file that the app deleted are later", async () => {
  const theirs = join(app.dataDir, 'theirs.txt');
  await Deno.writeTextFile(theirs, 'of the app');
  await app.sql`insert into file (id, user_id, filename, path, data, meta)
    values ('theirs', ${HOST_USER}, 'theirs.txt', ${theirs}, '{"content":"x"}', '{}')`;
  await app.delete('/files/theirs');
  expect(await idsIn('file')).not.toContain('theirs');
  expect(await isThere(theirs)).toBe(true);

  const [file, young] = [await put('deleted.txt'), await put('young.txt')];
  await app.sql`delete from file where id in (${file.id}, ${young.id})`;
  await app.sql`update headway.stored_file set deleted_at = now() - interval '2 days'
    where file_id = ${file.id}`;
  const bytes = await openDiskStorage(app.dataDir);
  expect((await clean(app.db, { historyDays: 90, bytes })).files).toBe(1);
  expect(await isThere(file.path)).toBe(false);
  expect(await isThere(young.path)).toBe(true);
});

const CLONE =
  `insert into file (id, user_id, hash, filename, path, data, meta, created_at, updated_at)
  select 'clone-' || id, user_id, hash, filename, path, data, meta, created_at, updated_at
  from file where id = $1`;

test.each(['DELETE', 'file/remove'])(
  '%s keeps bytes that a copied row names; maintenance removes them after the copy',
  async (how) => {
    const file = await put('original.txt');
    await app.sql.unsafe(CLONE, [file.id]);
    const answer =
      await (how === 'DELETE'
        ? app.delete(`/files/${file.id}`)
        : app.post(`/knowledge/${knowledgeId}/file/remove`, { file_id: file.id }));
    expect(answer.status).toBe(200);
    expect(await idsIn('file')).not.toContain(file.id);
    expect(await Deno.readTextFile(file.path)).toBe('original.txt');

    await app.sql`update headway.stored_file set deleted_at = now() - interval '2 days'
      where file_id = ${file.id}`;
    const bytes = await openDiskStorage(app.dataDir);
    await clean(app.db, { historyDays: 90, bytes });
    expect(await isThere(file.path)).toBe(true);
    await app.delete(`/files/clone-${file.id}`);
    await clean(app.db, { historyDays: 90, bytes });
    expect(await isThere(file.path)).toBe(false);
  },
);

test('DELETE keeps bytes of a row that another transaction copies at that moment', async () => {
  const file = await put('copied.txt');
  await app.sql.begin(async (tx) => {
    await tx.unsafe(CLONE, [file.id]);
    expect((await app.delete(`/files/${file.id}`)).status).toBe(200);
  });
  expect(await idsIn('file')).toContain(`clone-${file.id}`);
  expect(await isThere(file.path)).toBe(true);
});

test('two deletions of rows that share bytes remove them, at the latest by maintenance', async () => {
  const file = await put('shared.txt');
  await app.sql.unsafe(CLONE, [file.id]);
  await Promise.all([file.id, `clone-${file.id}`].map((id) => app.delete(`/files/${id}`)));
  await app.sql`update headway.stored_file set deleted_at = now() - interval '2 days'
    where file_id = ${file.id}`;
  const bytes = await openDiskStorage(app.dataDir);
  await clean(app.db, { historyDays: 90, bytes });
  expect(await isThere(file.path)).toBe(false);
});
