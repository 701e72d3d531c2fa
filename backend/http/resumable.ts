/**
 * The tus server over Headway's storage, locks and database.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { UPLOAD_SENDER } from '#contract/uploads.ts';
import { ERRORS, Server } from '@tus/server';
import { sql } from 'drizzle-orm';
import type { Actor } from '../access/actor.ts';
import { mayAccessSession } from '../access/permissions.ts';
import { release, whileSetAside } from '../access/quota.ts';
import { isUnreachable, tookTooLong } from '../database/error-code.ts';
import { createLeaseLocks } from '../database/lease-locks.ts';
import { tickUpload, uploadWanted } from '../queue/submit.ts';
import { acceptUpload, uploadPaused } from '../uploads/accept.ts';
import { createUploadLocks, type UploadLocks } from '../uploads/locker.ts';
import { endUpload, findUpload, noteReceived, type UploadRecord } from '../uploads/records.ts';
import { TusStore } from '../uploads/tus-store.ts';
import { UUID } from './parameters.ts';
import { beginUpload, type BegunUpload, finishUpload, uploadGone } from './receive-upload.ts';
import type { Services } from './services.ts';
import { tendUploads } from './tend-uploads.ts';

export interface ResumableOptions extends
  Pick<
    Services,
    | 'db'
    | 'queue'
    | 'control'
    | 'storage'
    | 'maxUploadBytes'
    | 'maxUserBytes'
    | 'rolesInTable'
    | 'log'
  > {
  /** Retention of an upload after its last byte, seconds. */
  readonly expirySeconds: number;
}

export interface Resumable {
  readonly expirySeconds: number;
  /** Answers a request of the tus protocol. Failures are reported in {@link Answer.failure}. */
  answer(request: Request, actor: Actor): Promise<Answer>;
  /** Finishes complete uploads, expires old ones, removes unwanted ones. */
  tend(): Promise<void>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly response: Response;
  /** Error behind an unsuccessful response, where Headway's own code threw it. */
  readonly failure: unknown;
}

const CHANNEL = 'headway_upload';

/** Message to other processes: release the lock on this upload. */
interface Asking {
  readonly id: string;
  readonly sender: string | null;
  readonly from: string;
}

/** Time for a preempted lock holder to store what it has received, milliseconds. */
const DRAIN_MS = 300;

export async function createResumable(options: ResumableOptions): Promise<Resumable> {
  const { db, expirySeconds, log } = options;
  const self = crypto.randomUUID();
  const leaseLocks = createLeaseLocks({ url: db.url });
  const asked = new Set<(id: string, sender: string | null) => void>();
  const subscription = await db.listen(CHANNEL, (payload) => {
    const { id, sender, from } = JSON.parse(payload) as Asking;
    // This process may hold the lock that it requested by now.
    if (from === self) return;
    for (const listener of asked) listener(id, sender);
  });
  const locks = createUploadLocks({
    locks: leaseLocks,
    async ask(id, sender) {
      const payload = JSON.stringify({ id, sender, from: self } satisfies Asking);
      await db.orm.execute(sql`select pg_notify(${CHANNEL}, ${payload})`);
    },
    onAsked: (listener) => void asked.add(listener),
  });
  const store = new TusStore({
    db: db.orm,
    partials: options.storage.partials,
    expiryMs: expirySeconds * 1000,
    onReceived: (id, received) => tell(options, locks, id, received),
    onUnnoted: (id) => locks.leaveUnsettled(id),
  });
  const requests = new WeakMap<Request, Known>();
  const actorOf = (request: Request) => requests.get(request)!.actor;
  const finish = async (id: string, size: number) =>
    await finishUpload(options, id, store.hashes.take(id, size));

  const server = new Server({
    path: `${API_BASE}${paths.uploads}`,
    datastore: store,
    relativeLocation: true,
    allowedOrigins: [],
    maxSize: options.maxUploadBytes,
    lockDrainTimeout: DRAIN_MS,
    disableTerminationForFinishedUploads: true,
    locker: (request) => locks.of(request.headers.get(UPLOAD_SENDER)),
    namingFunction: () => crypto.randomUUID(),
    onIncomingRequest: (request, id) => authorise(options, actorOf(request), request.method, id),
    async onUploadCreate(request, { id, size = 0, metadata = {} }) {
      const actor = actorOf(request);
      const room = { id, bytes: size, seconds: expirySeconds };
      const begun = await whileSetAside(
        db,
        actor,
        room,
        options.maxUserBytes,
        () => beginUpload(options, actor, id, size, metadata),
      );
      requests.get(request)!.begun = { id, ...begun };
      return {};
    },
    async onUploadFinish(_request, { id, size = 0 }) {
      const fileId = await finish(id, size);
      return { headers: { 'Content-Location': `${API_BASE}${paths.file(fileId)}` } };
    },
    onResponseError(request, error) {
      const known = requests.get(request);
      if (known) known.failure = error;
      return undefined;
    },
  });

  /** Finishes an upload whose last request died after the last byte, before the file was made. */
  async function finishIfWhole(request: Request, response: Response): Promise<void> {
    if (request.method !== 'HEAD' || response.status !== 200) return;
    const length = response.headers.get('upload-length');
    if (length === null || response.headers.get('upload-offset') !== length) return;
    await finish(idOf(request), Number(length));
  }

  /**
   * Removes everything that a refused creation made, its own session included. Keeps an upload that
   * another sender has resumed, and one that became a file.
   */
  async function undoCreation({ id, jobId, startedSession }: Begun): Promise<void> {
    const undoing = locks.ifFree(id, async () => {
      const record = await findUpload(db.orm, id);
      if (record?.file_id) return;
      await endUpload(db.orm, id);
      await release(db.orm, id);
      if (startedSession) await options.control.discard(jobId);
      if (record) await store.remove(id);
    });
    await undoing.catch((error) =>
      log(`A refused upload could not be removed at once: ${id}: ${Deno.inspect(error)}`)
    );
  }

  /** True if an upload can be resumed, also when the database cannot tell. */
  const isKept = (id: string) => findUpload(db.orm, id).then((row) => row !== null, () => true);

  return {
    expirySeconds,
    async answer(request, actor) {
      const known: Known = { actor, failure: null, begun: null };
      requests.set(request, known);
      const ending = request.method === 'DELETE' ? await recordOf(options, request) : null;
      const response = await server.handleWeb(request);
      const { begun, failure } = known;
      if (begun && !response.ok && !(isInterruption(failure) && await isKept(begun.id))) {
        await undoCreation(begun);
      }
      await finishIfWhole(request, response);
      if (ending && response.ok) {
        await release(db.orm, ending.id);
        await cancelJob(options, actor, ending.job_id);
      }
      return { response, failure: known.failure };
    },
    tend: () => tendUploads({ db, locks, store, finish, expirySeconds, log }),
    async stop() {
      await subscription.unlisten();
      await leaseLocks.close();
    },
  };
}

/** State of a request while the tus server answers it. */
interface Known {
  readonly actor: Actor;
  failure: unknown;
  /** The upload that the request created. */
  begun: Begun | null;
}

interface Begun extends BegunUpload {
  readonly id: string;
}

/** True for failures that interrupt an upload without refusing it: it can be resumed. */
function isInterruption(failure: unknown): boolean {
  if (failure instanceof AppError) return ['unavailable', 'upload_paused'].includes(failure.code);
  return failure === ERRORS.ABORTED || isUnreachable(failure) || tookTooLong(failure);
}

const idOf = (request: Request) => new URL(request.url).pathname.split('/').at(-1) ?? '';

/**
 * Throws {@link AppError}: `upload_not_found` for uploads of others, `upload_gone` for those of a
 * cancelled file.
 */
async function authorise(
  { db }: ResumableOptions,
  actor: Actor,
  method: string,
  id: string,
): Promise<void> {
  if (method === 'POST') return;
  const record = UUID.test(id) ? await findUpload(db.orm, id) : null;
  if (!record || record.user_id !== actor.id) {
    throw new AppError('upload_not_found', message('upload_unknown'));
  }
  if (record.file_id || method === 'DELETE') return;
  if (record.ended) throw uploadGone();
  const wanted = await uploadWanted(db.orm, record.job_id);
  if (wanted === 'no') throw uploadGone();
  if (method !== 'PATCH') return;
  await acceptUpload(db.orm, actor, { job_id: record.job_id }, { size: record.size });
}

/** Publishes the progress of an upload. Throws where its file is no longer wanted, or is paused. */
async function tell(
  { db, log }: ResumableOptions,
  locks: UploadLocks,
  id: string,
  received: number,
): Promise<void> {
  locks.touch(id);
  const wanted = await db.orm.transaction(async (tx) => {
    const record = await findUpload(tx, id);
    if (!record || record.ended) return 'no';
    await noteReceived(tx, id, received);
    const fraction = record.size > 0 ? received / record.size : 1;
    return await tickUpload(tx, record.job_id, fraction) || uploadWanted(tx, record.job_id);
  }).catch((error) => {
    // The bytes are stored without it: a short database outage must not stop the upload.
    log(`The progress of an upload was not shown: ${error}`);
    return true;
  });
  if (wanted === 'no') throw uploadGone();
  if (wanted === 'paused') throw uploadPaused();
}

async function recordOf({ db }: ResumableOptions, request: Request): Promise<UploadRecord | null> {
  const id = idOf(request);
  return UUID.test(id) ? await findUpload(db.orm, id) : null;
}

/**
 * Cancels the job of an upload that its sender ended. Without write access to the session only the
 * upload ends: the file stays awaited.
 */
async function cancelJob(
  { db, control }: ResumableOptions,
  actor: Actor,
  jobId: string,
): Promise<void> {
  const [job] = await db.orm.execute<{ session_id: string }>(sql`
    select j.session_id from headway.job j join headway.session s on s.id = j.session_id
    where j.id = ${jobId}::uuid and ${mayAccessSession(actor, 'write')}`);
  if (job) await control.cancel({ sessionId: job.session_id, jobId });
}
