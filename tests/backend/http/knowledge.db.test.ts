import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Knowledge, KnowledgeFiles, KnowledgeList } from '../../../backend/contract/knowledge.ts';
import { FileRow } from '../../../backend/contract/files.ts';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const MISSING = '00000000-0000-4000-8000-000000000000';

describe('POST /knowledge/create', () => {
  test('answers with the row in the shape of the existing app', async () => {
    const { status, body } = await app.post('/knowledge/create', {
      name: '  Novels ',
      description: 'Read aloud',
      access_grants: [],
    });
    expect(status).toBe(200);
    expect(v.parse(v.strictObject(Knowledge.entries), body)).toMatchObject({
      user_id: 'local',
      name: 'Novels',
      description: 'Read aloud',
      meta: null,
      files: null,
      write_access: true,
      access_grants: [],
    });
    expect(body.created_at).toBeCloseTo(Date.now() / 1000, -1);
  });

  test.each([undefined, null, ''])('stores no NULL where the description is %j', async (given) => {
    const { body } = await app.post('/knowledge/create', { name: 'Bare', description: given });
    expect(body.description).toBe('');
    const [row] = await app.sql`select description from knowledge where id = ${body.id}`;
    expect(row?.description).toBe('');
  });

  test.each([
    ['no name', {}],
    ['an empty name', { name: '   ' }],
    ['a name of 201 characters', { name: 'x'.repeat(201) }],
    ['a name that is no text', { name: 7 }],
    ['a name with NUL', { name: 'a\0b' }],
    ['a description with NUL', { name: 'a', description: '\0' }],
    ['grants that are none', { name: 'a', access_grants: [{ principal_type: 'everyone' }] }],
  ])('refuses %s', async (_what, body) => {
    expect(notProblem(await app.post('/knowledge/create', body), 'invalid')).toBeNull();
  });

  test('refuses a broken body, and one that is not JSON', async () => {
    const headers = { 'content-type': 'application/json' };
    const broken = await app.ask('POST', '/knowledge/create', { body: '{"name"', headers });
    expect(notProblem(broken, 'bad_request')).toBeNull();
    const plain = await app.ask('POST', '/knowledge/create', { body: '{"name":"a"}' });
    expect(notProblem(plain, 'unsupported_media_type')).toBeNull();
  });

  test('refuses a JSON body of more than 8 MB, also without a length', async () => {
    const text = JSON.stringify({ name: 'a', description: 'x'.repeat(9 * 1024 * 1024) });
    const headers = { 'content-type': 'application/json' };
    const body = new Blob([text]).stream();
    const streamed = await app.ask('POST', '/knowledge/create', { body, headers });
    expect(notProblem(streamed, 'too_large')).toBeNull();
    const announced = await app.ask('POST', '/knowledge/create', {
      body: text,
      headers: { ...headers, 'content-length': `${text.length}` },
    });
    expect(notProblem(announced, 'too_large')).toBeNull();
  });
});

describe('GET /knowledge/', () => {
  test('answers with or without the slash, newest first, in the existing shape', async () => {
    const older = await app.knowledge('Older');
    const newer = await app.knowledge('Newer');
    await app.sql`update knowledge set updated_at = 9e9 where id = ${newer}`;
    await app.sql`update knowledge set updated_at = 8e9 where id = ${older}`;
    for (const path of ['/knowledge/', '/knowledge', '/knowledge/?page=1']) {
      const { status, body } = await app.get(path);
      expect(status).toBe(200);
      v.parse(KnowledgeList, body);
      expect(body.items.slice(0, 2).map((item: { id: string }) => item.id)).toEqual([newer, older]);
      expect(body.items[0]).toMatchObject({ file_count: 0, write_access: true, user: null });
    }
  });

  test('shows rows without updated_at last', async () => {
    const id = await app.knowledge('Never updated');
    await app.sql`update knowledge set updated_at = null where id = ${id}`;
    const { body } = await app.get('/knowledge/search?query=&view_option=&order_by=updated_at');
    expect(body.items.at(-1)).toMatchObject({ id, updated_at: null });
  });

  test('names the owner where the app knows one', async () => {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values ('ann', 'Ann', 'ann@example.org', 'user', 1)`;
    const id = await app.knowledge('Of Ann');
    await app.sql`update knowledge set user_id = 'ann' where id = ${id}`;
    const { body } = await app.get('/knowledge/search?query=Of%20Ann');
    expect(body.items[0].user).toEqual({ id: 'ann', name: 'Ann', email: 'ann@example.org' });
  });

  test('hides external ones, and shows every other form of meta', async () => {
    const ids: Record<string, string> = {};
    for (
      const meta of ['{"source":"external"}', '{"source":"local"}', '{"x":1}', 'null', '[]', '"s"']
    ) {
      const id = await app.knowledge('Of many metas');
      await app.sql`update knowledge set meta = ${app.sql.unsafe(`'${meta}'`)} where id = ${id}`;
      ids[meta] = id;
    }
    const { body } = await app.get('/knowledge/search?query=Of%20many%20metas');
    const shown = new Set(body.items.map((item: { id: string }) => item.id));
    expect(shown.has(ids['{"source":"external"}'])).toBe(false);
    expect(shown.size).toBe(5);
  });
});

describe('GET /knowledge/search', () => {
  const NAMES = ['50% off', 'snake_case', `O'Brien "quoted"`, 'back\\slash', '📚 Bücher', 'plain'];

  test.each([
    ['%', '50% off'],
    ['_', 'snake_case'],
    [`'`, `O'Brien "quoted"`],
    ['"quoted"', `O'Brien "quoted"`],
    ['\\', 'back\\slash'],
    ['📚', '📚 Bücher'],
    ['BÜCHER', '📚 Bücher'],
  ])('takes %s literally', async (query, name) => {
    if ((await app.get('/knowledge/search?query=snake_case')).body.total === 0) {
      for (const each of NAMES) await app.knowledge(each);
    }
    const { body } = await app.get(`/knowledge/search?query=${encodeURIComponent(query)}`);
    expect(body.items.map((item: { name: string }) => item.name)).toEqual([name]);
    expect(body.total).toBe(1);
  });

  test('finds by description, a NULL one included', async () => {
    const id = await app.knowledge('Nothing of the words');
    await app.sql`update knowledge set description = 'persuasion' where id = ${id}`;
    const { body } = await app.get('/knowledge/search?query=PERSUA');
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([id]);
    await app.sql`update knowledge set description = null where id = ${id}`;
    const again = await app.get('/knowledge/search?query=Nothing%20of%20the%20words');
    expect(again.body.items[0]).toMatchObject({ id, description: null });
  });

  test('pages by 30 and orders; a page beyond the end is empty and keeps the total', async () => {
    await Promise.all(
      Array.from({ length: 31 }, (_, n) => app.knowledge(`Paged ${`${n}`.padStart(2, '0')}`)),
    );
    const page = (n: number, more = '') =>
      app.get(`/knowledge/search?query=Paged&order_by=name&direction=asc&page=${n}${more}`);
    const [first, second, third] = [await page(1), await page(2), await page(3)];
    expect(first.body.items).toHaveLength(30);
    expect(first.body.items[0].name).toBe('Paged 00');
    expect(second.body.items.map((item: { name: string }) => item.name)).toEqual(['Paged 30']);
    expect(third.body).toEqual({ items: [], total: 31 });
    expect([first.body.total, second.body.total]).toEqual([31, 31]);
  });

  test.each([
    'page=0',
    'page=-1',
    'page=x',
    'page=99999999999',
    'order_by=user_id',
    'direction=up',
  ])(
    'refuses %s',
    async (query) => {
      expect(notProblem(await app.get(`/knowledge/search?${query}`), 'invalid')).toBeNull();
    },
  );

  test('refuses NUL', async () => {
    expect(notProblem(await app.get('/knowledge/search?query=%00'), 'invalid')).toBeNull();
  });
});

describe('one knowledge base', () => {
  test('is read and changed; left-out grants stay', async () => {
    const grant = { principal_type: 'user', principal_id: 'ann', permission: 'read' };
    const { body: made } = await app.post('/knowledge/create', {
      name: 'Shared',
      access_grants: [grant],
    });
    expect(made.access_grants).toEqual([expect.objectContaining(grant)]);
    const { body: read } = await app.get(`/knowledge/${made.id}`);
    expect(read).toEqual(made);
    const updated = await app.post(`/knowledge/${made.id}/update`, { name: 'New name' });
    expect(updated.body).toMatchObject({
      name: 'New name',
      description: '',
      access_grants: [grant],
    });
    const all = { principal_type: 'anyone', principal_id: '*', permission: 'write' };
    const opened = await app.post(`/knowledge/${made.id}/access/update`, { access_grants: [all] });
    expect(opened.body.access_grants).toEqual([expect.objectContaining(all)]);
    const closed = await app.post(`/knowledge/${made.id}/access/update`, { access_grants: [] });
    expect(closed.body.access_grants).toEqual([]);
  });

  test.each<[string, string, unknown?]>([
    ['GET', ''],
    ['POST', '/update', { name: 'x' }],
    ['POST', '/access/update', { access_grants: [] }],
    ['POST', '/reset'],
    ['DELETE', '/delete'],
    ['GET', '/files'],
    ['GET', '/files/pending'],
    ['POST', '/file/add', { file_id: 'x' }],
    ['POST', '/file/update', { file_id: 'x' }],
    ['POST', '/file/remove', { file_id: 'x' }],
    ['POST', '/sessions', {}],
    ['GET', '/search?q=word'],
  ])('%s %s answers that an unknown one does not exist', async (method, path, json) => {
    const answer = await app.ask(method, `/knowledge/${MISSING}${path}`, json ? { json } : {});
    expect(notProblem(answer, 'knowledge_not_found')).toBeNull();
  });

  test('refuses an id with NUL as not found or invalid, never as an error of ours', async () => {
    expect(notProblem(await app.get('/knowledge/%00'), 'invalid')).toBeNull();
  });
});

describe('files of a knowledge base', () => {
  test('are listed once linked, pending before; both without their text', async () => {
    const id = await app.knowledge('Of Miss Woodhouse');
    const { body: file } = await app.send('emma.txt', 'Emma Woodhouse', { knowledge_id: id });
    const pending = await app.get(`/knowledge/${id}/files/pending`);
    expect(pending.body.map((row: { id: string }) => row.id)).toEqual([file.id]);
    expect((await app.get(`/knowledge/${id}/files`)).body.total).toBe(0);

    const added = await app.post(`/knowledge/${id}/file/add`, { file_id: file.id });
    expect(v.parse(Knowledge, added.body).id).toBe(id);
    await app.sql`update file set data = '{"status":"completed","content":"secret text"}'`;
    for (const path of ['files', 'files/', 'files?query=EMMA', 'files?page=1&order_by=name']) {
      const { body } = await app.get(`/knowledge/${id}/${path}`);
      v.parse(KnowledgeFiles, body);
      expect(body).toMatchObject({ total: 1, directories: [], breadcrumbs: [] });
      expect(body.items[0].data).toEqual({ status: 'completed' });
    }
    expect((await app.get(`/knowledge/${id}/files/pending`)).body).toEqual([]);
    expect((await app.get(`/knowledge/${id}/files?query=persuasion`)).body.total).toBe(0);
    const beyond = await app.get(`/knowledge/${id}/files?page=2`);
    expect(beyond.body).toMatchObject({ items: [], total: 1 });
    const { body } = await app.get('/knowledge/search?query=Of%20Miss%20Woodhouse');
    expect(body.items).toEqual([expect.objectContaining({ id, file_count: 1 })]);
  });

  test('a file with NUL and half a pair in its text, as the app may store it, is shown without', async () => {
    const id = await app.knowledge();
    const { body: file } = await app.send('nul.txt', 'x', { knowledge_id: id }, { process: false });
    const text = 'a\0b, a backslash and u0000: \\u0000, both: \\\0, halves: \udc00\ud83d';
    // A whole pair in escapes, as many a writer of JSON has it.
    const data = JSON.stringify({ status: 'failed', content: text + '📚' })
      .replace('📚', '\\ud83d\\udcda');
    await app.sql`update file set data = ${app.sql.unsafe(`'${data}'`)} where id = ${file.id}`;
    const { body } = await app.get(`/files/${file.id}`);
    const shown = 'ab, a backslash and u0000: \\u0000, both: \\, halves: 📚';
    expect(body.data.content).toBe(shown);
    expect((await app.get(`/knowledge/${id}/files/pending`)).body[0].data.status).toBe('failed');
    expect((await app.post(`/knowledge/${id}/sessions`)).body.total_files).toBe(1);
    await app.post(`/knowledge/${id}/file/add`, { file_id: file.id });
    expect((await app.get(`/knowledge/${id}/files`)).body.total).toBe(1);
    expect((await app.get('/files/')).status).toBe(200);
  });

  test('adding twice links once; adding an unknown one is refused', async () => {
    const id = await app.knowledge();
    const { body: file } = await app.send('a.txt', 'a');
    await app.post(`/knowledge/${id}/file/add`, { file_id: file.id });
    expect((await app.post(`/knowledge/${id}/file/add`, { file_id: file.id })).status).toBe(200);
    expect((await app.get(`/knowledge/${id}/files`)).body.total).toBe(1);
    const unknown = await app.post(`/knowledge/${id}/file/add`, { file_id: MISSING });
    expect(notProblem(unknown, 'file_not_found')).toBeNull();
    const nameless = await app.post(`/knowledge/${id}/file/add`, {});
    expect(notProblem(nameless, 'invalid')).toBeNull();
  });

  test('a file that is processed already is not processed again when added', async () => {
    const id = await app.knowledge();
    const { body: file } = await app.send('done.txt', 'done', {}, { process: false });
    await app.sql`update file set data = '{"status":"completed"}' where id = ${file.id}`;
    await app.post(`/knowledge/${id}/file/add`, { file_id: file.id });
    expect((await app.get(`/sessions?knowledge_id=${id}`)).body.total).toBe(0);
    await app.post(`/knowledge/${id}/file/update`, { file_id: file.id });
    const sessions = await app.get(`/sessions?knowledge_id=${id}&files=true`);
    expect(sessions.body.items[0].files[0]).toMatchObject({ file_id: file.id, status: 'queued' });
  });

  test('removing deletes a file that belongs to no other, its jobs and its bytes', async () => {
    const [one, other] = [await app.knowledge(), await app.knowledge()];
    const { body: file } = await app.send('a.txt', 'shared', { knowledge_id: one });
    const stored = (await app.stored()).length;
    await app.post(`/knowledge/${other}/file/add`, { file_id: file.id });
    const removed = await app.post(`/knowledge/${one}/file/remove`, { file_id: file.id });
    expect(v.parse(Knowledge, removed.body).id).toBe(one);
    expect((await app.get(`/files/${file.id}`)).status).toBe(200);
    expect((await app.get(`/knowledge/${one}/files/pending`)).body).toEqual([]);

    await app.post(`/knowledge/${other}/file/remove`, { file_id: file.id });
    expect(notProblem(await app.get(`/files/${file.id}`), 'file_not_found')).toBeNull();
    expect((await app.stored()).length).toBe(stored - 1);
    const sessions = await app.get(`/sessions?knowledge_id=${other}`);
    expect(sessions.body.items[0].status).toBe('cancelled');
    const again = await app.post(`/knowledge/${other}/file/remove`, { file_id: file.id });
    expect(notProblem(again, 'file_not_found')).toBeNull();
  });

  test('removing keeps a file that still waits to go into another one', async () => {
    const [sentFor, other] = [await app.knowledge(), await app.knowledge()];
    const { body: file } = await app.send('a.txt', 'waits', { knowledge_id: sentFor });
    await app.post(`/knowledge/${other}/file/add`, { file_id: file.id });
    await app.post(`/knowledge/${other}/file/remove`, { file_id: file.id });
    expect(v.parse(FileRow, (await app.get(`/files/${file.id}`)).body).id).toBe(file.id);
    await app.post(`/knowledge/${other}/file/add`, { file_id: file.id });
    await app.delete(`/knowledge/${other}/delete`);
    expect((await app.get(`/files/${file.id}`)).status).toBe(200);
  });

  test('reset empties it and keeps it; delete answers true; their files stay', async () => {
    const before = (await app.stored()).length;
    const id = await app.knowledge();
    const { body: one } = await app.send('one.txt', '1', { knowledge_id: id });
    const { body: two } = await app.send('two.txt', '2', { knowledge_id: id });
    await app.post(`/knowledge/${id}/file/add`, { file_id: two.id });
    const reset = await app.post(`/knowledge/${id}/reset`);
    expect(v.parse(Knowledge, reset.body)).toMatchObject({ id, meta: null });
    for (const file of [one, two]) expect((await app.get(`/files/${file.id}`)).status).toBe(200);
    expect((await app.get(`/knowledge/${id}/files?state=all`)).body.total).toBe(0);
    expect((await app.stored()).length).toBe(before + 2);

    await app.send('three.txt', '3', { knowledge_id: id });
    const deleted = await app.delete(`/knowledge/${id}/delete`);
    expect([deleted.status, deleted.body]).toEqual([200, true]);
    expect(notProblem(await app.get(`/knowledge/${id}`), 'knowledge_not_found')).toBeNull();
    expect((await app.stored()).length).toBe(before + 3);
    const [left] = await app.sql`select
      (select count(*)::int from headway.session
        where knowledge_id = ${id} and cleared_at is null) as sessions,
      (select count(*)::int from knowledge_file where knowledge_id = ${id}) as links,
      (select count(*)::int from headway_queue.job q
        where q.state in ('created', 'active') and not exists
          (select 1 from headway.job j where j.id = q.id)) as orphans`;
    expect(left).toEqual({ sessions: 0, links: 0, orphans: 0 });
  });
});
