/**
 * Migration of the rows of an earlier release.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type postgres from 'postgres';
import { afterEach, expect, test } from 'vitest';
import { text } from '../../../backend/contract/messages/catalogue.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { sha256 } from '../../../backend/knowledge/hash.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const MIGRATIONS = readMigrationFiles({
  migrationsFolder: fileURLToPath(new URL('../../../migrations', import.meta.url)),
});
/** Timestamp of migration 0, milliseconds; that of each further migration is one later. */
const FIRST_WHEN = 1_795_000_000_000;

/** Applies the migrations below a number, as a release that had only those. */
async function migrateBelow(sql: postgres.Sql, number: number): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe(`create schema headway_migrations; create table headway_migrations.applied
      (id serial primary key, hash text not null, created_at bigint)`);
    for (const { sql: statements, hash, folderMillis } of MIGRATIONS) {
      if (folderMillis - FIRST_WHEN >= number) break;
      for (const statement of statements) await tx.unsafe(statement);
      await tx`insert into headway_migrations.applied (hash, created_at)
        values (${hash}, ${folderMillis})`;
    }
  });
}

const uuid = (last: string) => `00000000-0000-4000-8000-${last.padStart(12, '0')}`;

async function addFile(
  sql: postgres.Sql,
  id: string,
  { data = {}, meta = {}, path = null }: { data?: object; meta?: object; path?: string | null } =
    {},
): Promise<void> {
  await sql`insert into file (id, user_id, filename, path, data, meta) values (${id}, 'owner',
    ${`${id}.txt`}, ${path}, ${sql.json(data as never)}, ${sql.json(meta as never)})`;
}

interface Job {
  readonly number: number;
  readonly fileId?: string | null;
  readonly status?: string;
  readonly errorCode?: string | null;
  readonly finished?: boolean;
}

/** Adds a job to the session `session`. */
async function addJob(
  sql: postgres.Sql,
  { number, fileId = null, status = 'queued', errorCode = null, finished = false }: Job,
): Promise<void> {
  await sql`insert into headway.session (id, user_id, status) values ('session', 'owner', ${status})
    on conflict do nothing`;
  await sql`insert into headway.job
      (id, session_id, file_id, position, name, status, step, error_code, finished_at)
    values (${
    uuid(`${number}`)
  }, 'session', ${fileId}, ${number}, 'a', ${status}, 'queue', ${errorCode},
      case when ${finished}::boolean then now() end)`;
}

interface Case {
  readonly does: string;
  /** Number of the migration. */
  readonly of: number;
  fill(sql: postgres.Sql): Promise<unknown>;
  /** The rows once all migrations are applied. */
  rows(sql: postgres.Sql): Promise<readonly object[]>;
  readonly expected: readonly object[];
}

const TEXT = '  One.\n\n\n\nTwo.\r\n\r\nThree.\n';

const CASES: readonly Case[] = [
  {
    of: 10,
    does: 'a session was queued when it was made',
    fill: (sql) =>
      sql`insert into headway.session (id, user_id, status, created_at)
        values ('session', 'owner', 'queued', '2026-01-02')`,
    rows: (sql) => sql`select queued_at = created_at as same from headway.session`,
    expected: [{ same: true }],
  },
  {
    of: 18,
    does: 'failed jobs are counted by their reasons',
    async fill(sql) {
      await addJob(sql, { number: 1, fileId: 'a', status: 'error', errorCode: 'stalled' });
      await addJob(sql, { number: 2, status: 'error', errorCode: 'stalled' });
      await addJob(sql, { number: 3, status: 'completed' });
    },
    rows: (sql) =>
      sql`select error_code, sum(files)::int as files, sum(retryable)::int as retryable
        from headway.failed_change group by 1`,
    expected: [{ error_code: 'stalled', files: 2, retryable: 1 }],
  },
  {
    of: 19,
    does: 'files of knowledge bases are listed',
    async fill(sql) {
      await sql`insert into knowledge (id, user_id, name, created_at)
        values ('base', 'owner', 'Base', 1)`;
      await addFile(sql, 'linked');
      await addFile(sql, 'other');
      await sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
        values ('link', 'base', 'linked', 'owner', 1, 1)`;
    },
    rows: (sql) => sql`select file_id, knowledge_id, linked from headway.listed_file`,
    expected: [{ file_id: 'linked', knowledge_id: 'base', linked: true }],
  },
  {
    of: 22,
    does: 'what was completed for a knowledge base is on its way there no more',
    async fill(sql) {
      const meta = { data: { knowledge_id: 'base' } };
      for (const id of ['done', 'waiting']) await addFile(sql, id, { meta });
      await addFile(sql, 'nowhere');
      await addJob(sql, { number: 1, fileId: 'done', status: 'completed', finished: true });
      await addJob(sql, { number: 2, fileId: 'waiting' });
      await addJob(sql, { number: 3, fileId: 'nowhere', status: 'completed', finished: true });
    },
    rows: (sql) => sql`select * from headway.delivered_file`,
    expected: [{ file_id: 'done', knowledge_id: 'base' }],
  },
  {
    of: 23,
    does: 'bytes with a bare id for a name are those that Headway stored',
    async fill(sql) {
      const id = uuid('a');
      await addFile(sql, 'disk', { path: `/data/uploads/${id}` });
      await addFile(sql, 's3', { path: `s3://bucket/uploads/${id}` });
      await addFile(sql, 'theirs', { path: `/data/uploads/${id}_theirs.txt` });
      await addFile(sql, 'none');
    },
    rows: (sql) => sql`select file_id, deleted_at from headway.stored_file order by 1`,
    expected: [{ file_id: 'disk', deleted_at: null }, { file_id: 's3', deleted_at: null }],
  },
  {
    of: 28,
    does: 'waiting jobs of the local user are those of an administrator',
    fill: (sql) =>
      sql`insert into headway.session (id, user_id, kind, status, finished_at) values
        ('local', 'local', 'job', 'queued', null), ('ended', 'local', 'job', 'error', now()),
        ('files', 'local', 'files', 'queued', null), ('owner', 'owner', 'job', 'queued', null)`,
    rows: (sql) => sql`select id from headway.session where user_role = 'admin'`,
    expected: [{ id: 'local' }],
  },
  {
    of: 32,
    does: 'the replaced text is the first of the list, and edited texts are marked',
    fill: (sql) =>
      sql`with read as (
          insert into headway.extraction (file_id, processor, version, checkpoint)
          values ('edited', 'edited', 1, '{}'), ('joined', 'edited', 1, '{}'),
            ('kept', 'pdf', 1, '{}'))
        insert into headway.published_text (file_id, hash, replaced_hash, content) values
          ('edited', 'new', 'old', 'Edited.'), ('joined', 'new', null, null),
          ('kept', 'new', 'old', 'Read.')`,
    rows: (sql) =>
      sql`select file_id, hash, replaced_hashes, edited, content from headway.published_text
        order by 1`,
    expected: [
      { file_id: 'edited', replaced_hashes: ['old'], edited: true, content: 'Edited.' },
      { file_id: 'joined', replaced_hashes: [], edited: false, content: null },
      { file_id: 'kept', replaced_hashes: ['old'], edited: false, content: 'Read.' },
    ].map((row) => ({ hash: 'new', ...row })),
  },
  {
    of: 32,
    does: 'the text of now counts as that at the request of files that wait',
    async fill(sql) {
      await addFile(sql, 'text', { data: { content: 'Größe 📚' } });
      await addFile(sql, 'blank', { data: { content: ' \n' } });
      await addFile(sql, 'ended', { data: { content: 'Words.' } });
      await addJob(sql, { number: 1, fileId: 'text' });
      await addJob(sql, { number: 2, fileId: 'blank' });
      await addJob(sql, { number: 3, fileId: 'ended', status: 'completed', finished: true });
    },
    rows: (sql) => sql`select file_id, checkpoint from headway.job order by 1`,
    expected: [
      { file_id: 'blank', checkpoint: null },
      { file_id: 'ended', checkpoint: null },
      { file_id: 'text', checkpoint: { text_hash: sha256('Größe 📚') } },
    ],
  },
  {
    of: 37,
    does: 'the parts of an edited text add up to it',
    fill: (sql) =>
      sql`with read as (
          insert into headway.extraction (file_id, processor, version, checkpoint)
          values ('edited', 'edited', 1, '{}'), ('unlike', 'edited', 1, '{}'),
            ('read', 'pdf', 1, '{}')),
        cut as (
          insert into headway.part (file_id, index, kind, text)
          select file_id, index, 'section', text
          from (values ('edited'), ('unlike'), ('read')) of_file (file_id)
          cross join (values (0, 'One.'), (1, 'Two.'), (2, 'Three.')) part (index, text))
        insert into headway.published_text (file_id, hash, content, edited) values
          ('edited', 'h', ${TEXT}, true), ('unlike', 'h', 'Other.', true), ('read', 'h', null, false)`,
    rows: (sql) =>
      sql`select file_id, string_agg(coalesce(separator, '-') || text, '' order by index) as text
        from headway.part group by 1 order by 1`,
    expected: [
      { file_id: 'edited', text: TEXT },
      { file_id: 'read', text: '-One.-Two.-Three.' },
      { file_id: 'unlike', text: '-One.-Two.-Three.' },
    ],
  },
  {
    of: 40,
    does: 'messages are kept as texts, and what was null stays so',
    async fill(sql) {
      await addJob(sql, { number: 1, status: 'error' });
      await addJob(sql, { number: 2 });
      await sql`update headway.job set message = 'Why', error = 'Why', interrupted_by = 'a.txt'
        where id = ${uuid('1')}`;
      await sql`update headway.session set message = '1 "of" 2', error = 'a: Why', hold = 'Held'`;
    },
    rows: (sql) =>
      sql`select * from (select message, error, interrupted_by as other from headway.job
          union all select message, error, hold from headway.session) told
        order by message #>> '{params,text}'`,
    expected: [
      { message: text(''), error: null, other: null },
      { message: text('1 "of" 2'), error: text('a: Why'), other: text('Held') },
      { message: text('Why'), error: text('Why'), other: text('a.txt') },
    ],
  },
  {
    of: 43,
    does: 'a published text has the time at which the row of its file was made',
    fill: async (sql) => {
      for (const id of ['made', 'without']) await addFile(sql, id);
      await sql`update file set created_at = 100 where id = 'made'`;
      await sql`insert into headway.published_text (file_id, hash)
        values ('made', 'h'), ('without', 'h'), ('gone', 'h')`;
    },
    rows: (sql) =>
      sql`select file_id, row_created_at::int from headway.published_text order by file_id`,
    expected: [
      { file_id: 'gone', row_created_at: null },
      { file_id: 'made', row_created_at: 100 },
      { file_id: 'without', row_created_at: null },
    ],
  },
  {
    of: 45,
    does: 'passages keep the words that find them until they are indexed again',
    fill: (sql) =>
      sql`insert into headway.passage (file_id, part_index, ordinal, text)
        values ('read', 0, 0, 'Two visitors')`,
    rows: (sql) =>
      sql`select words::text, words_version from headway.passage
        where words @@ to_tsquery('simple', 'visitors') and words_version < 1`,
    expected: [{ words: "'two':1,3 'visitor':2 'visitors':4", words_version: 0 }],
  },
];

let database: TestDatabase | null = null;
afterEach(async () => {
  await database?.drop();
  database = null;
});

test.each(CASES)('migration $of: $does', async ({ of, fill, rows, expected }) => {
  database = await createTestDatabase();
  await migrateBelow(database.sql, of);
  await fill(database.sql);
  await migrate(database.url);
  expect([...await rows(database.sql)]).toEqual(expected);
});

/** Statements that write rows of tables, not those within functions. */
const WRITES = /^\s*(--[^\n]*\n\s*)*(insert into|update|delete from) /i;

test('every migration that writes rows has a case', () => {
  const writing = MIGRATIONS.filter(({ sql }) => sql.some((statement) => WRITES.test(statement)));
  const numbers = writing.map(({ folderMillis }) => folderMillis - FIRST_WHEN);
  const tested = CASES.map(({ of }) => of);
  expect(numbers.filter((number) => !tested.includes(number))).toEqual([]);
});
