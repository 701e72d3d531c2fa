/**
 * Start of an app job, and its result.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import type { JobPending, JobResult } from '#contract/jobs.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Priority, SessionStatus } from '#contract/progress.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { session } from '../database/schema.ts';
import { insertJobs } from '../progress/jobs.ts';
import { readPace, secondsPer, START } from '../progress/pace.ts';
import { PRIORITY_LEVELS } from '../progress/priority.ts';
import { readSessions } from '../progress/read.ts';
import { refreshSession } from '../progress/store.ts';
import type { Queue } from './boss.ts';
import { newJobIds } from './job-ids.ts';
import type { JobKind } from './job-kind.ts';
import type { StartedSession } from './submit.ts';

export interface JobRequest {
  readonly kind: JobKind;
  readonly input: unknown;
  readonly knowledgeId: string | null;
  readonly userId: string;
  /** Role of the user, if the request carries it; null if the app's table has it. */
  readonly userRole: string | null;
  readonly priority: Priority;
  /** Idempotency key: the same id from the same user is the same session. */
  readonly operationId: string | null;
}

/** Starts a job as its own session. Throws {@link AppError} `invalid` for an invalid input. */
export function startJob(
  db: Database,
  queue: Queue,
  request: JobRequest,
): Promise<StartedSession> {
  const name = request.kind.nameOf(request.input).slice(0, 1024);
  return db.orm.transaction(async (tx) => {
    const sessionId = crypto.randomUUID();
    const priority = PRIORITY_LEVELS[request.priority];
    const inserted = await tx.insert(session).values({
      id: sessionId,
      knowledgeId: request.knowledgeId,
      userId: request.userId,
      userRole: request.userRole,
      kind: 'job',
      operationId: request.operationId,
      priority,
      status: 'queued',
    }).onConflictDoNothing().returning({ id: session.id });
    if (inserted.length === 0) return { sessionId: await known(tx, request), created: false };
    const job = await newJob(tx, sessionId, name, request);
    await insertJobs(tx, [job]);
    await queue.enqueue(tx, [job.id], priority);
    await refreshSession(tx, sessionId);
    return { sessionId, created: true };
  });
}

async function newJob(tx: Executor, sessionId: string, name: string, request: JobRequest) {
  const pace = `job:${request.kind.kind}`;
  const book = await readPace(tx);
  const [id] = newJobIds(1);
  return {
    id: id!,
    sessionId,
    fileId: null,
    position: 0,
    name,
    size: null,
    mediaType: null,
    language: null,
    status: 'queued',
    step: 'queue',
    weight: secondsPer(book, pace, START) + secondsPer(book, pace, 'run'),
    kind: request.kind.kind,
    input: request.input,
  } as const;
}

/**
 * Returns the session that this operation id started. A different request with the same id is an
 * error.
 */
async function known(tx: Executor, request: JobRequest): Promise<string> {
  const [row] = await tx.execute<{ id: string; knowledge_id: string | null; kind: string | null }>(
    sql`select s.id, s.knowledge_id, j.kind from headway.session s
      left join headway.job j on j.session_id = s.id
      where s.user_id = ${request.userId} and s.operation_id = ${request.operationId} limit 1`,
  );
  if (row && row.kind === request.kind.kind && row.knowledge_id === request.knowledgeId) {
    return row.id;
  }
  throw new AppError('conflict', message('operation_id_used'));
}

interface ResultRow {
  [column: string]: unknown;
  kind: string;
  title: string;
  knowledge_id: string | null;
  status: SessionStatus;
  message: MessageDetails;
  error: MessageDetails | null;
  input: unknown;
  result: unknown;
  elapsed: number;
  finished: number | null;
}

/** The outcome of a job's session. */
export type JobOutcome =
  | { readonly type: 'pending'; readonly pending: JobPending }
  | { readonly type: 'done'; readonly result: JobResult };

/**
 * Reads the result of a job. Throws {@link AppError}: `result_not_found` if there is no such job,
 * `job_failed` if it has no result.
 */
export async function readResult(
  db: Executor,
  sessionId: string,
  staleSeconds: number,
): Promise<JobOutcome> {
  const [row] = await db.execute<ResultRow>(sql`
    select j.kind, j.name as title, s.knowledge_id, s.status, s.message, s.error,
      j.input, j.result, extract(epoch from now() - s.created_at)::float8 as elapsed,
      extract(epoch from s.finished_at)::float8 as finished
    from headway.session s join headway.job j on j.session_id = s.id and j.kind <> 'file'
    where s.id = ${sessionId}`);
  if (!row) throw new AppError('result_not_found', message('unknown_job', { id: sessionId }));
  const { kind, title, knowledge_id, input, result, finished } = row;
  if (row.status === 'completed' && finished !== null) {
    const done = { session_id: sessionId, kind, title, knowledge_id, input, result };
    return { type: 'done', result: { ...done, finished_at: finished } };
  }
  if (row.status === 'error') throw new AppError('job_failed', row.error ?? row.message);
  if (row.status === 'cancelled') throw new AppError('job_failed', message('job_cancelled'));
  const elapsed = Math.round(row.elapsed * 10) / 10;
  // Uses the message of its status document, for example that no worker is running.
  const [session] = await readSessions(db, sql`s.id = ${sessionId}`, {
    files: false,
    staleSeconds,
  });
  if (!session) throw new AppError('result_not_found', message('unknown_job', { id: sessionId }));
  const { status, message: now, message_details, progress } = session;
  const pending = { status, message: now, message_details, progress, elapsed_seconds: elapsed };
  return { type: 'pending', pending };
}
