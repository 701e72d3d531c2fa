/**
 * The kept list of a knowledge base's files says what the app's tables say, whoever wrote them.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { listKnowledgeFiles } from '../../../backend/knowledge/list-files.ts';
import { addUpListed } from '../../../backend/knowledge/listed.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { explaining, readsOver } from '../../support/explaining.ts';

let base: TestDatabase;
let db: Database;
beforeAll(async () => {
  base = await createTestDatabase({ migrated: true });
  db = connect(base.url, { name: 'test' });
});
beforeEach(async () => {
  await base.sql`truncate headway.session, headway.job`;
  await base.sql`truncate knowledge, file, knowledge_file`;
  await base.sql`insert into knowledge (id, user_id, name, created_at)
    select id, 'me', id, 0 from unnest(array['a', 'b']) id`;
});
afterAll(async () => {
  await db.close();
  await base.drop();
});

const request = { query: '', page: 1, orderBy: 'created_at', direction: 'desc' } as const;
const REQUESTS = [
  request,
  { ...request, state: 'all' },
  { ...request, state: 'ready', orderBy: 'updated_at', direction: 'asc' },
  { ...request, state: 'attention', orderBy: 'state' },
  { ...request, state: 'working', query: '1' },
  { ...request, state: 'all', kind: 'table', orderBy: 'size' },
  { ...request, state: 'all', orderBy: 'filename', limit: 3, page: 2 },
] as const;

const pagesOf = ({ orm }: Pick<Database, 'orm'>) =>
  Promise.all(
    ['a', 'b'].flatMap((id) => REQUESTS.map((each) => listKnowledgeFiles(orm, id, each))),
  );

class Undo extends Error {}

/** The pages as the app's tables tell them, with no list kept. */
async function pagesOfTables() {
  let pages: Awaited<ReturnType<typeof pagesOf>> = [];
  await db.orm.transaction(async (tx) => {
    await tx.execute(sql`select headway.leave_file_list()`);
    for (const id of ['a', 'b']) {
      for (const each of REQUESTS) pages = [...pages, await listKnowledgeFiles(tx, id, each)];
    }
    throw new Undo();
  }).catch((error) => {
    if (!(error instanceof Undo)) throw error;
  });
  return pages;
}

/** Files `f1` … sent for `a`, the odd ones linked to it. */
async function fill(files: number): Promise<void> {
  await base.sql`
    insert into file (id, user_id, filename, data, meta, created_at, updated_at)
    select 'f' || i, 'me', i || case when i % 3 = 0 then '.csv' else '.txt' end, '{}',
      json_build_object('size', i, 'data', json_build_object('knowledge_id', 'a')), i, i
    from generate_series(1, ${files}::int) i`;
  await base.sql`
    insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    select 'l' || i, 'a', 'f' || i, 'me', i, i from generate_series(1, ${files}::int, 2) i`;
}

async function addJob(fileId: string, status: string): Promise<void> {
  await base.sql`
    insert into headway.job (id, session_id, file_id, position, name, status, step, finished_at)
    select uuidv7(), 's', ${fileId}, (select count(*) from headway.job), 'x', ${status}, 'index',
      case when ${status} <> 'queued' then now() end`;
}

const CHANGES: Record<string, () => Promise<unknown>> = {
  'links files to another': () =>
    base.sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      select 'm' || id, 'b', id, 'me', 0, 0 from file`,
  'unlinks a file': () => base.sql`delete from knowledge_file where file_id = 'f3'`,
  'moves a link': () =>
    base.sql`update knowledge_file set knowledge_id = 'b' where file_id in ('f1', 'f5')`,
  'renames a file': () => base.sql`update file set filename = 'new.csv' where id = 'f2'`,
  'sends a file elsewhere': () =>
    base.sql`update file set meta = '{"data": {"knowledge_id": "b"}}' where id in ('f4', 'f5')`,
  'takes a file’s meta away': () => base.sql`update file set meta = null where id = 'f6'`,
  'deletes files': () => base.sql`delete from file where id in ('f1', 'f2')`,
  'deletes a knowledge base': () => base.sql`delete from knowledge where id = 'a'`,
  'empties the table': () => base.sql`truncate knowledge_file`,
  'writes only text': () => base.sql`update file set data = '{"content": "text"}'`,
};

describe('the pages are what the app’s tables say when the app', () => {
  test.each(Object.entries(CHANGES))('%s', async (_name, change) => {
    await fill(8);
    for (
      const [file, status] of [['f3', 'error'], ['f4', 'completed'], ['f7', 'queued']] as const
    ) {
      await addJob(file, status);
    }
    await change();
    await addUpListed(db.orm);
    const [kept] = await base.sql`select headway.keeps_file_list() as kept`;
    expect(kept).toEqual({ kept: true });
    expect(await pagesOf(db)).toEqual(await pagesOfTables());
  });
});

test('what no text can hold keeps no file from being written', async () => {
  const meta = '{"name": "\\u0000 \\ud800 \\\\u0000", "size": 7, "data": {"knowledge_id": "b"}}';
  await base.sql`insert into file (id, user_id, filename, meta)
    values ('odd', 'me', ${'x'.repeat(5_000)}, ${meta}::text::json)`;
  const rows = await base.sql`select knowledge_id, linked, size from headway.listed_file`;
  expect([...rows]).toEqual([{ knowledge_id: 'b', linked: false, size: 7 }]);
});

test('a link and a new name at the same moment are both seen', async () => {
  await fill(2);
  const linking = base.sql.begin(async (first) => {
    await first`insert into knowledge_file values ('m', 'b', 'f2', null, 'me', 0, 0)`;
    const renaming = base.sql`update file set filename = 'new.txt' where id = 'f2'`.execute();
    await expect.poll(async () =>
      (await base.sql`select count(*)::int as n
        from pg_locks join pg_stat_activity using (pid)
        where not granted and datname = current_database()`)[0]?.n
    ).toBeGreaterThan(0);
    return { renaming };
  });
  await (await linking).renaming;
  expect([
    ...await base.sql`select knowledge_id, linked, filename from headway.listed_file
    where file_id = 'f2' order by 1`,
  ]).toEqual([
    { knowledge_id: 'a', linked: false, filename: 'new.txt' },
    { knowledge_id: 'b', linked: true, filename: 'new.txt' },
  ]);
});

test('a page of very many files reads little more than that page', async () => {
  await fill(5_000);
  await addUpListed(db.orm);
  await base.sql`analyze headway.listed_file`;
  const { db: asked, plans } = explaining(db);
  for (const orderBy of ['created_at', 'updated_at', 'filename', 'size'] as const) {
    await listKnowledgeFiles(asked.orm, 'a', { ...request, orderBy });
    await listKnowledgeFiles(asked.orm, 'a', { ...request, orderBy, direction: 'desc' });
  }
  expect(plans.flatMap((plan) => readsOver(plan, ['file', 'knowledge_file', 'listed_file'], 100)))
    .toEqual([]);
});

test('a list that is no longer kept is not believed, and is made anew', async () => {
  await fill(4);
  await base.sql`drop trigger headway_listed_gone on knowledge_file`;
  await base.sql`delete from knowledge_file where file_id = 'f1'`;
  const linked = async () =>
    (await listKnowledgeFiles(db.orm, 'a', request)).items.map(({ id }) => id);
  expect(await linked()).toEqual(['f3']);
  await base.sql`select headway.keep_file_list()`;
  expect(await linked()).toEqual(['f3']);
  expect(await pagesOf(db)).toEqual(await pagesOfTables());
});

test('tables that were there before get no trigger, unless an operator asks for them', async () => {
  const app = await createTestDatabase();
  await app.sql.file(new URL('../../../migrations/0000_app_tables.sql', import.meta.url).pathname);
  await migrate(app.url);
  const triggers = async () =>
    (await app.sql`select count(*)::int as n from pg_trigger where not tgisinternal
      and tgrelid in ('file'::regclass, 'knowledge_file'::regclass)`)[0]?.n;
  expect(await triggers()).toBe(0);
  await app.sql`select headway.keep_file_list()`;
  expect(await triggers()).toBe(8);
  await app.sql`select headway.leave_file_list()`;
  expect(await triggers()).toBe(0);
  await app.drop();
});
