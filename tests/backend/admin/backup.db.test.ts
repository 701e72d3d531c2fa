/**
 * A backup restored into an empty installation is the same installation, and goes on.
 *
 * @module
 */
import { join } from 'node:path';
import type postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { makePdf } from '../../support/documents.ts';
import {
  createDataDir,
  createInstallation,
  type Installation,
  isOver,
} from '../../support/installation.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';
import { createAdmin } from './running.ts';

const PAGES = 1_500;

let app: Installation;
let folder: string;
const targets: { database: TestDatabase; dataDir: string }[] = [];
beforeAll(async () => {
  app = await createInstallation();
  folder = await Deno.makeTempDir({ prefix: 'headway-backup-' });
});
afterEach(endPrograms);
afterAll(async () => {
  for (const { database, dataDir } of targets) {
    await database.drop();
    await Deno.remove(dataDir, { recursive: true });
  }
  await Deno.remove(folder, { recursive: true });
  await app.close();
});

async function emptyTarget() {
  const target = { database: await createTestDatabase(), dataDir: await createDataDir() };
  targets.push(target);
  const { url, sql } = target.database;
  return {
    url,
    sql,
    dataDir: target.dataDir,
    admin: createAdmin({ url, dataDir: target.dataDir }),
  };
}

const TABLES = [
  'public.user',
  'public.group',
  'public.group_member',
  'public.access_grant',
  'public.knowledge',
  'public.knowledge_file',
  'headway.session',
  'headway.extraction',
  'headway.part',
  'headway.passage',
  'headway.preference',
  'headway.pace',
];

/** Of every table: how many rows, and one hash of all of them. Rows of `file` without their path. */
async function contents(sql: postgres.Sql): Promise<Record<string, [number, string]>> {
  const entries: Record<string, [number, string]> = {};
  for (const name of [...TABLES, 'public.file', 'headway.job']) {
    const [schema = '', table = ''] = name.split('.');
    const left = name === 'public.file' ? ['path'] : ['status', 'worker', 'message', 'updated_at'];
    const row = TABLES.includes(name) ? sql`t::text` : sql`(to_jsonb(t) - ${left}::text[])::text`;
    const [all] = await sql`select count(*)::int as n,
      coalesce(md5(string_agg(md5(${row}), '' order by md5(${row}))), '') as hash
      from ${sql(schema)}.${sql(table)} t`;
    entries[name] = [all?.n, all?.hash];
  }
  return entries;
}

async function bytesOf(sql: postgres.Sql): Promise<Record<string, string>> {
  const rows = await sql<{ id: string; path: string }[]>`select id, path from file`;
  const hashes = rows.map(async ({ id, path }) => [id, await sha256(await Deno.readFile(path))]);
  return Object.fromEntries(await Promise.all(hashes));
}

/** Values that a copy could lose: JSON to the letter, JSON null, line ends, quotes, empty text. */
async function plantOddRows(): Promise<void> {
  await app.sql`insert into knowledge (id, user_id, name, meta, created_at) values
    ('odd-1', 'local', ${'a\tb\n\\N "q" {,}'}, '{"b": 1,   "a":[1.50]}', 1),
    ('odd-2', '', '', 'null', 2), ('odd-3', 'local', 'ünïcode 🎈', null, 3)`;
  await app.sql`insert into "user" (id, name, email, created_at) values ('u', 'U', 'u@x', 1)`;
  await app
    .sql`insert into access_grant values ('g', 'knowledge', 'odd-1', 'user', '*', 'read', 1)`;
}

test('rows and bytes come back as they were, and a running session goes on', async () => {
  await plantOddRows();
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  const text = await app.upload('done.txt', 'Some words that are found');
  await app.reaches(await app.start(knowledgeId, [text]), isOver);
  const pages = Array.from(
    { length: PAGES },
    (_, at) => `Page ${at}\n${'Words on it. '.repeat(30)}`,
  );
  const pdf = await app.upload('long.pdf', makePdf(pages));
  const waiting = await app.upload('waiting.md', '# Waiting');
  const sessionId = await app.start(knowledgeId, [pdf, waiting]);
  await until('some pages', async () => (await app.parts(pdf)).length > 20);

  const target = join(folder, 'running');
  const [, report] = await Promise.all([
    // Somebody writes meanwhile.
    app.upload('during.txt', 'x'),
    createAdmin(app).json('backup', target),
  ]);
  expect(report).toMatchObject({ without_bytes: [] });

  const other = await emptyTarget();
  const restored = await other.admin.json('restore', target);
  expect(restored.requeued).toBe(2);
  const before = await other.sql`select count(*)::int as parts from headway.part
    where file_id = ${pdf}`;
  expect(before[0]?.parts).toBeGreaterThan(20);
  expect(before[0]?.parts).toBeLessThan(PAGES);
  expect(await other.admin.json('check')).toEqual({ findings: [], left: 0 });
  startProgram({
    args: ['backend/worker.ts'],
    env: { DATABASE_URL: other.url, DATA_DIR: other.dataDir },
  });
  await until('the session to end there', async () => {
    const [row] = await other.sql`select status from headway.session where id = ${sessionId}`;
    return row?.status === 'completed';
  });
  const [content] = await other.sql`select data ->> 'content' as text from file where id = ${pdf}`;
  expect(content?.text.match(/Page \d+/g)).toEqual(pages.map((_, at) => `Page ${at}`));
});

test('at rest, both are equal to the last row and byte', async () => {
  const source = { tables: await contents(app.sql), bytes: await bytesOf(app.sql) };
  const target = join(folder, 'resting');
  const report = await createAdmin(app).call('backup', target);
  expect(report).toMatchObject({ code: 0, complained: '' });
  expect(report.printed).toContain('Headway did not run meanwhile here');
  const other = await emptyTarget();
  expect((await other.admin.call('restore', target)).code).toBe(0);
  expect({ tables: await contents(other.sql), bytes: await bytesOf(other.sql) }).toEqual(source);
});

test('a target with rows is refused, and replaced with --force and --yes', async () => {
  const target = join(folder, 'resting');
  const other = await emptyTarget();
  expect((await other.admin.call('restore', target)).code).toBe(0);
  const before = await contents(other.sql);
  expect(await other.admin.call('restore', target)).toMatchObject({
    code: 1,
    complained: expect.stringContaining('There are rows in public.user already'),
  });
  expect(await other.admin.call('restore', target, '--force')).toMatchObject({ code: 2 });
  await other.sql`insert into "user" (id, name, email, created_at) values ('new', 'N', 'n', 1)`;
  expect((await other.admin.call('restore', target, '--force', '--yes')).code).toBe(0);
  expect(await contents(other.sql)).toEqual(before);
});

test('a damaged backup changes nothing', async () => {
  const target = join(folder, 'damaged');
  await createAdmin(app).json('backup', target);
  const other = await emptyTarget();
  const flip = async (path: string) => {
    const bytes = await Deno.readFile(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    await Deno.writeFile(path, bytes);
  };
  const uploads = async () =>
    (await Array.fromAsync(Deno.readDir(join(other.dataDir, 'uploads')))).map(({ name }) => name);
  const isUntouched = async () => {
    expect(await uploads()).toEqual([]);
    expect(await other.sql`select id from file union all select id from knowledge`).toEqual([]);
  };
  const manifest = JSON.parse(await Deno.readTextFile(join(target, 'manifest.json')));
  const at = manifest.tables.findIndex(({ name }: { name: string }) => name === 'passage');
  await flip(join(target, 'tables', `${at}.jsonl`));
  expect((await other.admin.call('restore', target)).code).toBe(1);
  await isUntouched();
  await flip(join(target, 'tables', `${at}.jsonl`));
  await flip(join(target, 'bytes', '0'));
  expect(await other.admin.call('restore', target)).toMatchObject({
    code: 1,
    complained: expect.stringContaining('This backup is damaged: the bytes of file'),
  });
  await isUntouched();
});

test('a folder that is no backup, or is there already, is refused', async () => {
  const other = await emptyTarget();
  expect((await other.admin.call('restore', folder)).complained).toContain('This is no backup');
  expect((await other.admin.call('backup', folder)).complained).toContain('needs a new folder');
});

test('with a worker that lives, restoring is refused', async () => {
  await app.startWorker();
  const refused = await createAdmin(app).call(
    'restore',
    join(folder, 'resting'),
    '--force',
    '--yes',
  );
  expect(refused).toMatchObject({
    code: 1,
    complained: expect.stringContaining('Stop the workers'),
  });
});
