/**
 * User commands for a session or one of its files: cancel, pause, resume, retry, clear.
 *
 * @module
 */
import type { Priority } from '#contract/progress.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { reopenFiles } from '../knowledge/file-statuses.ts';
import {
  cancelJobs,
  type JobSelection,
  pauseJobs,
  resumeJobs,
  retryJobs,
  type RetrySelection,
} from '../progress/jobs.ts';
import { isFinal } from '../progress/session.ts';
import { applyEvent, publishSessions, refreshSession } from '../progress/store.ts';
import type { Queue } from './boss.ts';
import { prioritise, promote } from './promote.ts';

/** Notifies workers to check their claims. */
export const CONTROL_CHANNEL = 'headway_control';

export interface Control {
  /** Each returns the number of changed files; 0 if there is none to change. */
  cancel(selection: JobSelection): Promise<number>;
  pause(selection: JobSelection): Promise<number>;
  resume(selection: JobSelection): Promise<number>;
  retry(selection: RetrySelection): Promise<number>;
  /** Raises unfinished jobs to a priority; 0 if none is below it. */
  promote(selection: JobSelection, priority: Priority): Promise<number>;
  /** Sets the priority of unfinished jobs; 0 if all have it already. */
  prioritise(selection: JobSelection, priority: Priority): Promise<number>;
  /** Cancels every job of a file, in one knowledge base's sessions or in all. */
  cancelFile(fileId: string, knowledgeId?: string): Promise<void>;
  /**
   * Cancels the live jobs of a session and hides it from users. Its jobs stay in the operators'
   * figures and failed list. False if there is no such session.
   */
  clear(sessionId: string): Promise<boolean>;
  /**
   * Removes the session of a job whose upload was rejected at creation, as if it had never existed.
   * A session that was cancelled meanwhile stays.
   */
  discard(jobId: string): Promise<void>;
}

/**
 * Creates the commands for one database and queue. Each locks jobs before their session, as a
 * reporting worker does: the two cannot deadlock.
 */
export function createControl(db: Database, queue: Queue): Control {
  const within = (work: (tx: Executor) => Promise<number>) => db.orm.transaction(work);
  return {
    cancel: (selection) => within((tx) => cancel(tx, queue, selection)),
    pause: (selection) => within((tx) => pause(tx, queue, selection)),
    resume: (selection) => within((tx) => resume(tx, queue, selection)),
    retry: (selection) => within((tx) => retry(tx, queue, selection)),
    promote: (selection, to) => within((tx) => promote(tx, queue, selection, to)),
    prioritise: (selection, to) => within((tx) => prioritise(tx, queue, selection, to)),
    cancelFile: async (fileId, knowledgeId) => {
      for (const selection of await liveJobsOf(db.orm, fileId, knowledgeId)) {
        await within((tx) => cancel(tx, queue, selection));
      }
    },
    clear: (sessionId) => db.orm.transaction((tx) => clear(tx, queue, sessionId)),
    discard: (jobId) => db.orm.transaction((tx) => discard(tx, jobId)),
  };
}

async function cancel(tx: Executor, queue: Queue, selection: JobSelection): Promise<number> {
  const ids = await cancelJobs(tx, selection);
  await withdraw(tx, queue, ids);
  const ended = await applyEvent(tx, selection.sessionId, (_state, tally) => {
    if (ids.length > 0) return { type: 'tallied', tally };
    return tally.total === 0 && !selection.jobId ? { type: 'cancelled' } : null;
  });
  return ids.length || (ended ? 1 : 0);
}

async function liveJobsOf(
  db: Executor,
  fileId: string,
  knowledgeId: string | undefined,
): Promise<JobSelection[]> {
  const rows = await db.execute<{ id: string; session_id: string }>(sql`
    select j.id, j.session_id from headway.job j join headway.session s on s.id = j.session_id
    where j.file_id = ${fileId} and j.finished_at is null
      ${knowledgeId ? sql`and s.knowledge_id = ${knowledgeId}` : sql``}`);
  return rows.map((row) => ({ sessionId: row.session_id, jobId: row.id }));
}

async function pause(tx: Executor, queue: Queue, selection: JobSelection): Promise<number> {
  const ids = await pauseJobs(tx, selection);
  if (ids.length === 0) return 0;
  await withdraw(tx, queue, ids);
  await refreshSession(tx, selection.sessionId);
  return ids.length;
}

async function resume(tx: Executor, queue: Queue, selection: JobSelection): Promise<number> {
  const ids = await resumeJobs(tx, selection);
  if (ids.length === 0) return 0;
  const due = await runnable(tx, ids);
  await queue.requeue(tx, due, await priorityOf(tx, selection.sessionId));
  await refreshSession(tx, selection.sessionId);
  return ids.length;
}

async function retry(tx: Executor, queue: Queue, selection: RetrySelection): Promise<number> {
  const ids = await retryJobs(tx, selection);
  if (ids.length === 0) return 0;
  await tx.execute(sql`
    update headway.job set progress = case when with_upload and file_id is not null then 10 else 0 end
    where id = any(${sql.param(ids)}::uuid[])`);
  await reopenFilesOf(tx, ids);
  // An operator's retry makes a cleared session visible again: its work continues.
  await tx.execute(sql`
    update headway.session set cleared_at = null
    where id = ${selection.sessionId} and cleared_at is not null`);
  const due = await runnable(tx, ids);
  await queue.requeue(tx, due, await priorityOf(tx, selection.sessionId));
  await applyEvent(tx, selection.sessionId, (state, tally) => ({
    type: isFinal(state.status) ? 'retried' : 'tallied',
    tally,
  }));
  return ids.length;
}

async function reopenFilesOf(tx: Executor, jobIds: readonly string[]): Promise<void> {
  const rows = await tx.execute<{ file_id: string }>(sql`
    select file_id from headway.job
    where id = any(${sql.param(jobIds)}::uuid[]) and file_id is not null`);
  await reopenFiles(tx, rows.map((row) => row.file_id));
}

async function clear(tx: Executor, queue: Queue, sessionId: string): Promise<boolean> {
  await tx.execute(sql`select 1 from headway.job where session_id = ${sessionId} for update`);
  await withdraw(tx, queue, await cancelJobs(tx, { sessionId }));
  const [row] = await tx.execute<{ knowledge_id: string | null; jobs: boolean }>(sql`
    update headway.session set cleared_at = now(), operation_id = null, published = false,
      status = case when finished_at is null then 'cancelled' else status end,
      finished_at = coalesce(finished_at, now()), revision = revision + 1
    where id = ${sessionId} and cleared_at is null
    returning knowledge_id,
      exists (select 1 from headway.job where session_id = ${sessionId}) as jobs`);
  if (!row) return false;
  // A reported session without jobs may be reported again under the same id.
  if (!row.jobs) await tx.execute(sql`delete from headway.session where id = ${sessionId}`);
  if (row.knowledge_id) await publishSessions(tx, row.knowledge_id);
  return true;
}

/** Deletes the job's session. A job that awaits its bytes has no entry in the queue. */
async function discard(tx: Executor, jobId: string): Promise<void> {
  await tx.execute(sql`select 1 from headway.job where id = ${jobId}::uuid for update`);
  const [row] = await tx.execute<{ id: string; knowledge_id: string | null }>(sql`
    delete from headway.session s using headway.job j
    where j.id = ${jobId}::uuid and j.file_id is null and j.finished_at is null
      and s.id = j.session_id
    returning s.id, s.knowledge_id`);
  if (row?.knowledge_id) await publishSessions(tx, row.knowledge_id);
}

async function withdraw(tx: Executor, queue: Queue, ids: readonly string[]): Promise<void> {
  await queue.withdraw(tx, ids);
  if (ids.length > 0) await tx.execute(sql`select pg_notify(${CONTROL_CHANNEL}, '')`);
}

/**
 * Returns the jobs that may be enqueued. Held background work waits for its release, and a file
 * without bytes for its upload.
 */
async function runnable(tx: Executor, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select id from headway.job
    where id = any(${sql.param(ids)}::uuid[]) and released_at is not null
      and not (with_upload and file_id is null)`);
  return rows.map((row) => row.id);
}

async function priorityOf(tx: Executor, sessionId: string): Promise<number> {
  const [row] = await tx.execute<{ priority: number }>(
    sql`select priority from headway.session where id = ${sessionId}`,
  );
  return row?.priority ?? 1;
}
