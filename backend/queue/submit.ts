/**
 * Start of sessions: their row, their jobs and the first queue entries in one transaction.
 *
 * @module
 */
import type { AnnouncedFile } from '#contract/sessions.ts';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Priority } from '#contract/progress.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { messageValue } from '../database/messages.ts';
import { KEPT } from '../database/kept.ts';
import { hostFile } from '../host/file-fields.ts';
import { learnStates } from '../host/known-states.ts';
import { belongsTo, linkedTo, sendAgain } from '../host/membership.ts';
import { reopenFiles } from '../knowledge/file-statuses.ts';
import { expectedSeconds, fileProgress } from '../progress/estimate.ts';
import { readPace } from '../progress/pace.ts';
import { PRIORITY_LEVELS } from '../progress/priority.ts';
import { isFinal, type SessionState } from '../progress/session.ts';
import {
  applyEvent,
  readSession,
  refreshNew,
  refreshSession,
  tickSession,
} from '../progress/store.ts';
import type { Queue } from './boss.ts';
import { insertAnnounced, insertStored } from './new-jobs.ts';
import { FIRST_JOBS, leaveRest, queueRests } from './unqueued.ts';

export interface SessionRequest {
  readonly knowledgeId: string | null;
  readonly userId: string;
  /** Role of the user, if the request carries it; null if the app's table has it. */
  readonly userRole: string | null;
  /** Files whose bytes are stored. */
  readonly fileIds: readonly string[];
  /** Files still to be uploaded; they come after the others. */
  readonly uploads: readonly AnnouncedFile[];
  readonly priority: Priority;
  readonly language: string | null;
  /** Idempotency key: the same id from the same user is the same session. */
  readonly operationId: string | null;
  /** True keeps its jobs outside the queue until they are released. @default false */
  readonly background?: boolean;
}

export interface StartedSession {
  readonly sessionId: string;
  /** False if the operation id was known: no session was started. */
  readonly created: boolean;
}

export interface StartedFiles extends StartedSession {
  /** State at the start; null if the session was known. */
  readonly state: SessionState | null;
}

/** Starts a session, or returns the one that this operation id started before. */
export async function startSession(
  db: Database,
  queue: Queue,
  request: SessionRequest,
): Promise<StartedFiles> {
  const started = await db.orm.transaction((tx) => startSessionIn(tx, queue, request));
  // If this fails, the maintenance loop does it.
  if (request.fileIds.length > FIRST_JOBS) queueRests(db).catch(() => {});
  return started;
}

/** {@link startSession} as part of a transaction. */
export async function startSessionIn(
  tx: Executor,
  queue: Queue,
  request: SessionRequest,
): Promise<StartedFiles> {
  const sessionId = crypto.randomUUID();
  const priority = PRIORITY_LEVELS[request.priority];
  const { fileIds, uploads, language, background: held = false } = request;
  const [inserted, book] = await Promise.all([
    tx.execute(sql`${KEPT}
      insert into headway.session (id, knowledge_id, user_id, user_role, kind, operation_id,
        priority, status)
      values (${sessionId}, ${request.knowledgeId}, ${request.userId}, ${request.userRole},
        ${held ? 'background' : 'files'}, ${request.operationId}, ${priority}, 'queued')
      on conflict do nothing returning 1`),
    readPace(tx),
  ]);
  if (inserted.length === 0) {
    return { sessionId: await knownSession(tx, request), created: false, state: null };
  }
  const about = { sessionId, language, book };
  if (request.knowledgeId !== null) await sendAgain(tx, request.knowledgeId, fileIds);
  const waiting = await insertStored(tx, fileIds, {
    ...about,
    held,
    knowledgeId: request.knowledgeId,
  });
  await reopenFiles(tx, fileIds);
  await insertAnnounced(tx, uploads, { ...about, after: fileIds.length });
  if (!held) {
    // Pipelined: the statements do not wait for each other's responses.
    await Promise.all([
      queue.enqueue(tx, waiting.slice(0, FIRST_JOBS), priority),
      waiting.length > FIRST_JOBS && leaveRest(tx, sessionId),
    ]);
  }
  const state = uploads.length > 0
    ? await refreshSession(tx, sessionId)
    : await refreshNew(tx, sessionId, waiting.length);
  return { sessionId, created: true, state };
}

async function knownSession(tx: Executor, request: SessionRequest): Promise<string> {
  const [row] = await tx.execute<{ id: string; knowledge_id: string | null }>(sql`
    select id, knowledge_id from headway.session
    where user_id = ${request.userId} and operation_id = ${request.operationId}
      and kind <> 'job'`);
  if (row && row.knowledge_id === request.knowledgeId) return row.id;
  throw new AppError('conflict', message('operation_id_used'));
}

/** Unprocessed files of a knowledge base: linked to it, or uploaded for it and not linked. */
export async function unprocessedFiles(db: Executor, knowledgeId: string): Promise<string[]> {
  await learnStates(db, linkedTo(knowledgeId));
  const rows = await db.execute<{ id: string }>(sql`
    select f.id from file f
    where ${belongsTo(knowledgeId)} and ${hostFile.status} <> 'completed'
    order by f.created_at desc, f.id`);
  return rows.map((row) => row.id);
}

/** Assigns the bytes of an announced file to its job, which then waits in the queue. */
export async function deliverUpload(
  tx: Executor,
  queue: Queue,
  jobId: string,
  delivered: { fileId: string; size: number; mediaType: string },
): Promise<boolean> {
  const book = await readPace(tx);
  const [row] = await tx.execute<{ session_id: string; status: string; priority: number }>(sql`
    update headway.job set file_id = ${delivered.fileId}, size = ${delivered.size},
      media_type = ${delivered.mediaType}, step = 'queue', progress = 10,
      status = case when job.status = 'paused' then 'paused' else 'queued' end,
      message = case when job.status = 'paused' then ${messageValue(message('paused'))}
        else ${messageValue(message('waiting_for_turn'))} end,
      error = null, error_code = null, finished_at = null, updated_at = now(),
      weight = ${expectedSeconds(delivered.mediaType, delivered.size, book)}
    from headway.session s
    where job.id = ${jobId}::uuid and (${awaited} or ${pausedUpload}) and s.id = job.session_id
    returning job.session_id, job.status, s.priority`);
  if (!row) return false;
  if (row.status === 'queued') await queue.enqueue(tx, [jobId], row.priority);
  await reopen(tx, row.session_id);
  return true;
}

/** An upload that was given up still accepts its bytes, unless the session was cleared. */
const awaited = sql`(job.status = 'uploading'
  or (job.status = 'error' and job.error_code = 'upload_lost' and not exists (
    select 1 from headway.session c where c.id = job.session_id and c.cleared_at is not null)))`;

/** Bytes that were in flight when the upload was paused are kept and may complete it. */
const pausedUpload = sql`(job.status = 'paused' and job.file_id is null)`;

/** Updates the received share of an announced file, 0–1. False if it is no longer awaited. */
export async function tickUpload(tx: Executor, jobId: string, fraction: number): Promise<boolean> {
  const [row] = await tx.execute<{ session_id: string }>(sql`
    update headway.job set status = 'uploading', step = 'upload', message = ${
    messageValue(message('uploading'))
  },
      progress = greatest(progress, ${fileProgress('upload', fraction, true)}::float8),
      error = null, error_code = null, finished_at = null, updated_at = now()
    where id = ${jobId}::uuid and ${awaited} returning session_id`);
  if (!row) return false;
  await tickOrReopen(tx, row.session_id);
  return true;
}

/** Ticks a session, or reopens one that ended because a file was given up as lost. */
async function tickOrReopen(tx: Executor, sessionId: string): Promise<void> {
  const read = await readSession(tx, sessionId);
  if (read && !isFinal(read.state.status)) await tickSession(tx, sessionId);
  else await reopen(tx, sessionId);
}

function reopen(tx: Executor, sessionId: string): Promise<unknown> {
  return applyEvent(tx, sessionId, (state, tally) => ({
    type: isFinal(state.status) ? 'retried' : 'tallied',
    tally,
  }));
}

/** An announced file whose bytes are awaited. */
export interface AwaitedUpload {
  [column: string]: unknown;
  knowledgeId: string | null;
  userId: string;
  name: string;
  language: string | null;
  /** Announced size in bytes. */
  size: number | null;
  /** Announced folder; null if not announced. */
  folder: string | null;
  /** True while paused: arriving bytes are kept, but none are expected before the resume. */
  paused: boolean;
}

/** The upload that a job awaits, or null. */
export async function awaitedUpload(db: Executor, jobId: string): Promise<AwaitedUpload | null> {
  const [row] = await db.execute<AwaitedUpload>(sql`
    select s.knowledge_id as "knowledgeId", s.user_id as "userId", job.name, job.language,
      job.size::float8 as size, job.folder, ${pausedUpload} as paused
    from headway.job join headway.session s on s.id = job.session_id
    where job.id = ${jobId}::uuid and (${awaited} or ${pausedUpload})`);
  return row ?? null;
}

/**
 * Reports whether a job accepts bytes now. With `lock` the result stays valid until the transaction
 * ends: a retry of the job waits for it.
 */
export async function uploadWanted(
  db: Executor,
  jobId: string,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<'yes' | 'paused' | 'no'> {
  const [row] = await db.execute<{ awaited: boolean; paused: boolean }>(sql`
    select ${awaited} as awaited, ${pausedUpload} as paused from headway.job
    where id = ${jobId}::uuid ${lock ? sql`for update` : sql``}`);
  return row?.awaited ? 'yes' : row?.paused ? 'paused' : 'no';
}
