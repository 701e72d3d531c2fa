/**
 * Which bytes Headway stored. Everything else that a row of the app's `file` table names belongs to
 * the app: its path is never changed and its bytes are never removed.
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

/** SQL for whether Headway stored the bytes of `file f`. */
export const isStoredHere: SQL = sql`exists (select 1 from headway.stored_file stored
  where stored.file_id = f.id and stored.path = f.path)`;

/** Marks the bytes of files that are deleted in this transaction. Returns the paths of them. */
export async function markDeleted(tx: Executor, fileIds: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ path: string }>(sql`
    update headway.stored_file set deleted_at = now()
    where file_id = any(${sql.param(fileIds)}::text[]) returning path`);
  return rows.map(({ path }) => path);
}

/** Removes bytes, then forgets them. What fails here is removed by maintenance. */
export async function removeBytes(
  db: Executor,
  storage: { remove(path: string): Promise<void> },
  paths: readonly string[],
): Promise<void> {
  for (const path of paths) {
    await storage.remove(path);
    await db.execute(sql`
      delete from headway.stored_file where path = ${path} and deleted_at is not null`);
  }
}

const AT_ONCE = 500;

/**
 * Removes the bytes of files that were deleted more than `graceSeconds` ago, by Headway or by the
 * app. Bytes that another row names stay. Returns how many were removed.
 */
export async function removeDeletedBytes(
  db: Executor,
  storage: { remove(path: string): Promise<void> },
  graceSeconds: number,
): Promise<number> {
  await db.execute(sql`
    update headway.stored_file s set deleted_at = now()
    where deleted_at is null and not exists (select 1 from file f where f.id = s.file_id)`);
  const rows = await db.execute<{ file_id: string; path: string; shared: boolean }>(sql`
    with gone as materialized (
      select file_id, path from headway.stored_file s
      where deleted_at < now() - make_interval(secs => ${graceSeconds})
        and not exists (select 1 from file f where f.id = s.file_id)
      order by deleted_at limit ${AT_ONCE})
    select *, path in (select f.path from file f where f.path in (select path from gone)) as shared
    from gone`);
  for (const { file_id, path, shared } of rows) {
    if (!shared) await storage.remove(path);
    await db.execute(sql`
      delete from headway.stored_file where file_id = ${file_id} and deleted_at is not null`);
  }
  return rows.filter(({ shared }) => !shared).length;
}
