/**
 * One job at a time: takes, runs, and gives way to what is more urgent.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { ReadingLimits } from '../processing/limits.ts';
import type { QueuedJob } from './boss.ts';
import { beat } from './heartbeat.ts';
import type { Host, HostOptions } from './host.ts';
import { isQueuePaused } from './pausing.ts';
import { Interrupted, type RunContext } from './run-context.ts';
import { runBatch } from './run-batch.ts';
import { runJob } from './run-job.ts';
import { Signal } from './signal.ts';

/** Looks for work this often even when no notification came. */
const IDLE_MS = 2_000;
/** A checkpoint that takes longer than this is not waited for when something urgent came. */
const GIVE_WAY_MS = 1_200;

export interface LaneContext extends Omit<RunContext, 'host'> {
  /** What reading one file may take. */
  readonly limits?: ReadingLimits;
  /** Makes the reader of this lane. */
  readonly openHost: (options: HostOptions) => Host;
}

/** Runs of a lane that only wait for a service, and leave it to other jobs meanwhile. */
const MOST_WAITING = 32;

/** What runs in a lane, and how it is told to give way. */
interface Running {
  readonly job: QueuedJob;
  /** Notified when its claim may have ended. */
  readonly control: Signal;
  readonly giveWay: AbortController;
  readonly stop: AbortController;
}

export class Lane {
  readonly wake = new Signal();
  readonly #host: Host;
  #running: Running | null = null;
  /** What goes on by itself; the lane ends after them. */
  readonly #waiting = new Map<Running, Promise<void>>();
  /** Taken for this lane already, and first to run. */
  #next: QueuedJob | null = null;
  #looking = false;
  /** What no batch could end, until it has run alone, here or elsewhere. */
  readonly #alone = new Set<string>();

  constructor(
    private readonly context: LaneContext,
    private readonly stopping: AbortSignal,
  ) {
    this.#host = context.openHost({
      folder: join(dirname(context.workDir), 'sandboxes'),
      log: context.log,
      ...(context.limits && { limits: context.limits }),
    });
    stopping.addEventListener('abort', () => {
      for (const { stop } of this.#live()) stop.abort(stopping.reason);
    });
  }

  /** Priority of what runs; null while nothing does, or while it gives way already. */
  get priority(): number | null {
    return this.#running && !this.#next ? this.#running.job.priority : null;
  }

  get idle(): boolean {
    return this.#running === null;
  }

  /** To be called when claims may have ended. */
  checkClaims(): void {
    for (const { control } of this.#live()) control.notify();
  }

  #live(): Running[] {
    return [...(this.#running ? [this.#running] : []), ...this.#waiting.keys()];
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
    await Promise.all(this.#waiting.values());
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
    if (!job) {
      this.#alone.clear();
      return false;
    }
    await this.#runUntilItWaits(job);
    return true;
  }

  /** Runs a job to its end, or until it only waits. */
  async #runUntilItWaits(job: QueuedJob): Promise<void> {
    const waits = Promise.withResolvers<void>();
    const running: Running = {
      job,
      control: new Signal(),
      giveWay: new AbortController(),
      stop: new AbortController(),
    };
    this.#running = running;
    const run = this.#runWatched(running, () => {
      if (this.#running !== running || this.#waiting.size >= MOST_WAITING) return;
      this.#waiting.set(running, ended);
      this.#running = null;
      waits.resolve();
    });
    const ended = run.catch((error) => {
      // Else whoever runs the lane hears of it.
      if (this.#waiting.has(running)) this.context.log(`A job that waited failed: ${error}`);
    }).finally(() => this.#waiting.delete(running));
    await Promise.race([run, waits.promise]);
  }

  async #take(above?: number): Promise<QueuedJob | null> {
    const { db, queue } = this.context;
    return await isQueuePaused(db.orm) ? null : await queue.take(above);
  }

  /** Runs a job beside a heartbeat that ends the run when the claim is gone. */
  async #runWatched(running: Running, onlyWaits: () => void): Promise<void> {
    const { job, control, giveWay, stop } = running;
    const ended = new AbortController();
    if (this.stopping.aborted) stop.abort(this.stopping.reason);
    const context = { ...this.context, host: this.#host, control, onlyWaits };
    const signals = { giveWay: giveWay.signal, stop: stop.signal };
    let beating: Promise<void> | null = null;
    try {
      if (await runBatch(context, job, signals, this.#alone)) return;
      this.#alone.delete(job.id);
      beating = beat(context, job, stop, ended.signal);
      const outcome = await runJob(context, job, signals);
      context.log(`Job ${job.id}: ${outcome}`);
    } finally {
      if (this.#running === running) this.#running = null;
      stop.abort();
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
