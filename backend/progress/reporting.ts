/**
 * The progress API: functions with which an app reports its own work and reads progress.
 *
 * @module
 */
import { message, text } from '#contract/messages/catalogue.ts';
import { AppError } from '#contract/error.ts';
import type { ProgressDocument } from '#contract/progress.ts';
import { eq, sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { storable } from '../database/json.ts';
import { messageValue } from '../database/messages.ts';
import { session } from '../database/schema.ts';
import { fileProgress } from './estimate.ts';
import {
  newSession,
  type Report,
  type SessionEvent,
  type SessionState,
  toDocument,
  transition,
} from './session.ts';
import { applyEvent, lockSession, readSession, refreshSession, writeSession } from './store.ts';

/** Target of a report: a session of a knowledge base, and its owner. */
export interface SessionReference {
  readonly sessionId: string;
  /** The knowledge base whose `meta` shows the progress; required for the first report only. */
  readonly knowledgeId?: string | null;
  /** Owner of the session; defaults to the owner of the knowledge base. */
  readonly userId?: string;
}

export interface FileReport {
  readonly sessionId: string;
  readonly fileId: string;
  /** 0–100. */
  readonly progress: number;
  readonly message?: string;
}

export interface ProgressReporter {
  /**
   * Reports progress of a session, and creates it if it does not exist. False if the session has
   * ended: a late report changes nothing.
   */
  updateProgress(reference: SessionReference, report: Report): Promise<boolean>;
  /** Reports progress of one file of a session. False if that file is not running. */
  updateFileProgress(report: FileReport): Promise<boolean>;
  /** Reads the document of a session, or null if there is none. */
  getProgress(sessionId: string): Promise<ProgressDocument | null>;
  /** Completes a session. False if it had ended already. */
  markSessionComplete(sessionId: string, message?: string): Promise<boolean>;
  /** Fails a session with a reason. False if it had ended already. */
  markSessionError(sessionId: string, error: string): Promise<boolean>;
}

/** Creates the progress API for one database. Calls `onWritten` after each report. */
export function createReporter(db: Database, onWritten: () => void = () => {}): ProgressReporter {
  const write = (work: (tx: Executor) => Promise<boolean>) =>
    db.orm.transaction(work).finally(onWritten);
  const end = (sessionId: string, event: SessionEvent) =>
    write(async (tx) => (await applyEvent(tx, sessionId, () => event)) !== null);
  return {
    updateProgress: (reference, report) => write((tx) => reportSession(tx, reference, report)),
    updateFileProgress: (report) => write((tx) => reportFile(tx, report)),
    getProgress: async (sessionId) => {
      const read = await readSession(db.orm, sessionId);
      return read && toDocument(read.state);
    },
    markSessionComplete: (sessionId, message) =>
      end(sessionId, { type: 'completed', message: message ? text(storable(message)) : undefined }),
    markSessionError: (sessionId, error) =>
      end(sessionId, { type: 'failed', error: text(storable(error)) }),
  };
}

function storableReport(report: Report): Report {
  const { message, currentFile } = report;
  return {
    ...report,
    ...(message && { message: storable(message) }),
    ...(currentFile && { currentFile: storable(currentFile) }),
  };
}

async function reportSession(
  tx: Executor,
  reference: SessionReference,
  report: Report,
): Promise<boolean> {
  await createIfAbsent(tx, reference);
  const locked = await lockSession(tx, reference.sessionId);
  const event = { type: 'reported', report: storableReport(report) } as const;
  const next = locked && transition(locked.state, event, locked.at);
  if (!next) return false;
  await writeSession(tx, next);
  return true;
}

async function createIfAbsent(tx: Executor, reference: SessionReference): Promise<void> {
  const { sessionId, knowledgeId = null } = reference;
  const [known] = await tx.select({ id: session.id }).from(session).where(
    eq(session.id, sessionId),
  );
  if (known) return;
  const userId = reference.userId ?? (await ownerOf(tx, knowledgeId));
  const { status, message: waiting } = newSession(sessionId, 0);
  await tx.insert(session).values({
    id: sessionId,
    knowledgeId,
    userId,
    kind: 'app',
    status,
    message: messageValue(waiting),
  })
    .onConflictDoNothing();
}

async function ownerOf(tx: Executor, knowledgeId: string | null): Promise<string> {
  const [row] = await tx.execute<{ user_id: string }>(
    sql`select user_id from knowledge where id = ${knowledgeId}`,
  );
  if (row) return row.user_id;
  throw new AppError('knowledge_not_found', message('unknown_knowledge', { id: `${knowledgeId}` }));
}

async function reportFile(tx: Executor, report: FileReport): Promise<boolean> {
  const { sessionId, fileId, progress } = report;
  const words = report.message ? text(report.message) : null;
  const [job] = await tx.execute<{ step: 'extract'; with_upload: boolean }>(sql`
    select step, with_upload from headway.job
    where session_id = ${sessionId} and file_id = ${fileId} and status = 'processing' for update`);
  if (!job) return false;
  const percent = fileProgress(job.step, progress / 100, job.with_upload);
  await tx.execute(sql`
    update headway.job set progress = greatest(progress, ${percent}::float8),
      message = coalesce(${messageValue(words)}, message), updated_at = now()
    where session_id = ${sessionId} and file_id = ${fileId} and status = 'processing'`);
  return (await refreshSession(tx, sessionId)) !== null;
}

export type { Report, SessionState };
