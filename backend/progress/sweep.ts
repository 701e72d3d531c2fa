/**
 * Rescues abandoned jobs and sessions, so that none stays "processing" for ever.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { eachInTurn } from '../database/each-in-turn.ts';
import { limitLocks } from '../database/lock-limit.ts';
import { messageValue } from '../database/messages.ts';
import { isUnsettled } from '../database/unsettled-upload.ts';
import { failFiles } from '../knowledge/file-statuses.ts';
import { endOverdueWaits } from './attempts.ts';
import { applyEvent, publishSessions, refreshSession } from './store.ts';
import { noWorker } from './workers.ts';

export interface SweepOptions {
  /** Seconds without an update, and without a living worker, after which a session is stale. */
  readonly staleSeconds: number;
  /** Seconds after which finished sessions leave `knowledge.meta`; they stay in the history. */
  readonly retentionSeconds: number;
  /** Returns the ids that are neither waiting nor running in the queue. */
  lostJobs(tx: Executor, ids: readonly string[]): Promise<string[]>;
  /** Returns the jobs whose attempts are used up because their workers died. */
  exhausted(tx: Executor): Promise<string[]>;
  /** Returns the ids of jobs whose worker was lost to a database outage. */
  endedByOutage(tx: Executor, ids: readonly string[]): Promise<string[]>;
  /** Requeues jobs that the queue took from dead workers. Returns their sessions. */
  releaseOrphans(tx: Executor): Promise<string[]>;
  /** Enqueues jobs again. */
  requeue(tx: Executor, ids: readonly string[], priority: number): Promise<void>;
}

/**
 * Runs one pass. Returns the ids of the changed sessions. Of the stale sessions a pass handles a
 * random hundred, so that none starves. Throws the first error after all steps.
 */
export async function sweep(db: Database, options: SweepOptions): Promise<string[]> {
  const stale = await db.orm.execute<{ id: string; kind: string; priority: number }>(sql`
    select id, kind, priority from headway.session
    where finished_at is null
      and updated_at < now() - make_interval(secs => ${options.staleSeconds})
      and status in ('queued', 'processing')
    order by random() limit 100`);
  const changed: string[] = [];
  await eachInTurn([
    () => releaseOrphans(db, options),
    () => touchWaiting(db, options),
    () => endWaits(db),
    () =>
      eachInTurn(stale, async (row) => {
        const done = await db.orm.transaction((tx) => putRight(tx, row, options));
        if (done) changed.push(row.id);
      }),
    () => giveUpExhausted(db, options),
    () => retire(db, options.retentionSeconds),
  ], (step) => step());
  return changed;
}

async function releaseOrphans(db: Database, options: SweepOptions): Promise<void> {
  await db.orm.transaction(async (tx) => {
    for (const id of new Set(await options.releaseOrphans(tx))) await refreshSession(tx, id);
  });
}

/**
 * Interval at which waiting sessions are touched while a worker lives, seconds: waiting is not a
 * stall.
 */
const WAITING_SECONDS = 20;

async function touchWaiting(db: Database, options: SweepOptions): Promise<void> {
  const waiting = await db.orm.execute<{ id: string; priority: number }>(sql`
    select s.id, s.priority from headway.session s
    where s.finished_at is null and s.status in ('queued', 'processing')
      and s.updated_at < now() - make_interval(secs => ${WAITING_SECONDS})
      and exists (select 1 from headway.job j where j.session_id = s.id and j.status in ('queued', 'interrupted'))
      and not ${noWorker}
    order by s.updated_at limit 100`);
  await eachInTurn(waiting, (session) =>
    db.orm.transaction(async (tx) => {
      await requeueLost(tx, session, options);
      await refreshSession(tx, session.id);
    }));
}

async function endWaits(db: Database): Promise<void> {
  await db.orm.transaction(async (tx) => {
    for (const id of await endOverdueWaits(tx)) await refreshSession(tx, id);
  });
}

/** Longest wait for the row of a file whose job is failed, milliseconds. */
const MOST_WAIT_MS = 500;

async function giveUpExhausted(db: Database, options: SweepOptions): Promise<void> {
  // One transaction per job: the app may refuse a write to the row of a file.
  await eachInTurn(await options.exhausted(db.orm), (id) =>
    db.orm.transaction(async (tx) => {
      await tx.execute(limitLocks(MOST_WAIT_MS));
      await tx.execute(sql`select 1 from headway.job where id = ${id}::uuid for update`);
      // It may have been requeued meanwhile.
      const ids = (await options.exhausted(tx)).filter((each) => each === id);
      for (const still of await standingStill(tx, ids, options)) await giveUp(tx, still);
    }));
}

async function giveUp(tx: Executor, id: string): Promise<void> {
  const code = 'stalled';
  const reason = message('ended_workers');
  const rows = await tx.execute<{ session_id: string; file_id: string | null }>(sql`
    update headway.job set status = 'error', error_code = ${code}, error = ${messageValue(reason)},
      message = ${messageValue(reason)}, finished_at = now(), updated_at = now()
    where id = ${id}::uuid and finished_at is null
    returning session_id, file_id`);
  await failFiles(
    tx,
    rows.flatMap(({ file_id }) => file_id ? [{ fileId: file_id, code, reason }] : []),
  );
  for (const { session_id } of rows) await refreshSession(tx, session_id);
}

/**
 * Returns the jobs that stalled, of those whose attempts are used up. The others made progress with
 * each worker that died, or lost the last one to a database outage. They are requeued with all
 * their attempts.
 */
async function standingStill(
  tx: Executor,
  ids: readonly string[],
  options: SweepOptions,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx.execute<
    { id: string; session_id: string; priority: number; moved: boolean }
  >(sql`
    select j.id, j.session_id, s.priority, j.progress > j.budget_progress as moved
    from headway.job j join headway.session s on s.id = j.session_id
    where j.id = any(${sql.param(ids)}::uuid[]) and j.finished_at is null for update of j`);
  const outages = new Set(await options.endedByOutage(tx, rows.map(({ id }) => id)));
  const goesOn = ({ id, moved }: typeof rows[0]) => moved || outages.has(id);
  for (const row of rows.filter(goesOn)) {
    await waitAgain(tx, [row.id]);
    await options.requeue(tx, [row.id], row.priority);
    await refreshSession(tx, row.session_id);
  }
  return rows.filter((row) => !goesOn(row)).map(({ id }) => id);
}

async function waitAgain(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    update headway.job set status = 'queued', worker = null, updated_at = now(),
      message = ${messageValue(message('worker_lost'))}
    where id = any(${sql.param(ids)}::uuid[])`);
}

async function putRight(
  tx: Executor,
  session: { id: string; kind: string; priority: number },
  options: SweepOptions,
): Promise<boolean> {
  if (session.kind === 'app') {
    const error = message('session_silent', { seconds: options.staleSeconds });
    return (await applyEvent(tx, session.id, () => ({ type: 'failed', error }))) !== null;
  }
  const abandoned = await abandonUploads(tx, session.id, options.staleSeconds);
  const requeued = await requeueLost(tx, session, options);
  if (abandoned + requeued === 0) return false;
  return (await refreshSession(tx, session.id)) !== null;
}

/**
 * Fails uploads that have stopped. Two cases are left to the maintenance of uploads: a complete
 * file, and one whose row may be behind its bytes.
 */
async function abandonUploads(tx: Executor, sessionId: string, seconds: number): Promise<number> {
  const absent = messageValue(message('upload_absent'));
  const begun = messageValue(message('upload_interrupted'));
  const rows = await tx.execute(sql`
    update headway.job set status = 'error', error_code = 'upload_lost', error = told.reason,
      message = told.reason, finished_at = now(), updated_at = now()
    from (select j.id, case when exists (select 1 from headway.upload u
          where u.job_id = j.id and u.file_id is null and not u.ended and u.received > 0)
        then ${begun} else ${absent} end as reason
      from headway.job j where j.session_id = ${sessionId}) told
    where told.id = job.id and session_id = ${sessionId} and status = 'uploading'
      and updated_at < now() - make_interval(secs => ${seconds})
      and not exists (select 1 from headway.upload u where u.job_id = job.id
        and u.file_id is null and not u.ended and (u.received >= u.size or ${isUnsettled}))
    returning 1`);
  return rows.length;
}

/** Enqueues the jobs of a session that are missing from the queue. Returns their number. */
export async function requeueLost(
  tx: Executor,
  session: { id: string; priority: number },
  options: Pick<SweepOptions, 'lostJobs' | 'requeue'>,
): Promise<number> {
  const rows = await tx.execute<{ id: string }>(sql`
    select id from headway.job where session_id = ${session.id}
      and status in ('queued', 'interrupted', 'processing') and released_at is not null
    for update`);
  const lost = await options.lostJobs(tx, rows.map((row) => row.id));
  if (lost.length === 0) return 0;
  await waitAgain(tx, lost);
  await options.requeue(tx, lost, session.priority);
  return lost.length;
}

/** Removes finished sessions from `meta` after the retention time. */
async function retire(db: Database, retentionSeconds: number): Promise<void> {
  const due = sql`published and finished_at < now() - make_interval(secs => ${retentionSeconds})`;
  const rows = await db.orm.execute<{ id: string }>(
    sql`select id from headway.session where ${due} limit 200`,
  );
  await eachInTurn(rows, ({ id }) =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.execute<{ knowledge_id: string | null }>(sql`
        update headway.session set published = false where id = ${id} and ${due}
        returning knowledge_id`);
      if (row?.knowledge_id) await publishSessions(tx, row.knowledge_id);
    }));
}
