/**
 * The beginning and the end of a resumable upload: which job it is for, and the one transaction in
 * which its bytes become a file that waits in the queue.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { DeclaredLanguage } from '#contract/language.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { sql } from 'drizzle-orm';
import * as v from 'valibot';
import type { Actor } from '../access/actor.ts';
import { requireAccess } from '../access/permissions.ts';
import { release } from '../access/quota.ts';
import type { Executor } from '../database/connection.ts';
import { isStorable } from '../database/json.ts';
import { createFile } from '../knowledge/files.ts';
import { detectMediaType } from '../processing/detect.ts';
import { awaitedUpload, deliverUpload, startSessionIn } from '../queue/submit.ts';
import { cleanFilename } from '../uploads/filename.ts';
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
import { UUID } from './parameters.ts';
import type { Services } from './services.ts';

type Needs = Pick<Services, 'db' | 'queue' | 'storage'>;

const text = (most: number) =>
  v.optional(
    v.nullable(v.pipe(
      v.string(),
      v.maxLength(most),
      v.check((value) => isStorable(value), 'holds NUL'),
    )),
  );
/** `Upload-Metadata`, decoded; what else clients send along is passed over. */
const Metadata = v.object({
  job_id: text(36),
  knowledge_id: text(200),
  filename: text(1024),
  filetype: text(255),
  language: v.optional(v.nullable(DeclaredLanguage)),
  folder: text(1024),
});
type Metadata = v.InferOutput<typeof Metadata>;

/** The job has an upload already; `location` is where it goes on. */
export class AlreadyBegun extends AppError {
  constructor(readonly location: string) {
    super('conflict', 'This file is being sent already; it goes on at the address in Location');
  }
}

export interface BegunUpload {
  readonly jobId: string;
  /** Whether the upload started its own session; else its job was announced before. */
  readonly startedSession: boolean;
}

/**
 * Records a new upload under `id`. Throws {@link AppError}: `invalid`, `conflict` where the file is
 * not awaited (any more), `upload_paused`, {@link AlreadyBegun}, or what the knowledge base says.
 */
export async function beginUpload(
  services: Needs,
  actor: Actor,
  id: string,
  size: number,
  given: Record<string, string | null>,
): Promise<BegunUpload> {
  const metadata = parse(given);
  const upload = metadata.job_id
    ? await forJob(services, actor, metadata.job_id, size, metadata)
    : await forItself(services, actor, size, metadata);
  const record: NewUpload = { ...upload, id, userId: actor.id, size };
  if (await insertUpload(services.db.orm, record)) {
    return { jobId: record.jobId, startedSession: !metadata.job_id };
  }
  throw await begunOr(services, actor, record.jobId, notAwaited());
}

/** Another sender of the same file goes on with its upload, or learns there that it is whole. */
async function begunOr(
  { db }: Needs,
  actor: Actor,
  jobId: string,
  refusal: AppError,
): Promise<AppError> {
  const begun = await findUploadOfJob(db.orm, jobId, actor.id);
  return begun ? new AlreadyBegun(`${API_BASE}${paths.upload(begun.id)}`) : refusal;
}

function parse(given: Record<string, string | null>): Metadata {
  const parsed = v.safeParse(Metadata, given);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new AppError('invalid', `Upload-Metadata: ${v.getDotPath(issue)}: ${issue.message}`);
}

type Target = Pick<NewUpload, 'jobId' | 'filename' | 'language' | 'folder'>;

async function forJob(
  services: Needs,
  actor: Actor,
  jobId: string,
  size: number,
  metadata: Metadata,
): Promise<Target> {
  const { db } = services;
  if (!UUID.test(jobId)) {
    throw new AppError('invalid', `job_id in Upload-Metadata is not the id of a job: ${jobId}`);
  }
  const awaited = await awaitedUpload(db.orm, jobId);
  if (awaited?.userId !== actor.id) throw await begunOr(services, actor, jobId, notAwaited());
  if (awaited.paused) throw await begunOr(services, actor, jobId, uploadPaused());
  if (awaited.size !== null && awaited.size !== size) {
    throw new AppError(
      'invalid',
      `This is another file than the one announced: ${size} bytes instead of ${awaited.size}`,
    );
  }
  if (awaited.knowledgeId) {
    await requireAccess(db.orm, actor, 'knowledge', awaited.knowledgeId, 'write');
  }
  return {
    jobId,
    filename: cleanFilename(metadata.filename || awaited.name),
    language: metadata.language || awaited.language,
    folder: metadata.folder || null,
  };
}

/** Without a job the upload makes a session of its own, as a single file does. */
async function forItself(
  { db, queue }: Needs,
  actor: Actor,
  size: number,
  metadata: Metadata,
): Promise<Target> {
  const knowledgeId = metadata.knowledge_id || null;
  if (knowledgeId) await requireAccess(db.orm, actor, 'knowledge', knowledgeId, 'write');
  const filename = cleanFilename(metadata.filename || '');
  const language = metadata.language || null;
  return await db.orm.transaction(async (tx) => {
    const { sessionId } = await startSessionIn(tx, queue, {
      knowledgeId,
      userId: actor.id,
      fileIds: [],
      uploads: [{ name: filename, size, media_type: metadata.filetype || null }],
      priority: 'high',
      language,
      operationId: null,
    });
    const [job] = await tx.execute<{ id: string }>(
      sql`select id from headway.job where session_id = ${sessionId}`,
    );
    if (!job) throw new Error(`A session was started without its job: ${sessionId}`);
    return { jobId: job.id, filename, language, folder: metadata.folder || null };
  });
}

/** The bytes of a paused file can come later. */
export function uploadPaused(): AppError {
  return new AppError('upload_paused', 'This file is paused. Resume it, and its upload goes on');
}

/** Bytes for a job that wants none. */
export function notAwaited(): AppError {
  return new AppError(
    'conflict',
    'This file is not awaited any more: its session was cancelled or cleared. Start a new one',
  );
}

/**
 * Makes a file of an upload whose bytes are all here, and queues its job: once, however often it is
 * called. Returns the file's id. Throws {@link AppError} `upload_gone` where its job was cancelled
 * meanwhile.
 */
export async function finishUpload(
  services: Needs,
  id: string,
  hash: string | null,
): Promise<string> {
  const record = await findUpload(services.db.orm, id);
  if (!record) throw uploadGone();
  if (record.file_id) return record.file_id;
  const received = await services.storage.partials.commit(id, record.size, hash);
  const mediaType = await mediaTypeOf(services, received, record.filename);
  const fileId = await services.db.orm.transaction(async (tx) => {
    const locked = await lockUpload(tx, id);
    if (!locked || locked.file_id) return locked?.file_id ?? null;
    return await enqueue(tx, services, locked, received, mediaType);
  });
  if (fileId) return fileId;
  await services.storage.remove(received.path);
  throw uploadGone();
}

async function mediaTypeOf(
  { storage }: Needs,
  { path }: Received,
  filename: string,
): Promise<string> {
  await using bytes = await storage.local(path, { outline: true });
  return await detectMediaType(bytes.path, filename);
}

/** File, job and queue: all true at once, or none of it. Null where nobody waits for it. */
async function enqueue(
  tx: Executor,
  { queue }: Needs,
  record: UploadRecord,
  received: Received,
  mediaType: string,
): Promise<string | null> {
  await release(tx, record.id);
  const knowledgeId = await knowledgeOf(tx, record.job_id);
  const fileId = await createFile(tx, {
    userId: record.user_id,
    filename: record.filename,
    path: received.path,
    mediaType,
    size: received.size,
    fileHash: received.hash,
    data: {
      ...(record.language && { language: record.language }),
      ...(record.folder && { folder: record.folder }),
      knowledge_id: knowledgeId,
    },
  });
  const delivered = { fileId, size: received.size, mediaType };
  if (!(await deliverUpload(tx, queue, record.job_id, delivered))) {
    await tx.execute(sql`delete from file where id = ${fileId}`);
    return null;
  }
  await markFinished(tx, record.id, fileId);
  return fileId;
}

async function knowledgeOf(tx: Executor, jobId: string): Promise<string | null> {
  const [row] = await tx.execute<{ knowledge_id: string | null }>(sql`
    select s.knowledge_id from headway.job j join headway.session s on s.id = j.session_id
    where j.id = ${jobId}::uuid`);
  return row?.knowledge_id ?? null;
}

/** The answer for an upload that is over and became no file. */
export function uploadGone(): AppError {
  return new AppError(
    'upload_gone',
    'This upload was cancelled, or nothing came for too long. Send the file from its beginning',
  );
}
