/**
 * `restore`: restores a backup into an empty installation. Every byte is checked; rows go in all or
 * none. Unfinished jobs return to the queue and continue from their checkpoints.
 *
 * @module
 */
import { plural } from '#contract/messages/numbers.ts';
import { join, resolve } from 'node:path';
import { sql } from 'drizzle-orm';
import { type Table, type TableWriter, writeTables } from '../database/tables.ts';
import { listBackupTables } from './backup-tables.ts';
import { requeueSession } from './checks/jobs.ts';
import type { Arguments, Command, Report } from './command.ts';
import { copyHashed, readLines } from './hashed-file.ts';
import { inside, type Manifest, readManifest, type TableEntry } from './manifest.ts';
import type { Place } from './place.ts';
import { makePrivateFolder } from '../folders/folders.ts';

export const restore: Command = {
  name: 'restore',
  about: 'Put a backup into an empty installation, with Headway stopped',
  operands: ['folder'],
  create: true,
  options: {
    force: {
      type: 'boolean',
      about: 'Also where there are rows: they are removed (asks for --yes)',
    },
  },
  asks: ({ values }) =>
    values.force ? 'This removes all knowledge bases, files and users that are there now' : null,
  run: restoreFrom,
};

async function restoreFrom(place: Place, { operands, values }: Arguments): Promise<Report> {
  const folder = resolve(operands[0] ?? '');
  const manifest = await readManifest(folder);
  await expectNobody(place);
  const placed = await placeBytes(folder, manifest, place.dataDir);
  try {
    await writeTables(place.databaseUrl, async (writer) => {
      await fill(writer, folder, manifest, values.force === true);
      await moveFiles(writer, placed);
    });
  } catch (error) {
    for (const path of placed.values()) await Deno.remove(path);
    throw error;
  }
  const requeued = await requeueAll(place);
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const text = `${plural(rows, 'row')} and ${plural(placed.size, 'file')} are restored, ${
    plural(requeued, 'job')
  } wait in the queue again`;
  return { data: { rows, files: placed.size, requeued }, text };
}

const WORKER_SECONDS = 20;

/** Throws while other processes use the database: its rows would change under them. */
async function expectNobody({ db, runningAt }: Place): Promise<void> {
  if (runningAt) throw new Error(`Stop Headway first, it runs on this data folder: ${runningAt}`);
  const [worker] = await db.orm.execute<{ id: string }>(sql`
    select id from headway.worker
    where seen_at > now() - make_interval(secs => ${WORKER_SECONDS}) limit 1`);
  if (worker) throw new Error(`Stop the workers first, this one was just seen: ${worker.id}`);
}

/** Copies the bytes to new names. Returns the path of each file's bytes. */
async function placeBytes(
  folder: string,
  manifest: Manifest,
  dataDir: string,
): Promise<Map<string, string>> {
  const uploads = resolve(dataDir, 'uploads');
  await makePrivateFolder(uploads);
  const placed = new Map<string, string>();
  try {
    for (const [at, entry] of manifest.bytes.entries()) {
      const path = join(uploads, crypto.randomUUID());
      placed.set(entry.file_id, path);
      const copied = await copyHashed(inside.content(folder, at), path);
      if (copied?.sha256 === entry.sha256) continue;
      throw new Error(`This backup is damaged: the bytes of file ${entry.file_id} are not whole`);
    }
    return placed;
  } catch (error) {
    for (const path of placed.values()) await Deno.remove(path).catch(() => {});
    throw error;
  }
}

async function fill(
  writer: TableWriter,
  folder: string,
  manifest: Manifest,
  force: boolean,
): Promise<void> {
  const tables = await listBackupTables(writer);
  const full = await firstWithRows(writer, tables);
  if (full && !force) {
    throw new Error(
      `There are rows in ${full} already: restore into an empty database, or --force`,
    );
  }
  await writer.empty(full ? tables : tables.filter(isLearned));
  for (const [at, entry] of manifest.tables.entries()) {
    await fillTable(writer, targetOf(tables, entry), entry, inside.table(folder, at));
  }
}

/** Rows that an installation writes about itself, even before its first use. */
const isLearned = ({ schema, name }: Table) =>
  schema === 'headway' && ['setting', 'pace'].includes(name);

async function firstWithRows(
  writer: TableWriter,
  tables: readonly Table[],
): Promise<string | null> {
  for (const { schema, name } of tables.filter((table) => !isLearned(table))) {
    const rows = await writer.query(`select 1 from "${schema}"."${name}" limit 1`);
    if (rows.length > 0) return `${schema}.${name}`;
  }
  return null;
}

/** The table of this database for the rows, with the backup's columns in their order. */
function targetOf(tables: readonly Table[], entry: TableEntry): Table {
  const isOwn = entry.schema === 'headway';
  const table = tables.find(({ schema, name }) =>
    name === entry.name && (schema === 'headway') === isOwn
  );
  const types = entry.columns.map((column) => table?.types[table.columns.indexOf(column)]);
  const missing = entry.columns.filter((_, at) => types[at] === undefined);
  if (table && missing.length === 0) {
    return { ...table, columns: entry.columns, types: types as string[] };
  }
  const what = table ? `has no column ${missing.join(', ')}` : 'is not there';
  throw new Error(
    `The table ${entry.name} ${what} in this database: let the app that owns it make its tables ` +
      `first, or use the version of Headway that made the backup`,
  );
}

/** Lines of one statement. A row of `file` holds all its text. */
const LINES = 200;
const CHARACTERS = 4_000_000;

async function fillTable(
  writer: TableWriter,
  table: Table,
  entry: TableEntry,
  path: string,
): Promise<void> {
  let lines: string[] = [];
  let characters = 0;
  let rows = 0;
  let sha256 = '';
  for await (const line of readLines(path, (hash) => sha256 = hash)) {
    lines.push(line);
    rows += 1;
    characters += line.length;
    if (lines.length < LINES && characters < CHARACTERS) continue;
    await writer.write(table, lines);
    [lines, characters] = [[], 0];
  }
  await writer.write(table, lines);
  if (rows === entry.rows && sha256 === entry.sha256) return;
  throw new Error(
    `This backup is damaged: the rows of ${entry.schema}.${entry.name} are not whole`,
  );
}

/** Updates the paths in the rows. */
async function moveFiles(writer: TableWriter, placed: ReadonlyMap<string, string>): Promise<void> {
  const pairs = [...placed].map(([id, path]) => ({ id, path }));
  await writer.query(
    `update file set path = given.path
     from json_to_recordset($1::text::json) as given (id text, path text)
     where file.id = given.id`,
    [JSON.stringify(pairs)],
  );
  await writer.query(
    `insert into headway.stored_file (file_id, path)
     select * from json_to_recordset($1::text::json) as given (id text, path text)
     on conflict (file_id) do update set path = excluded.path, deleted_at = null`,
    [JSON.stringify(pairs)],
  );
}

/** Fills the queue with all unfinished jobs, by priority and age. */
async function requeueAll(place: Place): Promise<number> {
  const sessions = await place.db.orm.execute<{ id: string }>(sql`
    select id from headway.session where finished_at is null and kind <> 'app'
    order by created_at, id`);
  let count = 0;
  for (const { id } of sessions) count += await requeueSession(place, id);
  return count;
}
