import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../../backend/database/migrate.ts';
import { reconcileProgress } from '../../../backend/progress/store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { REFUSAL, whileRefused } from '../../support/refused-writes.ts';

const NINE_KEYS = [
  'session_id',
  'status',
  'total_files',
  'processed_files',
  'current_file',
  'progress',
  'message',
  'last_updated',
  'error',
].sort();

/** A database as the existing app may have made it, with rows of its own. */
async function createAppDatabase(type: 'json' | 'jsonb'): Promise<TestDatabase> {
  const database = await createTestDatabase();
  await database.sql.unsafe(`
    create table "user" (
      id text primary key, name text, email text, role text, settings json, created_at bigint
    );
    create table "group" (id text primary key, name text);
    create table group_member (id text primary key, group_id text, user_id text);
    create table access_grant (
      id text primary key, resource_type text, resource_id text, principal_type text,
      principal_id text, permission text, created_at bigint
    );
    create table knowledge (
      id text primary key, user_id text not null, name text not null, description text,
      data json, meta ${type}, access_control json, extra integer not null default 7,
      created_at bigint not null, updated_at bigint not null
    );
    create index knowledge_by_user on knowledge (user_id);
    create table file (
      id text primary key, user_id text not null, hash text, filename text not null, path text,
      data ${type}, meta ${type}, access_control json, created_at bigint, updated_at bigint
    );
    create table knowledge_file (
      id text primary key, knowledge_id text not null references knowledge (id) on delete cascade,
      file_id text not null references file (id) on delete cascade, directory_id text,
      user_id text not null, created_at bigint not null, updated_at bigint not null,
      unique (knowledge_id, file_id)
    );
    insert into knowledge values
      ('null', 'ann', 'SQL NULL', 'd', '{"file_ids":["f"]}', null, null, 1, 100, 200),
      ('jnull', 'ann', 'JSON null', 'd', null, 'null', null, 2, 100, 200),
      ('object', 'ann', 'object', 'd', null, '{"theirs": {"a": [1, null, "x"]}}', null, 3, 100, 200),
      ('external', 'ann', 'external', 'd', null, '{"source": "external"}', null, 4, 100, 200),
      ('list', 'ann', 'list', 'd', null, '[1]', null, 5, 100, 200),
      ('odd', 'ann', 'odd', 'd', null, '{"processing_sessions": "x"}', null, 6, 100, 200);`);
  return database;
}

async function describeTables({ sql }: TestDatabase): Promise<unknown> {
  const columns = await sql`select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns where table_name in ('knowledge', 'file')
    and table_schema = 'public' order by table_name, ordinal_position`;
  const more = await sql`select indexdef as what from pg_indexes
    where tablename in ('knowledge', 'file', 'knowledge_file') and schemaname = 'public' union all
    select pg_get_triggerdef(oid) from pg_trigger
    where tgrelid in ('knowledge'::regclass, 'file'::regclass, 'knowledge_file'::regclass) order by 1`;
  return { columns: [...columns], more: [...more], rows: [...await sql`select * from knowledge`] };
}

test.each(['json', 'jsonb'] as const)(
  'migrating leaves tables with %s as they were',
  async (type) => {
    const database = await createAppDatabase(type);
    const before = await describeTables(database);
    await migrate(database.url);
    await migrate(database.url);
    expect(await describeTables(database)).toEqual(before);
    await database.drop();
  },
);

test('migrating twice at once makes one of everything', async () => {
  const database = await createTestDatabase();
  await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)));
  const applied = await database.sql`select distinct hash from headway_migrations.applied`;
  const [row] = await database.sql`select count(*)::int as n from headway_migrations.applied`;
  const files = await Array.fromAsync(Deno.readDir('migrations'), ({ name }) => name);
  expect(row?.n).toBe(applied.length);
  expect(row?.n).toBe(files.filter((name) => name.endsWith('.sql')).length);
  await database.drop();
});

describe.each(['json', 'jsonb'] as const)('knowledge.meta of type %s', (type) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ database: await createAppDatabase(type) });
  });
  afterAll(() => app.stop());

  const report = (knowledgeId: string, sessionId: string, progress = 10) =>
    app.headway.progress.updateProgress({ sessionId, knowledgeId }, { progress, totalFiles: 3 });

  async function rowOf(id: string) {
    const [row] = await app.sql`select *, jsonb_typeof(meta::jsonb) as kind
      from knowledge where id = ${id}`;
    if (!row) throw new Error(`No such knowledge base: ${id}`);
    return row;
  }

  async function fresh(meta: string | null = null): Promise<string> {
    const id = crypto.randomUUID();
    await app.sql`insert into knowledge (id, user_id, name, meta, created_at, updated_at)
      values (${id}, 'ann', 'fresh', ${meta && app.sql.unsafe(`'${meta}'`)}, 100, 200)`;
    return id;
  }

  test.each([
    ['null', { source: 'local' }],
    ['jnull', { source: 'local' }],
    ['object', { source: 'local', theirs: { a: [1, null, 'x'] } }],
    ['external', { source: 'external' }],
    ['list', { source: 'local' }],
    ['odd', { source: 'local' }],
  ])('where it was %s: an object with the nine keys, all else untouched', async (id, others) => {
    const before = await rowOf(id);
    expect(await report(id, `s-${id}`)).toBe(true);
    const { meta, kind, ...row } = await rowOf(id);
    expect(kind).toBe('object');
    const { processing_progress, processing_sessions, ...rest } = meta;
    expect(Object.keys(processing_progress).sort()).toEqual(NINE_KEYS);
    expect(processing_progress).toEqual({
      session_id: `s-${id}`,
      status: 'processing',
      total_files: 3,
      processed_files: 0,
      current_file: null,
      progress: 10,
      message: 'Waiting to start',
      last_updated: expect.closeTo(Date.now() / 1000, -1),
      error: null,
    });
    expect(Number.isInteger(processing_progress.last_updated)).toBe(true);
    expect(processing_sessions).toEqual({ [`s-${id}`]: processing_progress });
    expect(rest).toEqual(others);
    const { meta: _meta, kind: _kind, ...untouched } = before;
    expect(row).toEqual(untouched);
  });

  test('sessions live side by side; the one updated last is processing_progress', async () => {
    const id = await fresh();
    await report(id, `${id}-a`, 10);
    await report(id, `${id}-b`, 20);
    await report(id, `${id}-a`, 30);
    const { meta } = await rowOf(id);
    expect(Object.keys(meta.processing_sessions).sort()).toEqual([`${id}-a`, `${id}-b`]);
    expect(meta.processing_sessions[`${id}-b`].progress).toBe(20);
    expect(meta.processing_progress).toMatchObject({ session_id: `${id}-a`, progress: 30 });
  });

  test('removing the latest makes the next latest the one; removing the last removes both keys', async () => {
    const id = await fresh('{"theirs":1}');
    for (const name of ['a', 'b', 'c']) await report(id, `${id}-${name}`);
    await app.sql`update headway.session set updated_at = to_timestamp(
      case id when ${`${id}-a`} then 1000 else 999 end) where knowledge_id = ${id}`;
    await app.delete(`/progress/${id}-c`);
    expect((await rowOf(id)).meta.processing_progress.session_id).toBe(`${id}-a`);
    await app.delete(`/progress/${id}-b`);
    expect((await rowOf(id)).meta.processing_progress.session_id).toBe(`${id}-a`);
    await app.delete(`/progress/${id}-a`);
    expect((await rowOf(id)).meta).toEqual({ theirs: 1 });
  });

  test('a session of whose knowledge base the app has cleared meta is cleared all the same', async () => {
    const id = await fresh();
    await report(id, `${id}-a`);
    await app.sql`update knowledge set meta = null where id = ${id}`;
    expect((await app.delete(`/progress/${id}-a`)).status).toBe(200);
    expect((await rowOf(id)).meta).toBeNull();
  });

  test('many writers at once lose nothing of each other, nor of the app', async () => {
    const id = await fresh('{"counter":0}');
    const sessions = ['a', 'b', 'c', 'd'].map((name) => `${id}-${name}`);
    const reports = Array.from({ length: 20 }, (_, n) => report(id, sessions[n % 4] ?? '', n + 1));
    const appWrites = Array.from({ length: 10 }, () =>
      app.sql.begin(async (tx) => {
        await tx`update knowledge set meta = jsonb_set(meta::jsonb, '{counter}',
          to_jsonb((meta::jsonb ->> 'counter')::int + 1)) where id = ${id}`;
        await tx`select pg_sleep(0.005)`;
      }));
    expect(await Promise.all(reports)).toEqual(Array.from({ length: 20 }, () => true));
    await Promise.all(appWrites);
    // Who waited for others for too long has left it to maintenance.
    await reconcileProgress(app.db);
    const { meta, updated_at } = await rowOf(id);
    expect(meta.counter).toBe(10);
    expect(updated_at).toBe('200');
    const progress = sessions.map((session) => meta.processing_sessions[session].progress);
    expect(progress).toEqual([17, 18, 19, 20]);
    expect(meta.processing_progress).toEqual(
      meta.processing_sessions[meta.processing_progress.session_id],
    );
    for (const session of sessions) {
      expect(await app.headway.progress.getProgress(session)).toEqual(
        meta.processing_sessions[session],
      );
    }
  });

  /** Has another transaction lock the row while `work` runs. */
  const whileLocked = <T>(id: string, work: () => Promise<T>) =>
    app.sql.begin(async (tx) => {
      await tx`select 1 from knowledge where id = ${id} for update`;
      return await work();
    });

  test('a session begins and ends while the app has locked the row, which shows it later', async () => {
    const id = await fresh('{"theirs":1}');
    const { body: file } = await app.send('locked.txt', id, {}, { process: false });
    const session = await whileLocked(id, async () => {
      const { status, body } = await app.post(`/knowledge/${id}/sessions`, { file_ids: [file.id] });
      expect([status, body.status]).toEqual([202, 'queued']);
      expect((await app.post(`/sessions/${body.session_id}/cancel`)).status).toBe(200);
      return body.session_id;
    });
    expect((await rowOf(id)).meta).toEqual({ theirs: 1 });
    await reconcileProgress(app.db);
    expect((await rowOf(id)).meta.processing_progress)
      .toMatchObject({ session_id: session, status: 'cancelled' });
  });

  test('a session is cleared while the app has locked the row, which shows it later', async () => {
    const id = await fresh('{"theirs":1}');
    await report(id, `${id}-a`);
    await whileLocked(id, async () => {
      expect((await app.delete(`/progress/${id}-a`)).status).toBe(200);
    });
    expect((await rowOf(id)).meta.processing_progress).toBeDefined();
    await reconcileProgress(app.db);
    expect((await rowOf(id)).meta).toEqual({ theirs: 1 });
  });

  test('a trigger of the app that refuses fails no session and is tried again', async () => {
    const id = await fresh();
    const { body: file } = await app.send('refused.txt', id, {}, { process: false });
    await whileRefused(app.sql, 'knowledge', id, async () => {
      const started = await app.post(`/knowledge/${id}/sessions`, { file_ids: [file.id] });
      expect([started.status, started.body.status]).toEqual([202, 'queued']);
      await expect(reconcileProgress(app.db)).rejects.toMatchObject({
        cause: { message: REFUSAL },
      });
      expect((await app.get('ready')).body.waiting).toEqual([
        expect.objectContaining({ reason: 'rows_refused', jobs: 1 }),
      ]);
      // It has lasted for long: the next try is after a pause.
      await app.sql`update headway.original_meta set refused_since = now() - interval '1 hour'
        where knowledge_id = ${id}`;
      await expect(reconcileProgress(app.db)).rejects.toThrow();
      await reconcileProgress(app.db);
    });
    await app.sql`update headway.original_meta set retry_at = now() where knowledge_id = ${id}`;
    await reconcileProgress(app.db);
    expect((await rowOf(id)).meta.processing_progress).toMatchObject({ status: 'queued' });
    expect((await app.get('ready')).body.waiting).toBeUndefined();
  });

  test('files are shown, searched, renamed and processed whatever the type', async () => {
    const id = await fresh();
    await app.sql`insert into access_grant values ('g' || ${id}, 'knowledge', ${id}, 'user', 'x',
      'read', 1)`;
    const { body: file } = await app.send('a.txt', 'hello', { knowledge_id: id });
    expect(file.meta).toMatchObject({ size: 5, data: { knowledge_id: id } });
    const [row] = await app.sql`select jsonb_typeof(meta::jsonb) as meta,
      jsonb_typeof(data::jsonb) as data from file where id = ${file.id}`;
    expect(row).toEqual({ meta: 'object', data: 'object' });
    expect((await app.get(`/knowledge/${id}/files/pending`)).body).toHaveLength(1);
    const renamed = await app.post(`/files/${file.id}/rename`, { filename: 'b.txt' });
    expect(renamed.body.meta).toMatchObject({ name: 'b.txt', size: 5 });
    expect((await app.get(`/knowledge/${id}`)).body.access_grants).toHaveLength(1);
    expect((await app.get('/knowledge/search?query=fresh')).body.items.length).toBeGreaterThan(0);
    expect((await app.delete(`/knowledge/${id}/delete`)).body).toBe(true);
  });
});
