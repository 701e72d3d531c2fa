/**
 * Sessions in the database. Every change locks the session's row and derives the new state. It then
 * writes the row and its document in `knowledge.meta`, by one statement each.
 *
 * @module
 */
import { isA, message, text } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { ProgressDocument, SessionStatus, Step } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { eachInTurn } from '../database/each-in-turn.ts';
import { isUnreachable, lostToAnother } from '../database/error-code.ts';
import { KEPT } from '../database/kept.ts';
import { limitLocks } from '../database/lock-limit.ts';
import { messageValue } from '../database/messages.ts';
import { postponed } from '../database/try-write.ts';
import {
  changedMetas,
  notePostponed,
  putProgress,
  replaceProgress,
  tryReplaceProgress,
} from '../host/knowledge-meta.ts';
import { type Expectation, expectSession } from './outlook.ts';
import { type SessionEvent, type SessionState, toDocument, transition } from './session.ts';
import { type Tally, tallyStatus } from './tally.ts';
import { smooth } from './time-left.ts';

interface LockedRow {
  [column: string]: unknown;
  id: string;
  status: SessionStatus;
  attempt: number;
  total_files: number;
  processed_files: number;
  failed_files: number;
  noticed_files: number;
  current_file: string | null;
  progress: number;
  phase: Step | null;
  message: MessageDetails;
  error: MessageDetails | null;
  eta_seconds: number | null;
  started_at: number | null;
  updated_at: number;
  finished_at: number | null;
  at: number;
}

/** A session at one moment. `at` is the database's clock, epoch seconds. */
export interface SessionMoment {
  readonly state: SessionState;
  readonly at: number;
}

/** Reads a session without waiting for writers. Null if it is unknown or cleared. */
export function readSession(db: Executor, sessionId: string): Promise<SessionMoment | null> {
  return selectSession(db, sessionId, sql``);
}

/** Locks a session until the transaction ends. */
export function lockSession(tx: Executor, sessionId: string): Promise<SessionMoment | null> {
  return selectSession(tx, sessionId, sql`for update`);
}

async function selectSession(
  tx: Executor,
  sessionId: string,
  lock: SQL,
): Promise<SessionMoment | null> {
  const [row] = await tx.execute<LockedRow>(sql`${KEPT}
    select ${columns} from headway.session
    where id = ${sessionId} and cleared_at is null ${lock}`);
  return row ? { state: fromRow(row), at: row.at } : null;
}

const columns = sql`id, status, attempt, total_files, processed_files, failed_files, noticed_files,
  current_file,
  progress, phase, message, error, eta_seconds,
  extract(epoch from started_at)::float8 as started_at,
  extract(epoch from updated_at)::float8 as updated_at,
  extract(epoch from finished_at)::float8 as finished_at,
  extract(epoch from clock_timestamp())::float8 as at`;

/**
 * Replaces the progress in the `meta` of a knowledge base with that of its sessions, whatever it
 * contains. If the app blocks the write, {@link reconcileProgress} does it later.
 */
export async function publishSessions(tx: Executor, knowledgeId: string): Promise<void> {
  await tryReplaceProgress(tx, knowledgeId, () => readPublished(tx, knowledgeId));
}

async function readPublished(tx: Executor, knowledgeId: string): Promise<ProgressDocument[]> {
  const rows = await tx.execute<LockedRow>(sql`
    select ${columns} from headway.session
    where knowledge_id = ${knowledgeId} and published and cleared_at is null
    order by session.updated_at desc, id`);
  return rows.map((row) => toDocument(fromRow(row)));
}

/**
 * Reconciles `meta` with the sessions: values that the app overwrote, old copies of `meta`, and
 * refused writes. Throws the first error after trying all knowledge bases. One that the app has
 * locked is left to the next pass.
 */
export async function reconcileProgress(db: Database): Promise<void> {
  await eachInTurn(await changedMetas(db.orm), async (id) => {
    try {
      await db.orm.transaction(async (tx) => {
        await tx.execute(limitLocks(MOST_WAIT_MS));
        await replaceProgress(tx, id, () => readPublished(tx, id));
      });
    } catch (error) {
      if (lostToAnother(error) || isUnreachable(error)) throw error;
      const failed = postponed(error);
      await notePostponed(db.orm, id, failed);
      if (failed.refused !== null) throw error;
    }
  });
}

/** Longest wait for a knowledge base's row in a pass over many, milliseconds. */
const MOST_WAIT_MS = 50;

function fromRow(row: LockedRow): SessionState {
  return {
    sessionId: row.id,
    status: row.status,
    attempt: row.attempt,
    totalFiles: row.total_files,
    processedFiles: row.processed_files,
    failedFiles: row.failed_files,
    noticedFiles: row.noticed_files,
    currentFile: row.current_file,
    progress: row.progress,
    phase: row.phase,
    message: row.message,
    error: row.error,
    etaSeconds: row.eta_seconds,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    finishedAt: row.finished_at,
  };
}

interface TallyRow {
  [column: string]: unknown;
  total: number;
  uploading: number;
  queued: number;
  processing: number;
  paused: number;
  completed: number;
  noticed: number;
  failed: number;
  cancelled: number;
  fraction: number | null;
  current: { kind: string; name: string; step: Step; message: MessageDetails } | null;
  failure: { kind: string; name: string; error: MessageDetails | null } | null;
  of_job: MessageDetails | null;
  hold: MessageDetails | null;
  environment: MessageDetails | null;
}

type Count = Omit<Tally, 'etaSeconds'>;

/** Counts the jobs of a session as this transaction sees them. */
export async function tallyJobs(tx: Executor, sessionId: string): Promise<Count> {
  const [row] = await tx.execute<TallyRow>(sql`${KEPT}
    select count(*)::int as total,
      count(*) filter (where status = 'uploading')::int as uploading,
      count(*) filter (where status in ('queued', 'interrupted'))::int as queued,
      count(*) filter (where status = 'processing')::int as processing,
      count(*) filter (where status = 'paused')::int as paused,
      count(*) filter (where status = 'completed')::int as completed,
      count(*) filter (where status = 'completed' and notices is not null)::int as noticed,
      count(*) filter (where status = 'error')::int as failed,
      count(*) filter (where status = 'cancelled')::int as cancelled,
      sum(weight * case when finished_at is null then progress / 100 else 1 end)
        / nullif(sum(weight), 0) as fraction,
      (select json_build_object('kind', kind, 'name', name, 'step', step, 'message', message)
        from headway.job
        where session_id = ${sessionId} and status in ('processing', 'uploading')
        order by status = 'processing' desc, updated_at desc limit 1) as current,
      (select json_build_object('kind', kind, 'name', name, 'error', error) from headway.job
        where session_id = ${sessionId} and status = 'error'
        order by position limit 1) as failure,
      (array_agg(message) filter (where kind <> 'file'))[1] as of_job,
      (array_agg(message) filter (where environment is not null and status = 'queued'))[1]
        as environment,
      (select hold from headway.session where id = ${sessionId}) as hold
    from headway.job where session_id = ${sessionId}`);
  if (!row) throw new Error(`Cannot add up the jobs of session: ${sessionId}`);
  return toCount(row);
}

function toCount(row: TallyRow): Count {
  const { current, failure, fraction, of_job: ofJob, hold: _, environment: __, ...counts } = row;
  return {
    ...counts,
    fraction: fraction ?? 0,
    current: current && { name: current.name, step: current.step },
    message: describe(row),
    firstFailure: failure,
    ofJob,
  };
}

/** The tally of jobs that all wait and have no other data. */
const allWaiting = (total: number): Count =>
  toCount({
    total,
    queued: total,
    uploading: 0,
    processing: 0,
    paused: 0,
    completed: 0,
    noticed: 0,
    failed: 0,
    cancelled: 0,
    fraction: null,
    current: null,
    failure: null,
    of_job: null,
    hold: null,
    environment: null,
  });

function describe(row: TallyRow): MessageDetails {
  const now = whatNow(row);
  if (row.total <= 1) return now ?? text('');
  const done = row.completed + row.failed + row.cancelled;
  return message('files_done', { done, of: row.total, now });
}

function whatNow({ current, queued, paused, environment, hold }: TallyRow): MessageDetails | null {
  if (current) {
    const { kind, name, message: now } = current;
    return message('work_on', { kind, name, now: isEmpty(now) ? null : now });
  }
  if (queued > 0) return environment ?? hold ?? message('waiting_for_turn');
  return paused > 0 ? message('paused') : null;
}

const isEmpty = (details: MessageDetails) => isA(details, 'text') && details.params.text === '';

/**
 * Writes a session's row, then its document in `meta`; a trigger notifies subscribers.
 * `waitingSeconds` is its waiting work, for the time left of the sessions behind it.
 */
export async function writeSession(
  tx: Executor,
  state: SessionState,
  waitingSeconds: number = 0,
): Promise<void> {
  const moment = (seconds: number | null) =>
    seconds === null ? sql`null` : sql`to_timestamp(${seconds}::float8)`;
  const [written] = await tx.execute<{ knowledge_id: string | null }>(sql`${KEPT}
    update headway.session set
      status = ${state.status}, attempt = ${state.attempt},
      total_files = ${state.totalFiles}, processed_files = ${state.processedFiles},
      failed_files = ${state.failedFiles}, noticed_files = ${state.noticedFiles},
      current_file = ${state.currentFile}, progress = ${state.progress}::float8,
      phase = ${state.phase}, message = ${messageValue(state.message)},
      error = ${messageValue(state.error)}, eta_seconds = ${state.etaSeconds}::float8,
      started_at = ${moment(state.startedAt)}, updated_at = ${moment(state.updatedAt)},
      finished_at = ${moment(state.finishedAt)}, waiting_seconds = ${waitingSeconds}::float8,
      queued_at = case attempt when ${state.attempt}::int then queued_at else now() end,
      revision = revision + 1, published = true
    where id = ${state.sessionId}
    returning knowledge_id`);
  if (written?.knowledge_id) await putProgress(tx, written.knowledge_id, toDocument(state));
}

/** Derives the event from the locked state; null if nothing should change. */
export type EventOf = (state: SessionState, tally: Tally) => SessionEvent | null;

/** Applies one event to a session. Returns the new state, or null if the event did not apply. */
export async function applyEvent(
  tx: Executor,
  sessionId: string,
  eventOf: EventOf,
  count: (tx: Executor, sessionId: string) => Count | Promise<Count> = tallyJobs,
): Promise<SessionState | null> {
  const locked = await lockSession(tx, sessionId);
  if (!locked) return null;
  const { state, at } = locked;
  const counted = await count(tx, sessionId);
  const expectation = await expect(tx, state, counted);
  const tally = { ...counted, etaSeconds: timeLeft(state, expectation.seconds, at) };
  const event = eventOf(state, tally);
  const next = event && transition(state, event, at);
  if (!next) return null;
  await writeSession(tx, next, expectation.waitingSeconds);
  return next;
}

async function expect(
  tx: Executor,
  state: SessionState,
  tally: Count,
): Promise<Expectation> {
  const moving = ['queued', 'processing'].includes(tallyStatus(tally));
  return moving ? await expectSession(tx, state.sessionId) : { seconds: null, waitingSeconds: 0 };
}

/** Smooths the expected time left against the time shown before. */
function timeLeft(state: SessionState, seconds: number | null, at: number): number | null {
  const shown = state.etaSeconds === null
    ? null
    : { seconds: state.etaSeconds, agoSeconds: Math.max(0, at - state.updatedAt) };
  return smooth(shown, seconds);
}

/** Updates a session from its jobs. */
export function refreshSession(tx: Executor, sessionId: string): Promise<SessionState | null> {
  return applyEvent(tx, sessionId, tallied);
}

/** {@link refreshSession} for a new session whose jobs all wait: skips the count. */
export function refreshNew(
  tx: Executor,
  sessionId: string,
  jobs: number,
): Promise<SessionState | null> {
  return applyEvent(tx, sessionId, tallied, () => allWaiting(jobs));
}

const tallied: EventOf = (_state, tally) => ({ type: 'tallied', tally });

/** Ticks of all files of a session are merged over this many seconds. */
const MERGE_SECONDS = 0.25;

/**
 * {@link refreshSession} for a mere tick. Skipped if the session was written within
 * `MERGE_SECONDS`, by any worker. Applies only to a running session, where more ticks follow.
 */
export async function tickSession(tx: Executor, sessionId: string): Promise<void> {
  const [written] = await tx.execute(sql`
    select 1 from headway.session where id = ${sessionId} and status = 'processing'
      and updated_at > clock_timestamp() - make_interval(secs => ${MERGE_SECONDS})`);
  if (!written) await refreshSession(tx, sessionId);
}
