/**
 * Takes one uploaded file: bytes to storage, a row for the app, and its place in the queue.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { UploadMetadata } from '#contract/files.ts';
import * as v from 'valibot';
import type { Actor } from '../access/actor.ts';
import { requireAccess } from '../access/permissions.ts';
import { chargeUpload, release, whileSetAside } from '../access/quota.ts';
import { isStorable } from '../database/json.ts';
import { createFile } from '../knowledge/files.ts';
import { detectMediaType } from '../processing/detect.ts';
import { awaitedUpload, deliverUpload, tickUpload } from '../queue/submit.ts';
import { cleanFilename } from '../uploads/filename.ts';
import { receiveMultipart, type Upload } from '../uploads/multipart.ts';
import { tooLarge } from '../uploads/storage.ts';
import { UUID } from './parameters.ts';
import { notAwaited } from './receive-upload.ts';
import type { Services } from './services.ts';
import { startFiles } from './start-files.ts';

const TICK_MS = 1000;
/** What a multipart body may hold beside the file itself. */
const OVERHEAD_BYTES = 1024 * 1024;
const LONGEST_UPLOAD_SECONDS = 6 * 60 * 60;

/** Returns the id of the new file. Nothing is kept when it throws. */
export async function receiveFile(
  services: Services,
  actor: Actor,
  request: Request,
  process: boolean,
): Promise<string> {
  const { db, maxUploadBytes, maxUserBytes, uploadSlots } = services;
  const announced = announcedBytes(request);
  if (announced > maxUploadBytes + OVERHEAD_BYTES) throw tooLarge(maxUploadBytes);
  const leave = uploadSlots.take(actor.id);
  try {
    const room = {
      id: crypto.randomUUID(),
      bytes: Math.max(0, announced - OVERHEAD_BYTES),
      seconds: LONGEST_UPLOAD_SECONDS,
    };
    return await whileSetAside(
      db,
      actor,
      room,
      maxUserBytes,
      () => receive(services, actor, request, { id: room.id, announced, process }),
    );
  } finally {
    leave();
  }
}

function announcedBytes(request: Request): number {
  const length = request.headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : 0;
}

interface Receiving {
  /** What its bytes are set aside under. */
  readonly id: string;
  /** Bytes of the whole body, 0 where it does not say. */
  readonly announced: number;
  readonly process: boolean;
}

async function receive(
  services: Services,
  actor: Actor,
  request: Request,
  { id, announced, process }: Receiving,
): Promise<string> {
  const { storage, maxUploadBytes } = services;
  const upload = await receiveMultipart(request, storage, {
    maxBytes: maxUploadBytes,
    onProgress: uploadTicker(services, actor, announced),
  });
  try {
    return await accept(services, actor, upload, { id, process });
  } catch (error) {
    await storage.remove(upload.received.path);
    throw error;
  }
}

async function accept(
  services: Services,
  actor: Actor,
  upload: Upload,
  { id: setAsideAs, process }: Pick<Receiving, 'id' | 'process'>,
): Promise<string> {
  const { db, queue } = services;
  const { received } = upload;
  const metadata = parseMetadata(upload.fields.get('metadata'));
  const target = await targetOf(services, actor, metadata);
  const filename = cleanFilename(upload.filename);
  const mediaType = await mediaTypeOf(services, received.path, filename);
  return await db.orm.transaction(async (tx) => {
    await release(tx, setAsideAs);
    await chargeUpload(tx, actor, received.size, services.maxUserBytes);
    const id = await createFile(tx, {
      userId: actor.id,
      filename,
      path: received.path,
      mediaType,
      size: received.size,
      fileHash: received.hash,
      data: { ...target.data, knowledge_id: target.knowledgeId },
    });
    if (target.jobId) {
      const delivered = { fileId: id, size: received.size, mediaType };
      if (!(await deliverUpload(tx, queue, target.jobId, delivered))) throw notAwaited();
    } else if (process) {
      const { knowledgeId } = target;
      await startFiles(tx, queue, { userId: actor.id, knowledgeId, fileIds: [id] });
    }
    return id;
  });
}

async function mediaTypeOf(
  { storage }: Services,
  path: string,
  filename: string,
): Promise<string> {
  await using bytes = await storage.local(path, { outline: true });
  return await detectMediaType(bytes.path, filename);
}

interface Target {
  readonly knowledgeId: string | null;
  readonly jobId: string | null;
  readonly data: Record<string, unknown>;
}

async function targetOf(
  { db }: Services,
  actor: Actor,
  { job_id: jobId, ...data }: UploadMetadata,
): Promise<Target> {
  const awaited = jobId ? await awaitedUpload(db.orm, checkedId(jobId)) : null;
  if (jobId && (!awaited || (awaited.userId !== actor.id && actor.role !== 'admin'))) {
    throw notAwaited();
  }
  const knowledgeId = awaited?.knowledgeId ?? data.knowledge_id ?? null;
  if (knowledgeId) await requireAccess(db.orm, actor, 'knowledge', knowledgeId, 'write');
  return { knowledgeId, jobId: jobId ?? null, data };
}

function checkedId(jobId: string): string {
  if (UUID.test(jobId)) return jobId;
  throw new AppError('invalid', `metadata.job_id is not the id of a job: ${jobId.slice(0, 50)}`);
}

function parseMetadata(text: string | undefined): UploadMetadata {
  if (!text) return {};
  const parsed = v.safeParse(Metadata, text);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const field = v.getDotPath(issue);
  throw new AppError(
    'invalid',
    field
      ? `metadata.${field} ${issue.message}`
      : `metadata must be a JSON object: ${issue.message}`,
  );
}

const Metadata = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((value) => !Array.isArray(value), 'it is a list'),
  v.check(
    (value) => isStorable(value, MOST_LEVELS),
    'it holds a character that cannot be stored, or too many levels',
  ),
  UploadMetadata,
);

const MOST_LEVELS = 20;

/** Shows the bytes that have arrived of an announced file, once a second at most. */
function uploadTicker(
  { db, log }: Services,
  actor: Actor,
  total: number,
): ((bytes: number, fields: ReadonlyMap<string, string>) => void) | undefined {
  if (!total) return undefined;
  let tickedAt = 0;
  let jobId: string | null | undefined;
  const tick = async (bytes: number, fields: ReadonlyMap<string, string>) => {
    if (jobId === undefined) {
      const named = parseMetadata(fields.get('metadata')).job_id ?? null;
      const awaited = named && await awaitedUpload(db.orm, checkedId(named));
      jobId = awaited && awaited.userId === actor.id ? named : null;
    }
    const id = jobId;
    if (id) await db.orm.transaction((tx) => tickUpload(tx, id, bytes / total));
  };
  return (bytes, fields) => {
    if (performance.now() - tickedAt < TICK_MS) return;
    tickedAt = performance.now();
    tick(bytes, fields).catch((error) => log(`The progress of an upload was not shown: ${error}`));
  };
}
