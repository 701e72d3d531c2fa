/**
 * Records of the bytes that Headway stored. All other paths in the app's `file` table belong to the
 * app: they are never changed, and their bytes are never removed.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

export interface StoredFile {
  readonly fileId: string;
  readonly path: string;
}

/** Records bytes in the transaction that writes their path into the app's row. */
export async function recordStored(tx: Executor, files: readonly StoredFile[]): Promise<void> {
  await tx.execute(sql`
    insert into headway.stored_file (file_id, path)
    select * from unnest(${sql.param(files.map(({ fileId }) => fileId))}::text[],
      ${sql.param(files.map(({ path }) => path))}::text[])
    on conflict (file_id) do update set path = excluded.path, deleted_at = null`);
}

/** SQL: true if Headway stored the bytes of `file f`. */
export const isStoredHere: SQL = sql`exists (select 1 from headway.stored_file stored
  where stored.file_id = f.id and stored.path = f.path)`;

/** Marks the bytes of files that are deleted in this transaction. Returns their paths. */
export async function markDeleted(tx: Executor, fileIds: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ path: string }>(sql`
    update headway.stored_file set deleted_at = now()
    where file_id = any(${sql.param(fileIds)}::text[]) returning path`);
  return rows.map(({ path }) => path);
}

/** Storage that removes bytes. */
interface Removing {
  remove(path: string): Promise<void>;
}

/** Removes bytes of deleted files, then their records. Maintenance removes the rest. */
export async function removeBytes(
  db: Executor,
  storage: Removing,
  paths: readonly string[],
): Promise<void> {
  await removeUnnamed(db, storage, paths);
}

const AT_ONCE = 500;

/**
 * Removes the bytes of files that were deleted more than `graceSeconds` ago, by Headway or by the
 * app. Returns how many were removed.
 */
export async function removeDeletedBytes(
  db: Executor,
  storage: Removing,
  graceSeconds: number,
): Promise<number> {
  await db.execute(sql`
    update headway.stored_file s set deleted_at = now()
    where deleted_at is null and not exists (select 1 from file f where f.id = s.file_id)`);
  const rows = await db.execute<{ path: string }>(sql`
    select s.path from headway.stored_file s
    where deleted_at < now() - make_interval(secs => ${graceSeconds})
      and not exists (select 1 from file f where f.id = s.file_id) and ${isUnnamed(sql`s.path`)}
    order by deleted_at limit ${AT_ONCE}`);
  return await removeUnnamed(db, storage, rows.map(({ path }) => path));
}

/**
 * SQL: true if no row names the bytes. The app may have copied a row: bytes that any row names
 * stay, with their record.
 */
const isUnnamed = (path: SQL): SQL =>
  sql`not exists (select 1 from file named where named.path = ${path})`;

/** Removes those bytes that no row names. Returns their number. */
async function removeUnnamed(
  db: Executor,
  storage: Removing,
  paths: readonly string[],
): Promise<number> {
  if (paths.length === 0 || !(await writersHaveEnded(db))) return 0;
  const unnamed = await db.execute<{ path: string }>(sql`
    select distinct path from unnest(${sql.param(paths)}::text[]) as given (path)
    where ${isUnnamed(sql`given.path`)}`);
  for (const { path } of unnamed) {
    await storage.remove(path);
    await db.execute(sql`
      delete from headway.stored_file where path = ${path} and deleted_at is not null`);
  }
  return unnamed.length;
}

/** Maximum wait for other transactions that write rows of `file`, and the polling interval. */
const WRITERS = { mostMs: 1_000, pauseMs: 20 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Waits for the transactions that are writing rows of `file`: one of them may copy a row that was
 * deleted meanwhile. A later one does not see that row. Returns false if one takes too long.
 */
async function writersHaveEnded(db: Executor): Promise<boolean> {
  let writers = await readWriters(db);
  for (let waitedMs = 0; writers.length > 0; waitedMs += WRITERS.pauseMs) {
    if (waitedMs >= WRITERS.mostMs) return false;
    await pause(WRITERS.pauseMs);
    const now = new Set(await readWriters(db));
    writers = writers.filter((id) => now.has(id));
  }
  return true;
}

async function readWriters(db: Executor): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select virtualtransaction as id from pg_locks
    where locktype = 'relation' and relation = 'file'::regclass and mode = 'RowExclusiveLock'
      and granted and database = (select oid from pg_database where datname = current_database())`);
  return rows.map(({ id }) => id);
}
