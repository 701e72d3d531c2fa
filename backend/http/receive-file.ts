/**
 * Receives one uploaded file: stores its bytes, adds a row for the app, and enqueues it.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import * as v from 'valibot';
import type { Actor } from '../access/actor.ts';
import { whileSetAside } from '../access/quota.ts';
import { isStorable } from '../database/json.ts';
import { tickUpload } from '../queue/submit.ts';
import {
  acceptUpload,
  chargeArrived,
  parseClaim,
  recordUpload,
  type UploadClaim,
} from '../uploads/accept.ts';
import { receiveMultipart, type Upload } from '../uploads/multipart.ts';
import { watchBody } from '../uploads/watched-body.ts';
import { tooLarge } from '../uploads/storage.ts';
import { mediaTypeOf } from './receive-upload.ts';
import { askerOf, type Services } from './services.ts';
import { startFiles } from './start-files.ts';

const TICK_MS = 1000;
/** Size of a multipart body beyond the file itself, bytes. */
const OVERHEAD_BYTES = 1024 * 1024;
const LONGEST_UPLOAD_SECONDS = 6 * 60 * 60;

/** Receives a file and returns its id. Leaves nothing behind when it throws. */
export async function receiveFile(
  services: Services,
  actor: Actor,
  request: Request,
  process: boolean,
): Promise<string> {
  const { db, maxUploadBytes, maxUserBytes, uploadSlots, uploadIdleMs } = services;
  const announced = announcedBytes(request);
  if (announced > maxUploadBytes + OVERHEAD_BYTES) throw tooLarge(maxUploadBytes);
  const slot = uploadSlots.take(actor.id);
  const watched = request.body &&
    watchBody(request.body, { ...slot, idleMs: uploadIdleMs, onBreak: 'fail' });
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
      () =>
        receive(services, actor, { headers: request.headers, body: watched?.body ?? null }, {
          id: room.id,
          announced,
          process,
        }),
    );
  } finally {
    watched?.discard();
    slot.leave();
  }
}

function announcedBytes(request: Request): number {
  const length = request.headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : 0;
}

interface Receiving {
  /** Key of the space reserved for its bytes. */
  readonly id: string;
  /** Bytes of the whole body; 0 where they are not declared. */
  readonly announced: number;
  readonly process: boolean;
}

async function receive(
  services: Services,
  actor: Actor,
  request: Pick<Request, 'headers' | 'body'>,
  { id, announced, process }: Receiving,
): Promise<string> {
  const { db, storage, maxUploadBytes } = services;
  const upload = await receiveMultipart(request, storage, {
    maxBytes: maxUploadBytes,
    // Metadata sent before the file is validated before its bytes are received.
    async onFile(filename, fields) {
      if (!fields.has('metadata')) return;
      const { claim } = parseMetadata(fields.get('metadata'));
      await acceptUpload(db.orm, actor, { ...claim, filename }, { size: null });
    },
    onProgress: uploadTicker(services, announced),
  });
  try {
    return await record(services, actor, upload, { id, process });
  } catch (error) {
    await storage.remove(upload.received.path);
    throw error;
  }
}

async function record(
  services: Services,
  actor: Actor,
  { received, filename, fields }: Upload,
  { id, process }: Pick<Receiving, 'id' | 'process'>,
): Promise<string> {
  const { db, queue, maxUserBytes } = services;
  const { claim, extra } = parseMetadata(fields.get('metadata'));
  const size = received.size;
  const options = { size, arrived: true };
  const accepted = await acceptUpload(db.orm, actor, { ...claim, filename }, options);
  const mediaType = await mediaTypeOf(services, received, accepted.filename);
  return await db.orm.transaction(async (tx) => {
    await chargeArrived(tx, actor, { id, bytes: size, maxUserBytes });
    const upload = { ...accepted, userId: actor.id, received, mediaType, extra };
    const fileId = await recordUpload(tx, queue, upload);
    if (!accepted.jobId && process) {
      const { knowledgeId } = accepted;
      const asker = askerOf(services, actor);
      await startFiles(tx, queue, { ...asker, knowledgeId, fileIds: [fileId] });
    }
    return fileId;
  });
}

interface ParsedMetadata {
  readonly claim: UploadClaim;
  /** The metadata as sent, without the job id. */
  readonly extra: Record<string, unknown>;
}

function parseMetadata(text: string | undefined): ParsedMetadata {
  if (!text) return { claim: {}, extra: {} };
  const parsed = v.safeParse(Metadata, text);
  if (!parsed.success) {
    const [{ message: found }] = parsed.issues;
    const issues = [{ path: '', message: `metadata must be a JSON object: ${found}` }];
    throw new AppError('invalid', message('invalid_input', { issues }));
  }
  const { job_id: _jobId, ...extra } = parsed.output;
  return { claim: parseClaim(parsed.output, 'metadata'), extra };
}

const Metadata = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((value) => !Array.isArray(value), 'it is a list'),
  v.check(
    (value) => isStorable(value, MOST_LEVELS),
    'it holds a character that cannot be stored, or too many levels',
  ),
  v.record(v.string(), v.unknown()),
);

const MOST_LEVELS = 20;

/** Reports the received bytes of an announced file, at most once a second. */
function uploadTicker(
  { db, log }: Services,
  total: number,
): ((bytes: number, fields: ReadonlyMap<string, string>) => void) | undefined {
  if (!total) return undefined;
  let tickedAt = 0;
  let jobId: string | null | undefined;
  const tick = async (bytes: number, fields: ReadonlyMap<string, string>) => {
    if (jobId === undefined) {
      const { claim } = parseMetadata(fields.get('metadata'));
      jobId = claim.job_id ?? null;
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
