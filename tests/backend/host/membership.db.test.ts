/**
 * Membership is a row of `knowledge_file`, whoever wrote or removed it. The knowledge base that a
 * sender named counts for a file on its way there, and never again after that.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { type Ask, SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';

describe.each([{ kept: true }, { kept: false }])('list kept: $kept', ({ kept }) => {
  let app: TestApp;
  let owner: Ask;
  let reader: Ask;
  beforeAll(async () => {
    app = await startTestApp({ authSecret: SECRET });
    if (!kept) await app.sql`select headway.leave_file_list()`;
    for (const id of ['owner', 'reader']) {
      await app.sql`insert into "user" (id, name, email, role, created_at)
        values (${id}, ${id}, ${`${id}@example.org`}, 'user', 1)`;
    }
    owner = { token: await signToken({ id: 'owner' }) };
    reader = { token: await signToken({ id: 'reader' }) };
  });
  afterAll(() => app.stop());

  const makeBase = async () => {
    const access_grants = [{ principal_type: 'user', principal_id: 'reader', permission: 'read' }];
    const json = { name: 'Base', access_grants };
    return (await app.ask('POST', '/knowledge/create', { json, ...owner })).body.id as string;
  };
  const send = async (name: string, base: string, process = true) =>
    (await app.send(name, name, { knowledge_id: base }, { process, ...owner })).body.id as string;

  /** Ends the jobs of a file as a worker does. */
  async function finish(fileId: string): Promise<void> {
    await app.db.orm.transaction(async (tx) => {
      const [job] = await tx.execute<{ knowledge_id: string | null }>(sql`
        select s.knowledge_id from headway.job j join headway.session s on s.id = j.session_id
        where j.file_id = ${fileId} and j.finished_at is null
        order by j.created_at desc limit 1`);
      if (!job) throw new Error(`No job waits for ${fileId}`);
      await completeFile(tx, fileId, { text: 'Words.', knowledgeId: job.knowledge_id });
      await tx.execute(sql`update headway.job set status = 'completed', finished_at = now()
        where file_id = ${fileId}`);
    });
  }

  /** The host takes files out: it removes the link and leaves the row as it is. */
  const unlinkAsHost = (base: string) =>
    app.sql`delete from knowledge_file where knowledge_id = ${base}`;
  const isLinked = async (base: string, fileId: string) =>
    (await app.sql`select 1 from knowledge_file
      where knowledge_id = ${base} and file_id = ${fileId}`).length > 0;

  /** All that the knowledge base says it has, or waits for. */
  async function said(base: string): Promise<unknown> {
    const list = (await app.get(`/knowledge/${base}/files?state=all`, owner)).body;
    const pending = (await app.get(`/knowledge/${base}/files/pending`, owner)).body;
    const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
    return { listed: ids(list.items), ...list.counts, pending: ids(pending) };
  }
  const NOTHING = { listed: [], ready: 0, working: 0, attention: 0, pending: [] };

  test('a file on its way waits, is linked when completed, and belongs no more once removed', async () => {
    const base = await makeBase();
    const id = await send('a.txt', base);
    expect(await said(base)).toEqual({ ...NOTHING, listed: [id], working: 1, pending: [id] });
    expect((await app.get(`/files/${id}`, reader)).status).toBe(200);
    await finish(id);
    expect(await said(base)).toEqual({ ...NOTHING, listed: [id], ready: 1 });
    await unlinkAsHost(base);
    expect(await said(base)).toEqual(NOTHING);
    expect((await app.get(`/files/${id}`, reader)).status).toBe(404);
    const known = await app.post(`/knowledge/${base}/files/known`, {
      files: [{ name: 'a.txt', size: 5 }],
    }, owner);
    expect(known.body.items).toEqual([]);
    const again = await app.post(`/knowledge/${base}/file/update`, { file_id: id }, owner);
    expect(again.status).toBe(404);
  });

  test('sixty files are no longer ready after the host has reset their knowledge base', async () => {
    const base = await makeBase();
    const first = await send('first.txt', base);
    await finish(first);
    await app.sql`
      insert into file (id, user_id, filename, hash, data, meta, created_at, updated_at)
      select ${base} || i, user_id, filename, 'hash', data, meta, i, i
      from file, generate_series(1, 60) i where id = ${first}`;
    await app.sql`
      insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      select 'link-' || id, ${base}, id, 'owner', 1, 1 from file where id like ${`${base}%`}`;
    expect(await said(base)).toMatchObject({ ready: 61, pending: [] });
    await unlinkAsHost(base);
    expect(await said(base)).toEqual(NOTHING);
    const { body } = await app.post(`/knowledge/${base}/sessions`, {}, owner);
    const status = await app.get(`/progress/${body.session_id}/status`, owner);
    expect(status.body.total_files).toBe(0);
  });

  test('a file that the app had completed, and removed, does not come back with a later reading', async () => {
    const base = await makeBase();
    const id = await send('a.txt', base);
    await finish(id);
    await unlinkAsHost(base);
    await app.sql`update file set data = '{"status": "pending"}' where id = ${id}`;
    expect(await said(base)).toEqual(NOTHING);
    const started = await app.post('/background/start', undefined, owner);
    const of = await app.sql`select s.knowledge_id from headway.job j
      join headway.session s on s.id = j.session_id
      where j.file_id = ${id} and j.finished_at is null`;
    expect([started.status, ...of]).toEqual([202, { knowledge_id: null }]);
    await finish(id);
    expect([await isLinked(base, id), await said(base)]).toEqual([false, NOTHING]);
  });

  test('a member that is removed while it is read again stays out', async () => {
    const base = await makeBase();
    const [byHost, byRoute] = [await send('a.txt', base), await send('b.txt', base)];
    for (const id of [byHost, byRoute]) {
      await finish(id);
      await app.post(`/knowledge/${base}/file/update`, { file_id: id }, owner);
    }
    await app.sql`insert into knowledge (id, user_id, name, created_at)
      values (${`other-${base}`}, 'owner', 'Keeps it', 1)`;
    await app.post(`/knowledge/other-${base}/file/add`, { file_id: byRoute }, owner);
    await app.sql`delete from knowledge_file where file_id = ${byHost}`;
    await app.post(`/knowledge/${base}/file/remove`, { file_id: byRoute }, owner);
    await app.sql`update headway.job set status = 'queued', finished_at = null
      where file_id = ${byRoute} and status = 'cancelled'`;
    for (const id of [byHost, byRoute]) {
      await finish(id);
      expect([id, await isLinked(base, id)]).toEqual([id, false]);
    }
    expect(await said(base)).toEqual(NOTHING);
  });

  test('a file that was linked before it was read, and unlinked, does not wait any more', async () => {
    const base = await makeBase();
    const id = await send('a.txt', base, false);
    expect(await said(base)).toMatchObject({ listed: [id], attention: 1, pending: [id] });
    await app.post(`/knowledge/${base}/file/add`, { file_id: id }, owner);
    await unlinkAsHost(base);
    expect(await said(base)).toEqual(NOTHING);
    await finish(id);
    expect(await isLinked(base, id)).toBe(false);
  });

  test('a removed file is put back when a session names it', async () => {
    const base = await makeBase();
    const id = await send('a.txt', base);
    await finish(id);
    await unlinkAsHost(base);
    const started = await app.post(`/knowledge/${base}/sessions`, { file_ids: [id] }, owner);
    expect(started.status).toBe(202);
    await finish(id);
    expect(await isLinked(base, id)).toBe(true);
  });

  test('a reset keeps out files that only an unfinished job would bring', async () => {
    const [base, elsewhere] = [await makeBase(), await makeBase()];
    const jobs: Record<string, string> = {};
    for (const end of ['waits', 'failed', 'cancelled']) {
      const id = await send(`${end}.txt`, elsewhere);
      await finish(id);
      const started = await app.post(`/knowledge/${base}/sessions`, { file_ids: [id] }, owner);
      jobs[id] = started.body.session_id;
      if (end === 'cancelled') await app.post(`/sessions/${jobs[id]}/cancel`, {}, owner);
      if (end === 'failed') {
        await app.sql`update headway.job set status = 'error', finished_at = now()
          where session_id = ${started.body.session_id}`;
      }
    }
    expect(await said(base)).toEqual(NOTHING);
    expect((await app.post(`/knowledge/${base}/reset`, {}, owner)).status).toBe(200);
    for (const [id, sessionId] of Object.entries(jobs)) {
      await app.sql`update headway.job set status = 'queued', finished_at = null
        where session_id = ${sessionId}`;
      await finish(id);
      expect([id, await isLinked(base, id), await isLinked(elsewhere, id)]).toEqual([
        id,
        false,
        true,
      ]);
    }
    expect(await said(base)).toEqual(NOTHING);
  });
});
