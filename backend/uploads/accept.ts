/**
 * Acceptance of an upload: one decision, whatever brings the bytes (tus or multipart).
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

/** What a sender says of its file. */
const UploadClaim = v.object({
  /** An announced file; else the upload is for itself. */
  job_id: text(36),
  knowledge_id: text(200),
  /** Cleaned before use, so that it may hold anything. */
  filename: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(1024)))),
  filetype: text(255),
  language: v.optional(v.nullable(DeclaredLanguage)),
  folder: text(1024),
});
export type UploadClaim = v.InferOutput<typeof UploadClaim>;

/** Reads a claim; other fields are ignored. Throws `invalid`, naming the field below `where`. */
export function parseClaim(given: Record<string, unknown>, where: string): UploadClaim {
  const parsed = v.safeParse(UploadClaim, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const issues = [{ path: '', message: `${where}.${v.getDotPath(issue)} ${issue.message}` }];
  throw new AppError('invalid', message('invalid_input', { issues }));
}

export interface AcceptOptions {
  /** Bytes of the file; null while they are not known. */
  readonly size: number | null;
  /** Whether all bytes are here: those of a file that was paused meanwhile are kept. */
  readonly arrived?: boolean;
}

/** An upload that may come in, and where it belongs. */
export interface AcceptedUpload {
  readonly jobId: string | null;
  readonly knowledgeId: string | null;
  readonly filename: string;
  readonly language: string | null;
  readonly folder: string | null;
}

/**
 * Decides whether `actor` may send what the claim says. An announced file is sent by the owner of
 * its session or an administrator, with write access to its knowledge base. Throws
 * {@link AppError}: `invalid` (no id, another size than announced), `upload_mismatch` (another
 * folder), `conflict` where the file is not awaited, `upload_paused`, or what the knowledge base says.
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

/** Throws `invalid` for what is no id, `conflict` for a job that awaits nothing from the actor. */
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

/** Files of one name may lie in several folders. A sender may leave its folder out. */
function requireFolder(awaited: AwaitedUpload, { folder }: UploadClaim): void {
  if (awaited.folder !== null && folder && awaited.folder !== folder) throw uploadMismatch();
}

/** The bytes of a paused file can come later. */
export function uploadPaused(): AppError {
  return new AppError('upload_paused', message('upload_paused'));
}

/** Bytes for a job that wants none. */
function notAwaited(): AppError {
  return new AppError('conflict', message('upload_not_awaited'));
}

export interface ArrivedUpload extends Omit<AcceptedUpload, 'filename'> {
  readonly filename: string;
  readonly userId: string;
  readonly received: Received;
  readonly mediaType: string;
  /** What else its sender said of it. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * Records bytes as a file and hands it to its job, if it has one. The job's last word: throws
 * `conflict` where it was cancelled meanwhile, so that the transaction leaves nothing.
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

/** Replaces the bytes set aside under an id by the true ones. Throws `quota_exceeded`. */
export async function chargeArrived(
  tx: Executor,
  actor: Actor,
  { id, bytes, maxUserBytes }: { id: string; bytes: number; maxUserBytes: MaxUserBytes },
): Promise<void> {
  await release(tx, id);
  await chargeUpload(tx, actor, bytes, maxUserBytes);
}
