/**
 * Start and end of a resumable upload: the choice of its job, and the one transaction that turns
 * its bytes into a queued file.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { sql } from 'drizzle-orm';
import type { Actor } from '../access/actor.ts';
import { release } from '../access/quota.ts';
import type { Executor } from '../database/connection.ts';
import { detectMediaType } from '../processing/detect.ts';
import { type SessionRequest, startSessionIn } from '../queue/submit.ts';
import {
  type AcceptedUpload,
  acceptUpload,
  parseClaim,
  recordUpload,
  type UploadClaim,
} from '../uploads/accept.ts';
import {
  findUpload,
  findUploadOfJob,
  insertUpload,
  lockUpload,
  markFinished,
  type NewUpload,
  type UploadRecord,
} from '../uploads/records.ts';
import type { Received } from '../uploads/storage.ts';
import { metadataText } from '../uploads/tus-store.ts';
import { askerOf, type Services } from './services.ts';

type Needs = Pick<Services, 'db' | 'queue' | 'storage' | 'rolesInTable'>;

/** The job has an upload already; `location` is the address to resume. */
export class AlreadyBegun extends AppError {
  constructor(readonly location: string) {
    super('conflict', 'This file is being sent already; it goes on at the address in Location');
  }
}

export interface BegunUpload {
  readonly jobId: string;
  /** True if the upload started its own session; otherwise its job was announced before. */
  readonly startedSession: boolean;
}

/**
 * Records a new upload under `id`. Throws {@link AppError}: `invalid`, `conflict` where the file is
 * not (or no longer) awaited, `upload_paused`, {@link AlreadyBegun}, or the knowledge base's own
 * refusal.
 */
export async function beginUpload(
  services: Needs,
  actor: Actor,
  id: string,
  size: number,
  given: Record<string, string | null>,
): Promise<BegunUpload> {
  const { db } = services;
  const claim = parseClaim(given, 'Upload-Metadata');
  let accepted: AcceptedUpload;
  try {
    accepted = await acceptUpload(db.orm, actor, claim, { size });
  } catch (error) {
    throw claim.job_id ? await begunOr(services, actor, claim.job_id, error) : error;
  }
  const metadata = metadataText(given);
  const upload = { ...accepted, ...askerOf(services, actor), id, size, metadata };
  if (accepted.jobId === null) {
    const jobId = await beginOwnSession(services, upload, claim);
    return { jobId, startedSession: true };
  }
  const { jobId } = accepted;
  if (!(await insertUpload(db.orm, { ...upload, jobId }))) {
    throw await begunOr(services, actor, jobId, sentByAnother());
  }
  return { jobId, startedSession: false };
}

/**
 * Redirects another sender of the same file to the existing upload, to resume it or to learn that
 * it is complete. Returns any other refusal unchanged.
 */
async function begunOr(
  { db }: Needs,
  actor: Actor,
  jobId: string,
  refusal: unknown,
): Promise<unknown> {
  const passing = refusal instanceof AppError &&
    (refusal.code === 'conflict' || refusal.code === 'upload_paused');
  if (!passing) return refusal;
  const begun = await findUploadOfJob(db.orm, jobId, actor.id);
  return begun ? new AlreadyBegun(`${API_BASE}${paths.upload(begun.id)}`) : refusal;
}

/** Refuses another account: the upload of a job belongs to the account that began it. */
function sentByAnother(): AppError {
  return new AppError('conflict', message('upload_by_another'));
}

/**
 * Creates a session for an upload without a job, as for a single file: both in one transaction.
 * Returns the job.
 */
async function beginOwnSession(
  { db, queue }: Needs,
  upload: Omit<NewUpload, 'jobId'> & Pick<SessionRequest, 'knowledgeId' | 'userRole'>,
  { filetype }: UploadClaim,
): Promise<string> {
  const { knowledgeId, userId, userRole, filename, size, language } = upload;
  return await db.orm.transaction(async (tx) => {
    const { sessionId } = await startSessionIn(tx, queue, {
      knowledgeId,
      userId,
      userRole,
      fileIds: [],
      uploads: [{ name: filename, size, media_type: filetype || null }],
      priority: 'high',
      language,
      operationId: null,
    });
    const [job] = await tx.execute<{ id: string }>(
      sql`select id from headway.job where session_id = ${sessionId}`,
    );
    if (!job) throw new Error(`A session was started without its job: ${sessionId}`);
    await insertUpload(tx, { ...upload, jobId: job.id });
    return job.id;
  });
}

/**
 * Turns a complete upload into a file and queues its job, idempotently. Returns the file's id.
 * Throws {@link AppError} `upload_gone` where its job was cancelled meanwhile.
 */
export async function finishUpload(
  services: Needs,
  id: string,
  hash: string | null,
): Promise<string> {
  const record = await findUpload(services.db.orm, id);
  if (!record || record.ended) throw uploadGone();
  if (record.file_id) return record.file_id;
  const received = await services.storage.partials.commit(id, record.size, hash);
  const mediaType = await mediaTypeOf(services, received, record.filename);
  try {
    return await services.db.orm.transaction(async (tx) => {
      const locked = await lockUpload(tx, id);
      if (!locked || locked.ended) throw uploadGone();
      return locked.file_id ?? await enqueue(tx, services, locked, received, mediaType);
    });
  } catch (error) {
    if (!isOver(error)) throw error;
    await services.storage.remove(received.path);
    throw uploadGone();
  }
}

const isOver = (error: unknown) =>
  error instanceof AppError && (error.code === 'conflict' || error.code === 'upload_gone');

export async function mediaTypeOf(
  { storage }: Pick<Services, 'storage'>,
  { path }: Received,
  filename: string,
): Promise<string> {
  await using bytes = await storage.local(path, { outline: true });
  return await detectMediaType(bytes.path, filename);
}

/** Links file, job and queue entry in one transaction. */
async function enqueue(
  tx: Executor,
  { queue }: Needs,
  { id, user_id: userId, job_id: jobId, filename, language, folder }: UploadRecord,
  received: Received,
  mediaType: string,
): Promise<string> {
  await release(tx, id);
  const knowledgeId = await knowledgeOf(tx, jobId);
  const upload = { userId, jobId, knowledgeId, filename, language, folder, received, mediaType };
  const fileId = await recordUpload(tx, queue, upload);
  await markFinished(tx, id, fileId);
  return fileId;
}

async function knowledgeOf(tx: Executor, jobId: string): Promise<string | null> {
  const [row] = await tx.execute<{ knowledge_id: string | null }>(sql`
    select s.knowledge_id from headway.job j join headway.session s on s.id = j.session_id
    where j.id = ${jobId}::uuid`);
  return row?.knowledge_id ?? null;
}

/** The response for an upload that ended without becoming a file. */
export function uploadGone(): AppError {
  return new AppError('upload_gone', message('upload_over'));
}
