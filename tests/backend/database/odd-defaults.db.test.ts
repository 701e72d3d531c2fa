/**
 * A database may have defaults that change what SQL means: Headway does not rely on them.
 *
 * @module
 */
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { withClient } from '../../../backend/database/client.ts';
import { startHeadwayWorker } from '../../../backend/worker.ts';
import { eventually, startTestApp, type TestApp } from '../../support/app.ts';
import { createHostDatabase } from '../../support/host-database.ts';

const ODD: Record<string, string> = {
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  gin_fuzzy_search_limit: '1',
  default_transaction_isolation: 'serializable',
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Pacific/Chatham',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  xmloption: 'document',
};

const listed = async (app: TestApp, id: string) =>
  (await app.get('/files/')).body.items.find((file: { id: string }) => file.id === id);

test('a database with odd defaults: started, and a file read', async () => {
  const database = await createHostDatabase();
  for (const [name, value] of Object.entries(ODD)) {
    await database.sql.unsafe(`do $$ begin
      execute format('alter database %I set ${name} = %L', current_database(), '${value}');
    end $$`);
  }
  const app = await startTestApp({ database });
  const worker = await startHeadwayWorker({ databaseUrl: app.db.url, dataDir: app.dataDir });
  const { body: file } = await app.send('a.txt', 'It\'s a "text" \\ of words.');
  const row = () => app.get(`/files/${file.id}`);
  const read = await eventually(row, ({ body }) => body.data.status === 'completed', 30_000);
  expect(read.body.data.content).toBe('It\'s a "text" \\ of words.');
  expect(await listed(app, file.id)).toMatchObject({ data: { status: 'completed' } });
  await worker.stop();
  await app.stop();
}, 60_000);

test('every connection has its own defaults, and the search path of the database', async () => {
  const database = await createHostDatabase();
  const odd = { ...ODD, search_path: 'public, pg_temp' };
  const text = 'select name, setting from pg_settings where name = any($1)';
  const values = [Object.keys(odd)];
  const settings = () =>
    withClient(database.url, { name: 'test' }, async (client) => {
      const { rows } = await client.run<{ name: string; setting: string }>({ text, values });
      return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    });
  for (const [name, value] of Object.entries(odd)) {
    const list = name === 'search_path' ? value : `'${value}'`;
    await database.sql.unsafe(`do $$ begin
      execute format('alter database %I set ', current_database()) || $v$${name} = ${list}$v$;
    end $$`);
  }
  expect(await settings()).toMatchObject({
    standard_conforming_strings: 'on',
    default_transaction_isolation: 'read committed',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    extra_float_digits: '1',
    search_path: 'public, pg_temp',
  });
  await database.drop();
});

test('the app writes files where its own sessions have odd strings', async () => {
  const app = await startTestApp({ database: await createHostDatabase() });
  const host = postgres(app.db.url, {
    max: 1,
    onnotice: () => {},
    connection: { standard_conforming_strings: 'off' } as never,
  });
  await app.sql`select headway.keep_file_list()`;
  await host`insert into file (id, user_id, filename, data, meta, created_at, updated_at)
    values ('odd', 'local', 'a.txt', '{}', ${'{"size": 5, "a": "\\u0000"}'}::text::json, 1, 2)`;
  expect(await listed(app, 'odd')).toMatchObject({ meta: { size: 5 } });
  await host.end();
  await app.stop();
});
