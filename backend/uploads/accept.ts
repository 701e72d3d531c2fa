/**
 * Acceptance of an upload: one decision for tus and multipart.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { DeclaredLanguage } from '#contract/language.ts';
import * as v from 'valibot';
import type { Actor } from '../access/actor.ts';
import { requireAccess } from '../access/permissions.ts';
import { chargeUpload, type MaxUserBytes, release } from '../access/quota.ts';
import type { Executor } from '../database/connection.ts';
import { isStorable } from '../database/json.ts';
import { createFile } from '../knowledge/files.ts';
import type { Queue } from '../queue/boss.ts';
import { type AwaitedUpload, awaitedUpload, deliverUpload } from '../queue/submit.ts';
import { cleanFilename } from './filename.ts';
import { uploadMismatch } from './prefix.ts';
import { type Received, STORED_NAME } from './storage.ts';

const text = (most: number) =>
  v.optional(
    v.nullable(v.pipe(
      v.string(),
      v.maxLength(most),
      v.check((value) => isStorable(value), 'holds a character that cannot be stored, like NUL'),
    )),
  );

/** Metadata of a file from its sender. */
const UploadClaim = v.object({
  /** Job of an announced file; null for an upload of its own. */
  job_id: text(36),
  knowledge_id: text(200),
  /** Cleaned before use, so that any text is allowed. */
  filename: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(1024)))),
  filetype: text(255),
  language: v.optional(v.nullable(DeclaredLanguage)),
  folder: text(1024),
});
export type UploadClaim = v.InferOutput<typeof UploadClaim>;

/** Parses a claim; ignores other fields. Throws `invalid`, naming the field below `where`. */
export function parseClaim(given: Record<string, unknown>, where: string): UploadClaim {
  const parsed = v.safeParse(UploadClaim, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const issues = [{ path: '', message: `${where}.${v.getDotPath(issue)} ${issue.message}` }];
  throw new AppError('invalid', message('invalid_input', { issues }));
}

export interface AcceptOptions {
  /** Bytes of the file; null if unknown. */
  readonly size: number | null;
  /** True if all bytes have arrived: then those of a file paused meanwhile are kept. */
  readonly arrived?: boolean;
}

/** An accepted upload and its destination. */
export interface AcceptedUpload {
  readonly jobId: string | null;
  readonly knowledgeId: string | null;
  readonly filename: string;
  readonly language: string | null;
  readonly folder: string | null;
}

/**
 * Decides whether `actor` may upload the claimed file. The owner of its session or an administrator
 * uploads an announced file, with write access to its knowledge base. Throws {@link AppError}:
 * `invalid` (no id, another size than announced), `upload_mismatch` (another folder), `conflict` if
 * the file is not awaited, `upload_paused`, or the errors of the knowledge base.
 */
export async function acceptUpload(
  db: Executor,
  actor: Actor,
  claim: UploadClaim,
  { size, arrived = false }: AcceptOptions,
): Promise<AcceptedUpload> {
  const awaited = claim.job_id ? await awaitedBy(db, actor, claim.job_id) : null;
  if (awaited) {
    if (awaited.paused && !arrived) throw uploadPaused();
    requireSize(awaited, size);
    requireFolder(awaited, claim);
  }
  const knowledgeId = awaited ? awaited.knowledgeId : claim.knowledge_id || null;
  if (knowledgeId) await requireAccess(db, actor, 'knowledge', knowledgeId, 'write');
  return {
    jobId: claim.job_id || null,
    knowledgeId,
    filename: cleanFilename(claim.filename || awaited?.name || ''),
    language: claim.language || awaited?.language || null,
    folder: claim.folder || awaited?.folder || null,
  };
}

/** Throws `invalid` for a malformed id, `conflict` for a job that awaits no upload of the actor. */
async function awaitedBy(db: Executor, actor: Actor, jobId: string): Promise<AwaitedUpload> {
  if (!STORED_NAME.test(jobId.toLowerCase())) {
    throw new AppError('invalid', message('invalid_job_id', { id: jobId }));
  }
  const awaited = await awaitedUpload(db, jobId);
  if (awaited && (awaited.userId === actor.id || actor.role === 'admin')) return awaited;
  throw notAwaited();
}

function requireSize(awaited: AwaitedUpload, size: number | null): void {
  if (size === null || awaited.size === null || awaited.size === size) return;
  const reason = message('another_size', { bytes: size, announced: awaited.size });
  throw new AppError('invalid', reason);
}

/** Files of one name may lie in several folders. The folder is optional. */
function requireFolder(awaited: AwaitedUpload, { folder }: UploadClaim): void {
  if (awaited.folder !== null && folder && awaited.folder !== folder) throw uploadMismatch();
}

/** The bytes of a paused file can be uploaded later. */
export function uploadPaused(): AppError {
  return new AppError('upload_paused', message('upload_paused'));
}

/** Bytes for a job that awaits none. */
function notAwaited(): AppError {
  return new AppError('conflict', message('upload_not_awaited'));
}

export interface ArrivedUpload extends Omit<AcceptedUpload, 'filename'> {
  readonly filename: string;
  readonly userId: string;
  readonly received: Received;
  readonly mediaType: string;
  /** Other metadata from its sender. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * Records bytes as a file and attaches it to its job, if it has one. Throws `conflict` if the job
 * was cancelled meanwhile, which rolls back the transaction.
 */
export async function recordUpload(
  tx: Executor,
  queue: Queue,
  { userId, received, mediaType, extra, ...upload }: ArrivedUpload,
): Promise<string> {
  const { jobId, knowledgeId, filename, language, folder } = upload;
  const fileId = await createFile(tx, {
    userId,
    filename,
    path: received.path,
    mediaType,
    size: received.size,
    fileHash: received.hash,
    data: {
      ...extra,
      ...(language && { language }),
      ...(folder && { folder }),
      knowledge_id: knowledgeId,
    },
  });
  if (jobId) {
    const delivered = { fileId, size: received.size, mediaType };
    if (!(await deliverUpload(tx, queue, jobId, delivered))) throw notAwaited();
  }
  return fileId;
}

/** Replaces the bytes reserved under an id by the actual number. Throws `quota_exceeded`. */
export async function chargeArrived(
  tx: Executor,
  actor: Actor,
  { id, bytes, maxUserBytes }: { id: string; bytes: number; maxUserBytes: MaxUserBytes },
): Promise<void> {
  await release(tx, id);
  await chargeUpload(tx, actor, bytes, maxUserBytes);
}
