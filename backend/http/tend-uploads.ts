/**
 * Maintenance of uploads without a sender: finishes complete ones, expires old ones, removes
 * unwanted ones.
 *
 * @module
 */
import { release } from '../access/quota.ts';
import type { Database } from '../database/connection.ts';
import { uploadWanted } from '../queue/submit.ts';
import { expireUpload } from '../queue/uploads.ts';
import type { UploadLocks } from '../uploads/locker.ts';
import {
  endUpload,
  findUpload,
  forgetUpload,
  type UploadRecord,
  uploadsToTend,
} from '../uploads/records.ts';
import type { TusStore } from '../uploads/tus-store.ts';

export interface TendOptions {
  readonly db: Database;
  readonly locks: UploadLocks;
  readonly store: TusStore;
  /** Makes a file of a complete upload. */
  finish(id: string, size: number): Promise<unknown>;
  /** Retention of an upload after its last byte, seconds. */
  readonly expirySeconds: number;
  readonly log: (message: string) => void;
}

/**
 * Idle time before a complete upload is finished without its sender, seconds: a sender that lost
 * the response retries earlier.
 */
const QUIET_SECONDS = 15;

/** Skips uploads that a sender holds, and logs a failed one instead of stopping. */
export async function tendUploads(options: TendOptions): Promise<void> {
  const { db, locks, expirySeconds, log } = options;
  const due = await uploadsToTend(db.orm, { expirySeconds, quietSeconds: QUIET_SECONDS });
  for (const { id } of due) {
    await locks.ifFree(id, () => tendOne(options, id)).catch((error) =>
      log(`Upload ${id} could not be looked after: ${Deno.inspect(error)}`)
    );
  }
}

/** Maintains one upload. Requires its lock. */
async function tendOne(
  { db, store, finish, expirySeconds }: TendOptions,
  id: string,
): Promise<void> {
  const record = await findUpload(db.orm, id);
  if (!record) return;
  const expired = record.idle_ms > expirySeconds * 1000;
  if (record.file_id) return expired ? await forgetUpload(db.orm, id) : undefined;
  if (record.ended || await endIfUnwanted(db, record)) return await remove();
  const offset = await store.settle(record);
  if (offset === record.size) {
    await finish(id, record.size);
  } else if (expired) {
    await db.orm.transaction(async (tx) => {
      await endUpload(tx, id);
      await expireUpload(tx, record.job_id);
    });
    await remove();
  } else if (offset === null) {
    // Its bytes are gone: the next sender starts over.
    await remove();
  }

  async function remove(): Promise<void> {
    await store.remove(id);
    await release(db.orm, id);
  }
}

/**
 * Checks and ends in one transaction: a retry of the job comes before it or starts a new upload.
 */
function endIfUnwanted(db: Database, { id, job_id }: UploadRecord): Promise<boolean> {
  return db.orm.transaction(async (tx) => {
    if (await uploadWanted(tx, job_id, { lock: true }) !== 'no') return false;
    await endUpload(tx, id);
    return true;
  });
}
