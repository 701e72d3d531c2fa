/**
 * The project's use of pg-boss: one queue of files, its settings, and the few calls needed.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import { fromDrizzle, type JobWithMetadata, PgBoss } from 'pg-boss';
import { ClientPool } from '../database/client.ts';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { messageValue } from '../database/messages.ts';
import { ENTRY_COLUMNS, entryOf } from './entry.ts';

const QUEUE = 'files';
const SCHEMA = 'headway_queue';
/** Notified with the priority of newly available work. */
export const QUEUE_CHANNEL = 'headway_queue';

/** Seconds without a heartbeat after which a worker loses its job; the minimum of pg-boss. */
export const HEARTBEAT_SECONDS = 10;
export const SUPERVISE_SECONDS = 1;
const HIGHEST = 2;
const LONGEST_JOB_SECONDS = 86_000;
/**
 * Seconds for which settled jobs stay in the queue. The history is kept elsewhere, and the queue's
 * own maintenance reads its whole table.
 */
const SETTLED_SECONDS = 600;
const TIDY_SECONDS = 60;
/** Attempts after the first. The queue itself counts the attempts whose worker was lost. */
export const RETRY_LIMIT = 4;
/** Level below every class, for jobs that run after all others. */
const LAST = -1;

/** A job as the queue dispatches it; `retryCount` distinguishes this claim from an earlier one. */
export type QueuedJob = Pick<JobWithMetadata, 'id' | 'retryCount' | 'retryLimit' | 'priority'>;

export interface Queue {
  /** Enqueues new jobs in the given transaction. */
  enqueue(tx: Executor, jobIds: readonly string[], priority: number): Promise<void>;
  /** Enqueues jobs again, with all attempts and without a claim. */
  requeue(tx: Executor, jobIds: readonly string[], priority: number): Promise<void>;
  /** Dequeues the next job, or returns null. With `above`, only a job of higher priority. */
  take(above?: number): Promise<QueuedJob | null>;
  /** Changes the priority of waiting jobs. */
  promote(tx: Executor, jobIds: readonly string[], priority: number): Promise<void>;
  /**
   * Raises waiting and running jobs to a priority; a running job keeps it when it is requeued.
   * Returns the ids of the raised jobs.
   */
  raise(tx: Executor, jobIds: readonly string[], priority: number): Promise<string[]>;
  /** Priority aging: raises waiting jobs by one class per `stepSeconds` of waiting. */
  age(tx: Executor, stepSeconds: number): Promise<number>;
  /** Sends a heartbeat for a job. False if the claim is lost. */
  touch(job: QueuedJob): Promise<boolean>;
  /** Completes a job in the given transaction. Throws {@link LostClaim}. */
  complete(tx: Executor, job: QueuedJob): Promise<void>;
  /**
   * Cancels the entry of a job that must not run (cancelled, failed for good). Throws
   * {@link LostClaim}.
   */
  putAway(tx: Executor, job: QueuedJob): Promise<void>;
  /**
   * Requeues a job that its worker may not finish, at once or after `delaySeconds`. Costs no
   * attempt. Throws {@link LostClaim}.
   */
  handBack(tx: Executor, job: QueuedJob, delaySeconds?: number): Promise<void>;
  /** Snoozes a job that was not run for `delaySeconds`. Throws {@link LostClaim}. */
  postpone(tx: Executor, job: QueuedJob, delaySeconds: number): Promise<void>;
  /** Moves jobs behind all others, until aging raises them. */
  demote(tx: Executor, jobIds: readonly string[]): Promise<void>;
  /** Restores the attempts of claims that ended through no fault of the job or its worker. */
  forgive(tx: Executor, jobs: readonly Pick<QueuedJob, 'id' | 'retryCount'>[]): Promise<void>;
  /** Cancels the entries of waiting and running jobs, whichever worker has claimed them. */
  withdraw(tx: Executor, jobIds: readonly string[]): Promise<void>;
  /** Returns the ids that are neither waiting nor running in the queue. */
  lost(tx: Executor, jobIds: readonly string[]): Promise<string[]>;
  /**
   * Requeues jobs that the queue took from a dead worker, which would otherwise show as running
   * until their next claim. Returns the ids of their sessions.
   */
  releaseOrphans(tx: Executor): Promise<string[]>;
  /** Returns the ids of jobs whose worker sent its last heartbeat before the database started. */
  endedByOutage(tx: Executor, jobIds: readonly string[]): Promise<string[]>;
  /** Expires a worker's claims, as a missed heartbeat would. */
  abandon(tx: Executor, worker: string): Promise<void>;
  /** Returns unfinished jobs whose attempts the queue has used up because their workers died. */
  exhausted(tx: Executor): Promise<string[]>;
  stop(): Promise<void>;
}

/** The claim went to another worker; this run must not write anything. */
export class LostClaim extends Error {
  override readonly name = 'LostClaim';
}

export interface QueueOptions {
  /** Reports errors of pg-boss's own maintenance. */
  onError(error: Error): void;
}

/** Connects to the queue; creates its tables if they do not exist. */
export async function openQueue(url: string, options: QueueOptions): Promise<Queue> {
  // The queue's maintenance may delete for long; statements of workers are short.
  const pool = new ClientPool(url, { name: 'headway-queue', max: 3, statementMs: 300_000 });
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.run({ text, ...(values && { values }) }) },
    schema: SCHEMA,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    maintenanceIntervalSeconds: TIDY_SECONDS,
    warningQueueSize: 1_000_000,
  });
  boss.on('error', options.onError);
  try {
    await start(boss);
  } catch (error) {
    await pool.close();
    throw error;
  }
  return wrap(boss, () => pool.close());
}

async function start(boss: PgBoss): Promise<void> {
  await boss.start();
  const settings = {
    retryLimit: RETRY_LIMIT,
    retryDelay: 0,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: LONGEST_JOB_SECONDS,
    retentionSeconds: 30 * 86_400,
    deleteAfterSeconds: SETTLED_SECONDS,
  };
  await boss.createQueue(QUEUE, { policy: 'standard', ...settings });
  // An existing queue keeps the settings of the release that created it.
  await boss.updateQueue(QUEUE, settings);
}

function wrap(boss: PgBoss, close: () => Promise<void>): Queue {
  return {
    enqueue,
    requeue: (tx, jobIds, priority) => requeue(boss, tx, jobIds, priority),
    async take(above) {
      const [job] = await boss.fetch(QUEUE, {
        batchSize: 1,
        includeMetadata: true,
        ...(above !== undefined && { minPriority: above + 1 }),
      });
      if (!job) return null;
      const { id, retryCount, retryLimit, priority } = job;
      return { id, retryCount, retryLimit, priority };
    },
    promote,
    raise,
    age,
    touch: async (job) => affected(await boss.touch(QUEUE, attempt(job))) === 1,
    async complete(tx, job) {
      expectHeld(job, await boss.complete(QUEUE, attempt(job), null, { db: inside(tx) }));
    },
    async putAway(tx, job) {
      expectHeld(job, await boss.cancel(QUEUE, attempt(job), { db: inside(tx) }));
    },
    handBack: (tx, job, delaySeconds) => handBack(boss, tx, job, delaySeconds),
    async postpone(tx, job, delaySeconds) {
      expectHeld(job, await boss.cancel(QUEUE, attempt(job), { db: inside(tx) }));
      await requeue(boss, tx, [job.id], job.priority);
      await boss.update(QUEUE, null, { id: job.id, startAfter: delaySeconds, db: inside(tx) });
    },
    demote,
    forgive,
    endedByOutage,
    async withdraw(tx, jobIds) {
      if (jobIds.length > 0) await boss.cancel(QUEUE, [...jobIds], { db: inside(tx) });
    },
    lost,
    releaseOrphans,
    abandon,
    exhausted,
    async stop() {
      await boss.stop({ graceful: false });
      await close();
    },
  };
}

async function enqueue(tx: Executor, jobIds: readonly string[], priority: number): Promise<void> {
  if (jobIds.length === 0) return;
  const inserted = tx.execute(sql`${KEPT}
    insert into headway_queue.job (${ENTRY_COLUMNS})
    select ${
    entryOf({
      id: sql`new.id`,
      priority: sql`${priority}`,
      at: sql`at.now`,
      place: sql`(new.place - 1)`,
    })
  }
    from headway_queue.queue q
    cross join (select headway_queue.job_now() as now offset 0) as at
    cross join unnest(${sql.param(jobIds)}::uuid[]) with ordinality as new (id, place)
    where q.name = ${QUEUE}
    on conflict do nothing`);
  await Promise.all([inserted, announce(tx, priority)]);
}

/** Notifies workers: idle ones dequeue at once, and one with a less urgent job preempts it. */
export async function announce(tx: Executor, priority: number): Promise<void> {
  await tx.execute(sql`${KEPT} select pg_notify(${QUEUE_CHANNEL}, ${`${priority}`})`);
}

/** One statement for a session of any size; pg-boss itself would need one per job. */
async function promote(tx: Executor, jobIds: readonly string[], priority: number): Promise<void> {
  if (jobIds.length === 0) return;
  await tx.execute(sql`
    update headway_queue.job set priority = ${priority}
    where name = ${QUEUE} and id = any(${sql.param(jobIds)}::uuid[])
      and state in ('created', 'retry')`);
  await announce(tx, priority);
}

async function raise(
  tx: Executor,
  jobIds: readonly string[],
  priority: number,
): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    update headway_queue.job set priority = ${priority}
    where name = ${QUEUE} and id = any(${sql.param(jobIds)}::uuid[]) and priority < ${priority}
      and state in ('created', 'retry', 'active')
    returning id`);
  return rows.map(({ id }) => id);
}

/** Ages waiting jobs, up to the highest priority, so that work of low priority does not starve. */
async function age(tx: Executor, stepSeconds: number): Promise<number> {
  const rows = await tx.execute(sql`
    update headway_queue.job q set priority = aged.priority
    from (
      select w.id, least(${HIGHEST}, case when j.suspect then ${LAST}::int else s.priority end
        + floor(extract(epoch from now() - w.created_on) / ${stepSeconds}))::int as priority
      from headway_queue.job w
      join headway.job j on j.id = w.id join headway.session s on s.id = j.session_id
      where w.name = ${QUEUE} and w.state in ('created', 'retry') and w.priority < ${HIGHEST}
        and w.created_on < now() - make_interval(secs => ${stepSeconds})
    ) aged
    where q.name = ${QUEUE} and q.id = aged.id and q.priority < aged.priority
      and q.state in ('created', 'retry')
    returning 1`);
  return rows.length;
}

async function requeue(
  boss: PgBoss,
  tx: Executor,
  jobIds: readonly string[],
  priority: number,
): Promise<void> {
  if (jobIds.length > 0) await boss.deleteJob(QUEUE, [...jobIds], { db: inside(tx) });
  await enqueue(tx, jobIds, priority);
}

/** Allows one more attempt: the queue counts every claim, and this one must not count. */
async function handBack(
  boss: PgBoss,
  tx: Executor,
  job: QueuedJob,
  delaySeconds = 0,
): Promise<void> {
  const db = inside(tx);
  expectHeld(job, await boss.cancel(QUEUE, attempt(job), { db }));
  await boss.resume(QUEUE, job.id, { db });
  await boss.update(QUEUE, null, {
    id: job.id,
    retryLimit: job.retryLimit + 1,
    ...(delaySeconds > 0 && { startAfter: delaySeconds }),
    db,
  });
  if (delaySeconds === 0) await announce(tx, job.priority);
}

async function lost(tx: Executor, jobIds: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select asked.id from unnest(${sql.param(jobIds)}::uuid[]) as asked (id)
    where not exists (select 1 from headway_queue.job q where q.name = ${QUEUE}
      and q.id = asked.id and q.state in ('created', 'retry', 'active'))`);
  return rows.map((row) => row.id);
}

/** Restarts the waiting time, from which aging raises the jobs. */
async function demote(tx: Executor, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return;
  await tx.execute(sql`
    update headway_queue.job set priority = ${LAST}, created_on = headway_queue.job_now()
    where name = ${QUEUE} and id = any(${sql.param(jobIds)}::uuid[])
      and state in ('created', 'retry')`);
}

async function forgive(
  tx: Executor,
  jobs: readonly Pick<QueuedJob, 'id' | 'retryCount'>[],
): Promise<void> {
  await tx.execute(sql`
    update headway_queue.job q set retry_limit = retry_limit + 1
    from unnest(${sql.param(jobs.map(({ id }) => id))}::uuid[],
      ${sql.param(jobs.map(({ retryCount }) => retryCount))}::int[]) as given (id, retry_count)
    where q.name = ${QUEUE} and q.id = given.id and q.retry_count >= given.retry_count
      and q.state in ('retry', 'active', 'failed')`);
}

const BEFORE_START = sql`coalesce(q.heartbeat_on, q.started_on) < pg_postmaster_start_time()`;

async function endedByOutage(tx: Executor, jobIds: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select q.id from headway_queue.job q
    where q.name = ${QUEUE} and q.id = any(${sql.param(jobIds)}::uuid[]) and ${BEFORE_START}`);
  return rows.map((row) => row.id);
}

/** Lost workers after which a job is a suspect. */
const SUSPECT_LOSSES = 2;

/**
 * `retry_count` is that of the ended claim; a newer claim has a higher attempt. A job that lost its
 * worker to a database outage keeps its attempts. One that otherwise lost several workers moves
 * behind all others.
 */
async function releaseOrphans(tx: Executor): Promise<string[]> {
  const rows = await tx.execute<
    { id: string; session_id: string; suspect: boolean; outage: boolean }
  >(sql`
    update headway.job j set status = 'queued', worker = null, updated_at = now(),
      message = ${messageValue(message('worker_lost'))},
      suspect = j.suspect or (not ${BEFORE_START}
        and ${RETRY_LIMIT}::int - (q.retry_limit - q.retry_count) + 1 >= ${SUSPECT_LOSSES}::int)
    from headway_queue.job q
    where q.name = ${QUEUE} and q.id = j.id and q.state = 'retry'
      and j.status = 'processing' and j.attempt = q.retry_count + 1
    returning j.id, j.session_id, j.suspect, ${BEFORE_START} as outage`);
  await demote(tx, rows.filter(({ suspect }) => suspect).map(({ id }) => id));
  const outages = rows.filter(({ outage }) => outage).map(({ id }) => id);
  if (outages.length > 0) {
    await tx.execute(sql`
      update headway_queue.job set retry_limit = retry_limit + 1
      where name = ${QUEUE} and id = any(${sql.param(outages)}::uuid[])`);
  }
  return rows.map((row) => row.session_id);
}

/** pg-boss expires the claim within a second, by its own rules for attempts. */
async function abandon(tx: Executor, worker: string): Promise<void> {
  await tx.execute(sql`
    update headway_queue.job q set heartbeat_on = to_timestamp(0)
    from headway.job j
    where j.worker = ${worker} and j.status = 'processing' and j.finished_at is null
      and q.name = ${QUEUE} and q.id = j.id and q.state = 'active'
      and j.attempt = q.retry_count + 1`);
}

async function exhausted(tx: Executor): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select j.id from headway.job j
    join headway_queue.job q on q.name = ${QUEUE} and q.id = j.id and q.state = 'failed'
    where j.finished_at is null and j.status in ('queued', 'interrupted', 'processing')`);
  return rows.map((row) => row.id);
}

const inside = (tx: Executor) => fromDrizzle(tx, sql);
const attempt = ({ id, retryCount }: Pick<QueuedJob, 'id' | 'retryCount'>) => [{ id, retryCount }];
const affected = (response: unknown): number => (response as { affected: number }).affected;

function expectHeld(job: QueuedJob, response: unknown): void {
  if (affected(response) !== 1) throw new LostClaim(`The claim on this job is lost: ${job.id}`);
}
