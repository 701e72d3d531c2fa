/**
 * pg-boss as this project uses it: one queue of files, its settings, and the few calls we lean on.
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
/** Notified with the priority of what there is to take. */
export const QUEUE_CHANNEL = 'headway_queue';

/** A worker that is not heard of for this long has lost its job; the least pg-boss allows. */
export const HEARTBEAT_SECONDS = 10;
export const SUPERVISE_SECONDS = 1;
const HIGHEST = 2;
const LONGEST_JOB_SECONDS = 86_000;
/** What is settled is history, which is elsewhere; the queue's own upkeep reads its whole table. */
const SETTLED_SECONDS = 600;
const TIDY_SECONDS = 60;
/** Attempts after the first one; the queue itself counts those whose worker was lost. */
export const RETRY_LIMIT = 4;
/** Below every class: of jobs that others do not wait for. */
const LAST = -1;

/** A job as the queue hands it out; `retryCount` tells this claim from an earlier one. */
export type QueuedJob = Pick<JobWithMetadata, 'id' | 'retryCount' | 'retryLimit' | 'priority'>;

export interface Queue {
  /** Puts new jobs into the queue, in the given transaction. */
  enqueue(tx: Executor, jobIds: readonly string[], priority: number): Promise<void>;
  /** Puts jobs into the queue again: with all their attempts, and a claim nobody holds. */
  requeue(tx: Executor, jobIds: readonly string[], priority: number): Promise<void>;
  /** Takes the next job, or returns null; with `above`, only one of a higher priority. */
  take(above?: number): Promise<QueuedJob | null>;
  /** Moves waiting jobs to another priority. */
  promote(tx: Executor, jobIds: readonly string[], priority: number): Promise<void>;
  /**
   * Raises jobs that wait or run to this priority; a running one keeps it when it comes back.
   * Returns the ids of those that had a lower one.
   */
  raise(tx: Executor, jobIds: readonly string[], priority: number): Promise<string[]>;
  /** Raises waiting jobs by one class for each `stepSeconds` they have waited. */
  age(tx: Executor, stepSeconds: number): Promise<number>;
  /** Says that a job still runs. False when the claim is lost. */
  touch(job: QueuedJob): Promise<boolean>;
  /** Settles a job as done, in the given transaction. Throws {@link LostClaim}. */
  complete(tx: Executor, job: QueuedJob): Promise<void>;
  /** Puts a job aside that must not run (cancelled, failed for good). Throws {@link LostClaim}. */
  putAway(tx: Executor, job: QueuedJob): Promise<void>;
  /**
   * Puts a job back that its worker may not finish, for `delaySeconds` or to be taken at once; costs
   * no attempt. Throws {@link LostClaim}.
   */
  handBack(tx: Executor, job: QueuedJob, delaySeconds?: number): Promise<void>;
  /** Puts a job back untried, for `delaySeconds`. Throws {@link LostClaim}. */
  postpone(tx: Executor, job: QueuedJob, delaySeconds: number): Promise<void>;
  /** Lets jobs wait after all others, for as long as a job may wait in its class. */
  demote(tx: Executor, jobIds: readonly string[]): Promise<void>;
  /** Gives jobs back the attempts of claims that ended through no fault of them or their worker. */
  forgive(tx: Executor, jobs: readonly Pick<QueuedJob, 'id' | 'retryCount'>[]): Promise<void>;
  /** Puts jobs aside that wait or run, whoever holds them. */
  withdraw(tx: Executor, jobIds: readonly string[]): Promise<void>;
  /** Those of the ids that the queue does not hold to be run or running any more. */
  lost(tx: Executor, jobIds: readonly string[]): Promise<string[]>;
  /**
   * Lets jobs wait again that the queue took from a worker which is gone. Returns the ids of their
   * sessions. Without it they would be called running until another worker comes to them.
   */
  releaseOrphans(tx: Executor): Promise<string[]>;
  /** Those of the ids whose worker was last heard of before the database was started. */
  endedByOutage(tx: Executor, jobIds: readonly string[]): Promise<string[]>;
  /** Takes what a worker holds from it, as a heartbeat that was missed would. */
  abandon(tx: Executor, worker: string): Promise<void>;
  /** Jobs not ended for us whose attempts the queue has used up: their workers died on them. */
  exhausted(tx: Executor): Promise<string[]>;
  stop(): Promise<void>;
}

/** The job was given to another worker meanwhile; nothing of this run may be kept. */
export class LostClaim extends Error {
  override readonly name = 'LostClaim';
}

export interface QueueOptions {
  /** Reports what goes wrong in pg-boss's own upkeep. */
  onError(error: Error): void;
}

/** Connects to the queue, creating its tables where they are absent. */
export async function openQueue(url: string, options: QueueOptions): Promise<Queue> {
  // Its upkeep may delete for long; what it is asked for by a worker is short.
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
  // One that was there keeps the settings of the release that made it.
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

/** Workers look at once, and one that runs something less urgent gives way. */
export async function announce(tx: Executor, priority: number): Promise<void> {
  await tx.execute(sql`${KEPT} select pg_notify(${QUEUE_CHANNEL}, ${`${priority}`})`);
}

/** One statement for a session of any size; pg-boss itself would take one a job. */
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

/** Waiting makes urgent, so that work of a low priority does not starve; never more than high. */
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

/** The queue counts every claim of a job; one more is allowed where this one does not count. */
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

/** Waiting since now: ageing raises it in its time. */
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

/** Workers that were lost at a job, after which it is a suspect. */
const SUSPECT_LOSSES = 2;

/**
 * `retry_count` is that of the claim which ended; a newer claim has a higher attempt. A job that
 * lost its worker to an outage of the database keeps its attempts, and one that lost several
 * workers otherwise waits for others.
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

/** pg-boss takes it within a second, by its own rules for attempts. */
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
