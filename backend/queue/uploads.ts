/**
 * Jobs whose files are still to be uploaded: their list, and their expiry.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { PendingUpload } from '#contract/uploads.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { messageValue } from '../database/messages.ts';
import { refreshSession } from '../progress/store.ts';

export interface PendingQuery {
  readonly userId: string;
  /** SQL that is true for the sessions (as `s`) that the user may read. */
  readonly visible: SQL;
  readonly knowledgeId?: string | undefined;
  /** Seconds for which bytes are kept after the last of them. */
  readonly expirySeconds: number;
}

/** Seconds since the last activity up to which a session's client counts as active. */
const ACTIVE_SECONDS = 8;

/**
 * Announced files of a user that are incomplete, newest session first. An upload that was given up
 * as lost is listed for as long as its bytes would be kept.
 */
export async function pendingUploads(db: Executor, query: PendingQuery): Promise<PendingUpload[]> {
  const { userId, visible, knowledgeId, expirySeconds } = query;
  return await db.execute<PendingUpload & Record<string, unknown>>(sql`
    select j.id as job_id, j.session_id, s.knowledge_id, j.name, j.size::float8 as size,
      j.media_type, j.last_modified::float8 as last_modified, u.id as upload_id,
      coalesce(u.received, 0)::float8 as received, j.status = 'paused' as paused,
      coalesce(u.folder, j.folder) as folder,
      exists (select 1 from headway.job o where o.session_id = s.id and o.status = 'uploading'
        and o.updated_at > now() - make_interval(secs => ${ACTIVE_SECONDS})) as active,
      extract(epoch from u.updated_at + make_interval(secs => ${expirySeconds}))::float8 as expires_at
    from headway.job j join headway.session s on s.id = j.session_id
    left join headway.upload u on u.job_id = j.id and u.file_id is null and not u.ended
    where s.user_id = ${userId} and ${visible} and j.file_id is null and j.with_upload
      ${knowledgeId === undefined ? sql`` : sql`and s.knowledge_id = ${knowledgeId}`}
      and (j.status in ('uploading', 'paused') or (j.status = 'error'
        and j.error_code = 'upload_lost'
        and greatest(j.updated_at, u.updated_at) > now() - make_interval(secs => ${expirySeconds})))
    order by s.created_at desc, j.position limit 10000`);
}

/** Fails the job of an expired upload, which may still start again from its first byte. */
export async function expireUpload(tx: Executor, jobId: string): Promise<void> {
  const reason = messageValue(message('upload_expired'));
  const [row] = await tx.execute<{ session_id: string }>(sql`
    update headway.job set status = 'error', error_code = 'upload_lost', error = ${reason},
      message = ${reason}, progress = 0, finished_at = now(), updated_at = now()
    where id = ${jobId}::uuid and file_id is null
      and (status in ('uploading', 'paused')
        or (status = 'error' and error_code = 'upload_lost'))
    returning session_id`);
  if (row) await refreshSession(tx, row.session_id);
}
