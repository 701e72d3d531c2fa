/**
 * Resumable uploads (tus 1.0) and the list of files that are still to be sent.
 *
 * @module
 */
import * as v from 'valibot';

/** A file that was announced and is not yet completely uploaded. */
export const PendingUpload = v.object({
  job_id: v.string(),
  session_id: v.string(),
  knowledge_id: v.nullable(v.string()),
  name: v.string(),
  size: v.nullable(v.number()),
  media_type: v.nullable(v.string()),
  last_modified: v.pipe(v.nullable(v.number()), v.description('Epoch milliseconds, as announced')),
  upload_id: v.pipe(
    v.nullable(v.string()),
    v.description('Its tus upload below /uploads; null where none was begun'),
  ),
  received: v.pipe(v.number(), v.description('Bytes that are here, about a second old')),
  paused: v.boolean(),
  active: v.pipe(
    v.boolean(),
    v.description('Somebody is sending files of its session right now'),
  ),
  folder: v.pipe(
    v.nullable(v.string()),
    v.description('Folder on the machine of its sender; empty for none, null where it did not say'),
  ),
  expires_at: v.pipe(
    v.nullable(v.number()),
    v.description('Epoch seconds until which its bytes are kept if no more come'),
  ),
});
export type PendingUpload = v.InferOutput<typeof PendingUpload>;

/** Response of `GET /uploads`. */
export const PendingUploads = v.object({ items: v.array(PendingUpload) });
export type PendingUploads = v.InferOutput<typeof PendingUploads>;

/**
 * Request header that identifies the sender of an upload (such as a tab), any 1 to 100 visible
 * characters. A sender may preempt itself at once, because its old connection is dead. Other
 * senders receive 423 while bytes arrive.
 */
export const UPLOAD_SENDER = 'upload-sender';

/**
 * Request header of a `PATCH` that resumes an upload: `sha256` and, in Base64, the SHA-256 of the
 * SHA-256s of the blocks of the first `Upload-Offset` bytes of the file. The server compares it
 * with the stored bytes before it adds any, and rejects another file with `upload_mismatch`.
 */
export const UPLOAD_PREFIX_DIGEST = 'upload-prefix-digest';

const MIB = 1024 * 1024;
const LEAST_BLOCK_BYTES = 8 * MIB;
/** Maximum number of parts of a multipart upload in S3, which are the blocks there. */
const MOST_BLOCKS = 10_000;

/** Block length for comparing the beginning of an upload of `size` bytes. */
export function prefixBlockBytes(size: number): number {
  return Math.max(LEAST_BLOCK_BYTES, Math.ceil(size / MOST_BLOCKS / MIB) * MIB);
}
