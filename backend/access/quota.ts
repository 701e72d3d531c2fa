/**
 * How much a person may store. Bytes are set aside when an upload begins, so that many uploads at
 * once cannot pass the limit together, and charged in the transaction that records the file.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import type { Actor } from './actor.ts';

/** Bytes of one person's files and uploads under way, at most; null for no limit. */
export type MaxUserBytes = number | null;

export interface Upload {
  /** Any id of the upload's own; setting aside again under the same id replaces the bytes. */
  readonly id: string;
  readonly bytes: number;
  /** The bytes are free again after this, should nobody release them. */
  readonly seconds: number;
}

/**
 * Sets the bytes of an upload aside for its sender. Of several at once only as many pass as there
 * is room for. Throws {@link AppError} `quota_exceeded`.
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
 * Runs `work` with the bytes of an upload set aside; `work` releases them in the transaction that
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
    // What cannot be released now is free when its time is over.
    await release(db.orm, upload.id).catch(() => {});
    throw error;
  }
}

/** Ends an upload's claim: it was given up, or its file is about to be charged and recorded. */
export async function release(db: Executor, id: string): Promise<void> {
  await db.execute(sql`delete from headway.set_aside where id = ${id}`);
}

/**
 * Passes where there is room for `bytes` more; for the transaction that then records them, which
 * no other of the same person overtakes. Throws {@link AppError} `quota_exceeded`.
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

/** What a person's files take, and what is set aside for those under way. */
async function usedBytes(tx: Executor, userId: string): Promise<number> {
  const [row] = await tx.execute<{ used: number }>(sql`
    select coalesce((select sum(${hostFile.size}) from file f where f.user_id = ${userId}), 0)
      + coalesce((select sum(bytes) from headway.set_aside
        where user_id = ${userId} and expires_at > now()), 0)::float8 as used`);
  return row?.used ?? 0;
}
