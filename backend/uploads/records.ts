/**
 * Rows of uploads: one each, from the first request until the upload has become a file and is no
 * longer polled.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { isLeftUnsettled } from '../database/unsettled-upload.ts';

export interface UploadRecord {
  [column: string]: unknown;
  id: string;
  user_id: string;
  job_id: string;
  filename: string;
  language: string | null;
  /** Folder on the sender's machine, like `reports/2024`. */
  folder: string | null;
  size: number;
  /** `Upload-Metadata` of its creation. */
  metadata: string | null;
  /** Stored bytes at the last update. */
  received: number;
  /**
   * Offset from which bytes are to be discarded: they came with a checksum that was never compared.
   */
  unverified_from: number | null;
  /** Set once it has become a file. */
  file_id: string | null;
  /** Cancelled or expired: its bytes are about to be removed. */
  ended: boolean;
  /** Milliseconds since the last bytes, by the database's clock. */
  idle_ms: number;
}

export interface NewUpload {
  readonly id: string;
  readonly userId: string;
  readonly jobId: string;
  readonly filename: string;
  readonly language: string | null;
  readonly folder: string | null;
  readonly size: number;
  /** `Upload-Metadata` as received, or null. */
  readonly metadata: string | null;
}

const columns =
  sql`u.id, u.user_id, u.job_id, u.filename, u.language, u.folder, u.size::float8 as size,
  u.metadata, u.received::float8 as received, u.unverified_from::float8 as unverified_from,
  u.file_id, u.ended,
  extract(epoch from clock_timestamp() - u.updated_at)::float8 * 1000 as idle_ms`;

/** False if the job has an upload already. */
export async function insertUpload(tx: Executor, upload: NewUpload): Promise<boolean> {
  const rows = await tx.execute(sql`
    insert into headway.upload (id, user_id, job_id, filename, language, folder, size, metadata)
    values (${upload.id}::uuid, ${upload.userId}, ${upload.jobId}::uuid, ${upload.filename},
      ${upload.language}, ${upload.folder}, ${upload.size}, ${upload.metadata})
    on conflict do nothing returning 1`);
  return rows.length > 0;
}

export function findUpload(db: Executor, id: string): Promise<UploadRecord | null> {
  return selectOne(db, sql`u.id = ${id}::uuid`);
}

/** As {@link findUpload}; the row stays locked until the transaction ends. */
export function lockUpload(tx: Executor, id: string): Promise<UploadRecord | null> {
  return selectOne(tx, sql`u.id = ${id}::uuid for update`);
}

/** The upload of a job that its user may resume: the unfinished one, otherwise the last. */
export function findUploadOfJob(
  db: Executor,
  jobId: string,
  userId: string,
): Promise<UploadRecord | null> {
  return selectOne(
    db,
    sql`u.job_id = ${jobId}::uuid and u.user_id = ${userId} and not u.ended
      order by u.file_id is null desc, u.updated_at desc limit 1`,
  );
}

async function selectOne(db: Executor, condition: SQL): Promise<UploadRecord | null> {
  const [row] = await db.execute<UploadRecord>(
    sql`select ${columns} from headway.upload u where ${condition}`,
  );
  return row ?? null;
}

/** Stores the offset and restarts the expiry. */
export async function noteReceived(db: Executor, id: string, received: number): Promise<void> {
  await db.execute(sql`
    update headway.upload set received = ${received}, updated_at = now() where id = ${id}::uuid`);
}

export async function noteUnverified(
  db: Executor,
  id: string,
  from: number | null,
): Promise<void> {
  await db.execute(
    sql`update headway.upload set unverified_from = ${from} where id = ${id}::uuid`,
  );
}

export async function markFinished(tx: Executor, id: string, fileId: string): Promise<void> {
  await tx.execute(sql`
    update headway.upload set file_id = ${fileId}, received = size, updated_at = now()
    where id = ${id}::uuid`);
}

/**
 * Ends an upload that is not yet a file: a new one of the same job may begin from now on. Its bytes
 * are removed afterwards, so that no sender resumes an upload without bytes.
 */
export async function endUpload(db: Executor, id: string): Promise<void> {
  await db.execute(sql`
    update headway.upload set ended = true where id = ${id}::uuid and file_id is null`);
}

export async function forgetUpload(db: Executor, id: string): Promise<void> {
  await db.execute(sql`delete from headway.upload where id = ${id}::uuid`);
}

/**
 * Uploads that need maintenance: complete ones without a file, rows that may be behind the storage,
 * expired ones, those with a cancelled or cleared job, and those that became a file long ago.
 */
export async function uploadsToTend(
  db: Executor,
  { expirySeconds, quietSeconds }: { expirySeconds: number; quietSeconds: number },
): Promise<UploadRecord[]> {
  return await db.execute<UploadRecord>(sql`
    select ${columns} from headway.upload u left join headway.job j on j.id = u.job_id
    where u.updated_at < now() - make_interval(secs => ${expirySeconds})
      or u.ended
      or (u.file_id is null and (j.id is null or j.status = 'cancelled' or j.file_id is not null))
      or (u.file_id is null and ${isLeftUnsettled})
      or (u.file_id is null and u.received >= u.size
        and u.updated_at < now() - make_interval(secs => ${quietSeconds}))
    order by u.updated_at limit 100`);
}
