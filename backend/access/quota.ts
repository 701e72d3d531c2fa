/**
 * Storage quota of a user. Bytes are reserved when an upload begins, so that concurrent uploads
 * cannot exceed the limit together. They are charged in the transaction that records the file.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import type { Actor } from './actor.ts';

/** Maximum bytes of one user's files and uploads in progress; null for no limit. */
export type MaxUserBytes = number | null;

export interface Upload {
  /** Any id of the upload; a second reservation under the same id replaces the first. */
  readonly id: string;
  readonly bytes: number;
  /** Lifetime of the reservation if it is not released. */
  readonly seconds: number;
}

/**
 * Reserves the bytes of an upload for its sender. Concurrent reservations cannot exceed the quota
 * together. Throws {@link AppError} `quota_exceeded`.
 */
export async function setAside(
  db: Database,
  actor: Actor,
  { id, bytes, seconds }: Upload,
  maxUserBytes: MaxUserBytes,
): Promise<void> {
  if (maxUserBytes === null) return;
  await db.orm.transaction(async (tx) => {
    await tx.execute(sql`
      delete from headway.set_aside where id = ${id} or expires_at < now()`);
    await chargeUpload(tx, actor, bytes, maxUserBytes);
    await tx.execute(sql`
      insert into headway.set_aside (id, user_id, bytes, expires_at)
      values (${id}, ${actor.id}, ${bytes}, now() + make_interval(secs => ${seconds}))`);
  });
}

/**
 * Runs `work` with the bytes of an upload reserved; `work` releases them in the transaction that
 * charges them. Throws what `work` throws, and {@link AppError} `quota_exceeded`.
 */
export async function whileSetAside<T>(
  db: Database,
  actor: Actor,
  upload: Upload,
  maxUserBytes: MaxUserBytes,
  work: () => Promise<T>,
): Promise<T> {
  if (maxUserBytes === null || upload.bytes === 0) return await work();
  await setAside(db, actor, upload, maxUserBytes);
  try {
    return await work();
  } catch (error) {
    // A reservation that cannot be released now expires.
    await release(db.orm, upload.id).catch(() => {});
    throw error;
  }
}

/**
 * Releases an upload's reservation: it was abandoned, or its file is about to be charged and
 * recorded.
 */
export async function release(db: Executor, id: string): Promise<void> {
  await db.execute(sql`delete from headway.set_aside where id = ${id}`);
}

/**
 * Passes if the quota has room for `bytes` more. Call it in the transaction that then records them;
 * it serializes with others of the same user. Throws {@link AppError} `quota_exceeded`.
 */
export async function chargeUpload(
  tx: Executor,
  actor: Actor,
  bytes: number,
  maxUserBytes: MaxUserBytes,
): Promise<void> {
  if (maxUserBytes === null) return;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`quota:${actor.id}`}, 0))`);
  const used = await usedBytes(tx, actor.id);
  if (used + bytes <= maxUserBytes) return;
  const room = { most: maxUserBytes, left: maxUserBytes - used, needed: bytes };
  throw new AppError('quota_exceeded', message('quota_reached', room));
}

/** Bytes of a user's files, and bytes reserved for uploads in progress. */
async function usedBytes(tx: Executor, userId: string): Promise<number> {
  const [row] = await tx.execute<{ used: number }>(sql`
    select coalesce((select sum(${hostFile.size}) from file f where f.user_id = ${userId}), 0)
      + coalesce((select sum(bytes) from headway.set_aside
        where user_id = ${userId} and expires_at > now()), 0)::float8 as used`);
  return row?.used ?? 0;
}
