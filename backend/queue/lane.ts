/**
 * One job at a time: takes, runs, and gives way to what is more urgent.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { ReadingLimits } from '../processing/limits.ts';
import type { QueuedJob } from './boss.ts';
import { beat } from './heartbeat.ts';
import { createHost, type Host } from './host.ts';
import { isQueuePaused } from './pausing.ts';
import { Interrupted, type RunContext, runJob } from './run-job.ts';
import { Signal } from './signal.ts';

/** Looks for work this often even when no notification came. */
const IDLE_MS = 2_000;
/** A checkpoint that takes longer than this is not waited for when something urgent came. */
const GIVE_WAY_MS = 1_200;

export interface LaneContext extends Omit<RunContext, 'host'> {
  /** What reading one file may take. */
  readonly limits?: ReadingLimits;
}

/** What runs in a lane, and how it is told to give way. */
interface Running {
  readonly job: QueuedJob;
  readonly giveWay: AbortController;
  readonly stop: AbortController;
}

export class Lane {
  readonly wake = new Signal();
  /** Notified when a claim may have ended. */
  readonly control = new Signal();
  readonly #host: Host;
  #running: Running | null = null;
  /** Taken for this lane already, and first to run. */
  #next: QueuedJob | null = null;
  #looking = false;

  constructor(
    private readonly context: LaneContext,
    private readonly stopping: AbortSignal,
  ) {
    this.#host = createHost({ ...(context.limits && { limits: context.limits }) });
    stopping.addEventListener('abort', () => this.#running?.stop.abort(stopping.reason));
  }

  /** Priority of what runs; null while nothing does, or while it gives way already. */
  get priority(): number | null {
    return this.#running && !this.#next ? this.#running.job.priority : null;
  }

  get idle(): boolean {
    return this.#running === null;
  }

  /** Runs jobs until the worker stops. */
  async run(): Promise<void> {
    const { log, queue } = this.context;
    while (!this.stopping.aborted) {
      const worked = await this.#runNext().catch((error) => {
        log(`The worker goes on after an error: ${error}`);
        return false;
      });
      if (!worked) await this.wake.wait(IDLE_MS, this.stopping);
    }
    const unstarted = this.#next;
    if (unstarted) await this.context.db.orm.transaction((tx) => queue.handBack(tx, unstarted));
    await this.#host.close();
  }

  /** Takes something more urgent than what runs, if there is any, and lets it go first. */
  async giveWay(): Promise<void> {
    const running = this.#running;
    if (!running || this.#next || this.#looking) return;
    this.#looking = true;
    const urgent = await this.#take(running.job.priority).finally(() => this.#looking = false);
    if (!urgent) return;
    this.#next = urgent;
    const reason = new Interrupted(await this.#nameOf(urgent));
    running.giveWay.abort(reason);
    const timer = setTimeout(() => running.stop.abort(reason), GIVE_WAY_MS);
    running.stop.signal.addEventListener('abort', () => clearTimeout(timer));
  }

  async #runNext(): Promise<boolean> {
    const job = this.#next ?? await this.#take();
    this.#next = null;
    if (!job) return false;
    await this.#runWatched(job);
    return true;
  }

  async #take(above?: number): Promise<QueuedJob | null> {
    const { db, queue } = this.context;
    return await isQueuePaused(db.orm) ? null : await queue.take(above);
  }

  /** Runs a job beside a heartbeat that ends the run when the claim is gone. */
  async #runWatched(job: QueuedJob): Promise<void> {
    const running = { job, giveWay: new AbortController(), stop: new AbortController() };
    const ended = new AbortController();
    this.#running = running;
    if (this.stopping.aborted) running.stop.abort(this.stopping.reason);
    const context = { ...this.context, host: this.#host, control: this.control };
    const beating = beat(context, job, running.stop, ended.signal);
    try {
      const outcome = await runJob(context, job, {
        giveWay: running.giveWay.signal,
        stop: running.stop.signal,
      });
      context.log(`Job ${job.id}: ${outcome}`);
    } finally {
      this.#running = null;
      running.stop.abort();
      ended.abort();
      await beating;
    }
  }

  async #nameOf(job: QueuedJob): Promise<string> {
    const [row] = await this.context.db.orm.execute<{ name: string }>(
      sql`select name from headway.job where id = ${job.id}::uuid`,
    );
    return row?.name ?? 'more urgent work';
  }
}
