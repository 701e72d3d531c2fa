/**
 * The app's tables: made by Headway where there are none of them, and else never touched.
 */
import { afterEach, expect, test } from 'vitest';
import { HOST_TABLES } from '../../../backend/database/host-schema.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createHostDatabase } from '../../support/host-database.ts';
import { startTestApp } from '../../support/app.ts';

const made: TestDatabase[] = [];
afterEach(async () => {
  for (const database of made.splice(0)) await database.drop();
});
const keep = async (making: Promise<TestDatabase>): Promise<TestDatabase> => {
  const database = await making;
  made.push(database);
  return database;
};

/** Every table with its columns, indexes, constraints and triggers, but Headway's own. */
const describeTables = async ({ sql }: TestDatabase) => [
  ...await sql`
    select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      (select array_agg(pg_get_indexdef(i.indexrelid) order by 1) from pg_index i
        where i.indrelid = c.oid) as indexes,
      (select array_agg(pg_get_constraintdef(k.oid) order by 1) from pg_constraint k
        where k.conrelid = c.oid) as constraints,
      (select count(*)::int from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relkind = 'r' and n.nspname !~ '^(pg_|headway|information_schema)'
    order by 1, 2, 3`,
];

const refused = (url: string): Promise<string> =>
  migrate(url).then(() => 'started', (error) => `${error.name}: ${error.message}`);

test.each(['public', 'webui'])(
  "the app's tables in the schema %s stay as they are",
  async (schema) => {
    const database = await keep(createHostDatabase({ schema }));
    const before = await describeTables(database);
    const found = await migrate(database.url);
    expect(found).toEqual({ exists: true, revision: '1ce6ade7d93b', warnings: [] });
    await migrate(database.url);
    expect(await describeTables(database)).toEqual(before);
  },
);

test('tables on a later place of the search path are found, and none is made before them', async () => {
  const database = await keep(createHostDatabase());
  await database.sql`create schema first`;
  const before = await describeTables(database);
  const url = new URL(database.url);
  url.searchParams.set('options', '-csearch_path=first,public');
  await migrate(url.href);
  expect(await describeTables(database)).toEqual(before);
});

test('a database without knowledge_file, as before 0.6.41, is refused and not touched', async () => {
  const change =
    'drop table knowledge_file; drop table access_grant; alter table file drop column path';
  const database = await keep(createHostDatabase({ change }));
  const before = await describeTables(database);
  const message = await refused(database.url);
  expect(message).toContain(
    'Missing:\n  - table access_grant\n  - column file.path\n  - table knowledge_file\n',
  );
  expect(message).toMatch(/^UnfitHostSchema: .*"public".*\n/);
  expect(message).toContain('update the app to a supported version (0.8 to 0.11)');
  expect(await describeTables(database)).toEqual(before);
  const schemas = await database.sql`select 1 from pg_namespace where nspname like 'headway%'`;
  expect(schemas).toHaveLength(0);
});

test.each(Object.keys(HOST_TABLES))(
  'a database with nothing but the table %s is refused',
  async (name) => {
    const database = await keep(createTestDatabase());
    await database.sql`create table ${database.sql(name)} (id text primary key)`;
    const message = await refused(database.url);
    expect(message).toContain(`column ${name}.`);
    expect(message).toContain('give Headway a database of its own');
    const tables = await database.sql`select 1 from pg_tables where schemaname = 'public'`;
    expect(tables).toHaveLength(1);
  },
);

test('links that may be doubled, tables in two schemas, and tables nobody looks at are refused', async () => {
  const doubled = await keep(createHostDatabase({
    change: 'alter table knowledge_file drop constraint knowledge_file_knowledge_id_file_id_key',
  }));
  expect(await refused(doubled.url)).toContain('a unique constraint on knowledge_file');
  const split = await keep(createHostDatabase({
    change: 'create schema first; alter table access_grant set schema first',
  }));
  const url = new URL(split.url);
  url.searchParams.set('options', '-csearch_path=public,first');
  expect(await refused(url.href)).toContain('- table access_grant');
  const hidden = await keep(createHostDatabase({ schema: 'webui' }));
  const bare = new URL(hidden.url);
  bare.searchParams.delete('options');
  expect(await refused(bare.href)).toContain('add ?options=-csearch_path%3Dwebui to DATABASE_URL');
});

test("tables that vanish later, or that the app's migrations have not made yet, are not made", async () => {
  const gone = await keep(createTestDatabase({ migrated: true }));
  await gone
    .sql`drop table knowledge_file, file, knowledge, access_grant, group_member, "group", "user"`;
  expect(await refused(gone.url)).toContain("the app's tables are not there any more");
  const begun = await keep(createTestDatabase());
  await begun.sql`create table alembic_version (version_num text primary key)`;
  expect(await refused(begun.url)).toContain('Let the app finish its migrations');
});

test('where Headway made the tables itself it starts again, and knows no revision', async () => {
  const database = await keep(createTestDatabase());
  expect((await migrate(database.url)).exists).toBe(false);
  expect(await migrate(database.url)).toEqual({ exists: true, revision: null, warnings: [] });
});

test.each(['f1e2d3c4b5a6', '42e2978c7933', '1ce6ade7d93b'])(
  'the revision %s is in the tested range',
  async (revision) => {
    const change = `update alembic_version set version_num = '${revision}'`;
    const database = await keep(createHostDatabase({ change }));
    expect(await migrate(database.url)).toEqual({ exists: true, revision, warnings: [] });
  },
);

test.each([
  ['unknown', `update alembic_version set version_num = 'ffffffffffff'`, 'ffffffffffff'],
  ['of two branches', `insert into alembic_version values ('zzz')`, '1ce6ade7d93b, zzz'],
])(
  'a revision %s is warned of in the log and by /ready, and works',
  async (_kind, change, named) => {
    const database = await createHostDatabase({ change });
    const infos: string[] = [];
    const app = await startTestApp({ database, info: (message) => infos.push(message) });
    const warning = expect.stringContaining(
      `migration ${named}, which is outside the tested range (versions 0.8 to 0.11 of the app)`,
    );
    expect(app.logged.splice(0)).toEqual([warning]);
    expect(infos).toEqual([`The app's tables are at the migration ${named}`]);
    expect((await app.get('ready')).body.warnings).toEqual([warning]);
    expect((await app.get('/knowledge/')).body.total).toBe(1);
    await app.stop();
  },
);

test('warns of columns that it cannot fill', async () => {
  const database = await createHostDatabase({
    change: 'alter table file add column newer text; update file set newer = id;' +
      'alter table file alter column newer set not null',
  });
  const app = await startTestApp({ database });
  expect(app.logged.splice(0)).toEqual([expect.stringContaining('file.newer')]);
  expect((await app.get('ready')).body.warnings).toEqual([expect.stringContaining('file.newer')]);
  await app.stop();
});

test('where nothing is wrong /ready has no warnings', async () => {
  const app = await startTestApp({ database: await createHostDatabase() });
  expect((await app.get('ready')).body).not.toHaveProperty('warnings');
  await app.stop();
});
