/**
 * `backup`: writes rows and bytes of one moment into a folder, while the program runs.
 *
 * @module
 */
import { plural } from '#contract/messages/numbers.ts';
import { isAbsolute, resolve } from 'node:path';
import { PRIVATE_FOLDER } from '../folders/folders.ts';
import { readTables, type Table, type TableReader } from '../database/tables.ts';
import { listBackupTables } from './backup-tables.ts';
import type { Arguments, Command, Report } from './command.ts';
import { copyHashed, writeHashed } from './hashed-file.ts';
import {
  type BytesEntry,
  inside,
  type Manifest,
  type TableEntry,
  writeManifest,
} from './manifest.ts';
import type { Place } from './place.ts';

export const backup: Command = {
  name: 'backup',
  about: 'Copy rows and uploaded bytes into a new folder; works while Headway runs',
  operands: ['folder'],
  run: async (place, { operands: [name = ''] }: Arguments): Promise<Report> => {
    const folder = resolve(name);
    const manifest = await intoNewFolder(folder, (unfinished) => fill(unfinished, place));
    return describe(folder, manifest, place);
  },
};

/** Creates the folder complete or not at all. */
async function intoNewFolder<T>(
  folder: string,
  work: (unfinished: string) => Promise<T>,
): Promise<T> {
  if (await Deno.lstat(folder).catch(() => null)) {
    throw new Error(`A backup needs a new folder, this one is there already: ${folder}`);
  }
  const unfinished = `${folder}.unfinished-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(unfinished, { recursive: true, mode: PRIVATE_FOLDER });
  try {
    const result = await work(unfinished);
    await Deno.rename(unfinished, folder);
    return result;
  } catch (error) {
    await Deno.remove(unfinished, { recursive: true });
    throw error;
  }
}

interface StoredFile {
  id: string;
  path: string;
  hash: string | null;
}

interface Rows {
  readonly tables: TableEntry[];
  readonly files: StoredFile[];
  readonly migrations: string[];
}

async function fill(folder: string, place: Place): Promise<Manifest> {
  await Deno.mkdir(inside.tables(folder));
  await Deno.mkdir(inside.bytes(folder));
  const rows = await readTables(place.databaseUrl, (reader) => copyRows(reader, folder));
  const { bytes, missing } = await copyBytes(folder, rows.files, place);
  const manifest: Manifest = {
    format: 'headway-backup-1',
    created_at: new Date().toISOString(),
    migrations: rows.migrations,
    tables: rows.tables,
    bytes,
    without_bytes: missing,
  };
  await writeManifest(folder, manifest);
  return manifest;
}

async function copyRows(reader: TableReader, folder: string): Promise<Rows> {
  const tables: TableEntry[] = [];
  for (const table of await listBackupTables(reader)) {
    tables.push(await copyTable(reader, table, inside.table(folder, tables.length)));
  }
  const files = await reader.query<StoredFile>(
    `select id, path, headway.readable(meta) ->> 'file_hash' as hash from file
     where path is not null order by id`,
  );
  const migrations = await reader.query<{ hash: string }>(
    'select hash from headway_migrations.applied order by created_at',
  );
  return { tables, files, migrations: migrations.map((row) => row.hash) };
}

async function copyTable(reader: TableReader, table: Table, path: string): Promise<TableEntry> {
  let rows = 0;
  const encoder = new TextEncoder();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const lines of reader.read(table)) {
      rows += lines.length;
      yield encoder.encode(`${lines.join('\n')}\n`);
    }
  }
  const { sha256 } = await writeHashed(path, chunks());
  const { schema, name, columns } = table;
  return { schema, name, columns: [...columns], rows, sha256 };
}

/** Runs after the rows: bytes never change, and those of newer files are not needed. */
async function copyBytes(
  folder: string,
  files: readonly StoredFile[],
  place: Place,
): Promise<{ bytes: BytesEntry[]; missing: string[] }> {
  const bytes: BytesEntry[] = [];
  const missing: string[] = [];
  for (const { id, path, hash } of files) {
    if (!isAbsolute(path)) continue;
    const copied = await copyHashed(path, inside.content(folder, bytes.length));
    if (copied) bytes.push({ file_id: id, ...copied });
    else missing.push(id);
    if (copied && hash && hash !== copied.sha256) {
      place.say(`The bytes of file ${id} are not those that were uploaded: ${path}`);
    }
  }
  return { bytes, missing };
}

function describe(folder: string, manifest: Manifest, { runningAt }: Place): Report {
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const size = manifest.bytes.reduce((sum, entry) => sum + entry.size, 0);
  const missing = manifest.without_bytes.length;
  const text = [
    `${plural(rows, 'row')} of ${plural(manifest.tables.length, 'table')} and ${
      plural(manifest.bytes.length, 'file')
    } (${(size / 1024 ** 2).toFixed(1)} MB) are in ${folder}`,
    runningAt ? `Headway ran meanwhile: ${runningAt}` : 'Headway did not run meanwhile here',
    ...missing > 0 ? [`${plural(missing, 'file')} had no bytes to copy: see \`check\``] : [],
  ].join('\n');
  const { without_bytes } = manifest;
  return {
    data: {
      folder,
      rows,
      files: manifest.bytes.length,
      size,
      without_bytes,
      running_at: runningAt,
    },
    text,
  };
}
