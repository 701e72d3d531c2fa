/**
 * Rows of files and bytes on disk: each must have the other.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { sql } from 'drizzle-orm';
import { makePrivateFolder } from '../../folders/folders.ts';
import { hasText } from '../../host/file-text.ts';
import { isStoredHere } from '../../host/stored-files.ts';
import { failFiles } from '../../knowledge/file-statuses.ts';
import { unknownOf } from '../../queue/clean.ts';
import type { Place } from '../place.ts';
import type { Check, Finding } from './finding.ts';

/**
 * Bytes get their row shortly after they are complete: younger ones may still be waiting for it.
 */
const YOUNG_MS = 10 * 60_000;

export const fileWithoutBytes: Check = {
  kind: 'file without bytes',
  async find({ db }) {
    const rows = await db.orm.execute<{ id: string; filename: string; path: string }>(
      sql`select f.id, f.filename, f.path from file f where ${isStoredHere} order by f.id`,
    );
    const found: Finding[] = [];
    for (const { id, filename, path } of rows) {
      if (!isAbsolute(path) || await isThere(path)) continue;
      const what = await isThere(dirname(path)) ? 'nothing at' : 'its folder is not here:';
      found.push({ id, detail: `${filename}: ${what} ${path}` });
    }
    return found;
  },
  /**
   * Only files that Headway stored, and only if their folder exists: otherwise the disk may be
   * another.
   */
  repair: ({ db }, id) =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.execute<{ path: string; readable: boolean }>(sql`
        select f.path, ${hasText(sql`f.data`)} as readable
        from file f where f.id = ${id} and ${isStoredHere} for update`);
      if (!row || await isThere(row.path) || !(await isThere(dirname(row.path)))) return null;
      await tx.execute(sql`update file set path = null where id = ${id}`);
      await tx.execute(sql`delete from headway.stored_file where file_id = ${id}`);
      if (row.readable) return 'kept with its text, known to be without bytes';
      await failFiles(tx, [{ fileId: id, code: 'bytes_missing', reason: message('bytes_gone') }]);
      return 'marked as failed: to be uploaded again';
    }),
};

export const bytesWithoutFile: Check = {
  kind: 'bytes without a file',
  async find(place) {
    const found: Finding[] = [];
    const paths = await oldFilesIn(join(place.dataDir, 'uploads'));
    for (const path of await unknownOf(place.db, paths)) {
      const { size } = await Deno.stat(path);
      found.push({ id: path, detail: `${size} bytes that no file has` });
    }
    return found;
  },
  /** Moves the bytes aside instead of deleting them: the database may be the wrong one. */
  async repair(place, path) {
    if ((await unknownOf(place.db, [path])).length === 0 || !(await isThere(path))) return null;
    const folder = join(place.dataDir, 'orphaned');
    await makePrivateFolder(folder);
    const target = join(folder, basename(path));
    await Deno.rename(path, target);
    return `set aside as ${target}`;
  },
};

export const derivedWithoutFile: Check = {
  kind: 'half-done work without a file',
  async find(place) {
    const work = join(place.dataDir, 'work');
    const found: Finding[] = [];
    for (const name of await namesIn(work, (entry) => entry.isDirectory)) {
      if (await isKnown(place, name)) continue;
      found.push({ id: join(work, name), detail: 'derived from a file that is gone' });
    }
    return found;
  },
  async repair(place, path) {
    if (await isKnown(place, basename(path)) || !(await isThere(path))) return null;
    await Deno.remove(path, { recursive: true });
    return 'removed';
  },
};

async function isKnown({ db }: Place, fileId: string): Promise<boolean> {
  const [row] = await db.orm.execute(sql`select 1 from file where id = ${fileId}`);
  return row !== undefined;
}

async function oldFilesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await namesIn(folder, (entry) => entry.isFile)) {
    const path = join(folder, name);
    const info = await Deno.stat(path).catch(() => null);
    if (info?.mtime && Date.now() - info.mtime.getTime() > YOUNG_MS) paths.push(path);
  }
  return paths;
}

async function namesIn(
  folder: string,
  wanted: (entry: Deno.DirEntry) => boolean,
): Promise<string[]> {
  const names: string[] = [];
  if (!(await isThere(folder))) return names;
  for await (const entry of Deno.readDir(folder)) if (wanted(entry)) names.push(entry.name);
  return names.sort();
}

/** Throws if the answer is not known: a folder without access is not a missing file. */
async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
