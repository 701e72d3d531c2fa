/**
 * A worker: takes jobs one at a time, says that it lives, and stops at a checkpoint when told to.
 *
 * @module
 */
import { hostname } from 'node:os';
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { holdsClaim } from '../progress/jobs.ts';
import { refreshSession } from '../progress/store.ts';
import { LostClaim, type Queue, QUEUE_CHANNEL, type QueuedJob } from './boss.ts';
import { CONTROL_CHANNEL } from './control.ts';
import { createHost } from './host.ts';
import { type RunContext, runJob, Stopping } from './run-job.ts';
import { Signal } from './signal.ts';

export interface WorkerOptions {
  readonly db: Database;
  readonly queue: Queue;
  readonly workDir: string;
  readonly modelDir: string;
  /** @default `host:pid:random` */
  readonly id?: string;
  readonly log?: (message: string) => void;
}

export interface Worker {
  readonly id: string;
  /** Settles when the worker has stopped. */
  readonly done: Promise<void>;
  /** Hands the running job back at its checkpoint and ends. */
  stop(): Promise<void>;
}

/** Looks for work this often even when no notification came. */
const IDLE_MS = 2_000;
const BEAT_MS = 1_000;
/** A worker that was not seen for some of these is taken for dead. */
const SEEN_MS = 5_000;
/** A session whose job runs is touched this often, so that a long part is no silence. */
const TOUCH_MS = 5_000;

/** Starts a worker in this process. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { db, queue, log = () => {} } = options;
  const id = options.id ?? `${hostname()}:${Deno.pid}:${crypto.randomUUID().slice(0, 8)}`;
  const stopping = new AbortController();
  const wake = new Signal();
  const control = new Signal();
  const host = createHost();
  const context = { ...options, host, worker: id, log, control };
  const subscriptions = [
    await db.listen(QUEUE_CHANNEL, () => wake.notify(), () => wake.notify()),
    await db.listen(CONTROL_CHANNEL, () => control.notify(), () => control.notify()),
  ];
  await announce(db, id);
  const ended = new AbortController();
  const announcing = announceRegularly(context, ended.signal);

  async function next(): Promise<boolean> {
    const queued = await queue.take();
    if (!queued) return false;
    await runWatched(context, queued, stopping.signal);
    return true;
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const worked = await next().catch((error) => {
        log(`The worker goes on after an error: ${error}`);
        return false;
      });
      if (!worked) await wake.wait(IDLE_MS, stopping.signal);
    }
    ended.abort();
    await announcing;
    await host.close();
    for (const subscription of subscriptions) await subscription.unlisten();
    await db.orm.execute(sql`delete from headway.worker where id = ${id}`);
  }

  const done = loop();
  return {
    id,
    done,
    stop() {
      stopping.abort(new Stopping('The worker is stopping'));
      return done;
    },
  };
}

interface Context extends RunContext {
  /** Notified when a claim may have ended. */
  readonly control: Signal;
}

/** Runs a job beside a heartbeat that ends the run when the claim is gone. */
async function runWatched(
  context: Context,
  queued: QueuedJob,
  stop: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const ended = new AbortController();
  const beating = beat(context, queued, lost, ended.signal);
  try {
    const outcome = await runJob(context, queued, AbortSignal.any([stop, lost.signal]));
    context.log(`Job ${queued.id}: ${outcome}`);
  } finally {
    ended.abort();
    await beating;
  }
}

async function beat(
  context: Context,
  queued: QueuedJob,
  lost: AbortController,
  ended: AbortSignal,
): Promise<void> {
  const { db, queue, worker, control } = context;
  const claim = { jobId: queued.id, worker, attempt: queued.retryCount + 1 };
  let touchedAt = performance.now();
  let claimed = false;
  while (!ended.aborted) {
    await control.wait(BEAT_MS, ended);
    if (ended.aborted) break;
    try {
      const held = await holdsClaim(db.orm, claim);
      claimed ||= held;
      if ((claimed && !held) || !(await queue.touch(queued))) {
        lost.abort(new LostClaim(`The claim on this job is lost: ${queued.id}`));
        break;
      }
      if (performance.now() - touchedAt > TOUCH_MS) {
        touchedAt = performance.now();
        await touch(context, claim.jobId);
      }
    } catch (error) {
      context.log(`A heartbeat failed: ${error}`);
    }
  }
}

/** The session is alive, even where nothing new is to be shown. */
async function touch({ db }: Context, jobId: string): Promise<void> {
  await db.orm.transaction(async (tx) => {
    const [row] = await tx.execute<{ session_id: string }>(
      sql`select session_id from headway.job where id = ${jobId}::uuid`,
    );
    if (row) await refreshSession(tx, row.session_id);
  });
}

async function announceRegularly({ db, worker, log }: Context, ended: AbortSignal): Promise<void> {
  const timer = new Signal();
  while (!ended.aborted) {
    await timer.wait(SEEN_MS, ended);
    if (ended.aborted) break;
    await announce(db, worker).catch((error) => log(`This worker could not be seen: ${error}`));
  }
}

async function announce(db: Database, id: string): Promise<void> {
  await db.orm.execute(sql`
    insert into headway.worker (id, host, pid) values (${id}, ${hostname()}, ${Deno.pid})
    on conflict (id) do update set seen_at = now()`);
}
