/**
 * A slot of a worker: runs one job at a time, and preempts it for more urgent work.
 *
 * Jobs are dequeued in one place, one at a time, and stay reserved until they run or are requeued.
 * No job is dropped, in whatever order the end of a run, a preemption and a stop happen.
 *
 * @module
 */
import { message, text } from '#contract/messages/catalogue.ts';
import { isUnreachable } from '../database/error-code.ts';
import type { QueuedJob } from './boss.ts';
import { Interrupted, type RunSignals } from './run-context.ts';
import { Signal } from './signal.ts';

/** Poll interval without a notification, milliseconds. */
export const IDLE_MS = 2_000;
/** Longest wait for a checkpoint of a preempted job, milliseconds. */
const GIVE_WAY_MS = 1_200;
/** Most runs of a slot that only wait for a service, beside the running one. */
const MOST_WAITING = 32;

/** Signals of one run. */
export interface SlotSignals extends RunSignals {
  /** Notified when the claim may have ended. */
  readonly control: Signal;
  /** Called once the run only waits for a service; the slot takes another job meanwhile. */
  readonly onlyWaits: () => void;
}

/** Operations of a slot on jobs. */
export interface SlotWork {
  /** Dequeues the next job; with `above`, only one of a higher priority. */
  take(above?: number): Promise<QueuedJob | null>;
  /** Requeues a job that was dequeued and not run. */
  handBack(job: QueuedJob): Promise<void>;
  run(job: QueuedJob, signals: SlotSignals): Promise<void>;
  /** Name of a job, for users. */
  nameOf(job: QueuedJob): Promise<string>;
  /** Called when there is no job to dequeue. */
  onIdle(): void;
  log(message: string): void;
  /** Called when the slot has stopped. */
  close(): Promise<void>;
}

interface Running {
  readonly job: QueuedJob;
  readonly control: Signal;
  readonly giveWay: AbortController;
  readonly stop: AbortController;
}

export class Slot {
  readonly wake = new Signal();
  #running: Running | null = null;
  /** Runs that only wait for a service; the slot stops after them. */
  readonly #waiting = new Map<Running, Promise<void>>();
  /** The dequeued job that runs next. Only {@link #reserve} sets it. */
  #reserved: QueuedJob | null = null;
  /** The dequeue in flight; at most one. */
  #taking: Promise<void> | null = null;
  #looks = 0;
  readonly #looked = Promise.withResolvers<void>();

  constructor(private readonly work: SlotWork, private readonly stopping: AbortSignal) {
    stopping.addEventListener('abort', () => {
      for (const { stop } of this.#live()) stop.abort(stopping.reason);
    });
  }

  /** Priority of the running job; null while there is none, or while it is being preempted. */
  get priority(): number | null {
    return this.#running && !this.#reserved ? this.#running.job.priority : null;
  }

  get idle(): boolean {
    return this.#running === null;
  }

  /** True while a run works or waits for a service. */
  get busy(): boolean {
    return this.#live().length > 0;
  }

  /** Resolves after the first successful query of the queue. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /**
   * Changes with each query of the queue that ended, also one that failed because the database is
   * unreachable; null while a job runs.
   */
  get pulse(): number | null {
    return this.idle ? this.#looks : null;
  }

  /** Call when claims may have ended. */
  checkClaims(): void {
    for (const { control } of this.#live()) control.notify();
  }

  #live(): Running[] {
    return [...(this.#running ? [this.#running] : []), ...this.#waiting.keys()];
  }

  /** Runs jobs until the worker stops. */
  async run(): Promise<void> {
    while (!this.stopping.aborted) {
      const worked = await this.#runNext().catch((error) => {
        this.work.log(`The worker goes on after an error: ${error}`);
        return false;
      });
      if (!worked) await this.wake.wait(IDLE_MS, this.stopping);
    }
    await this.#returnReserved();
    await Promise.all(this.#waiting.values());
    await this.work.close();
  }

  /** Reserves a job that is more urgent than the running one, if any, and preempts that one. */
  async giveWay(): Promise<void> {
    const running = this.#running;
    if (!running || this.#reserved || this.#taking) return;
    await this.#reserve(running.job.priority);
    const urgent = this.#reserved;
    // If no run is left to preempt, the slot runs the reserved job next anyway.
    if (!urgent || this.#running !== running) return;
    const by = await this.work.nameOf(urgent).then(text).catch(() => message('urgent_work'));
    const reason = new Interrupted(by);
    if (this.#running !== running) return;
    running.giveWay.abort(reason);
    const timer = setTimeout(() => running.stop.abort(reason), GIVE_WAY_MS);
    running.stop.signal.addEventListener('abort', () => clearTimeout(timer));
  }

  /** Dequeues a job, after any dequeue in flight, unless one is reserved already. */
  async #reserve(above?: number): Promise<void> {
    while (this.#taking) await this.#taking.catch(() => {});
    if (this.#reserved || this.stopping.aborted) return;
    this.#taking = this.#take(above).finally(() => this.#taking = null);
    await this.#taking;
  }

  async #take(above?: number): Promise<void> {
    try {
      this.#reserved = await this.work.take(above);
    } catch (error) {
      if (isUnreachable(error)) this.#looks++;
      throw error;
    }
    this.#looks++;
    this.#looked.resolve();
  }

  async #returnReserved(): Promise<void> {
    while (this.#taking) await this.#taking.catch(() => {});
    const unstarted = this.#reserved;
    this.#reserved = null;
    if (!unstarted) return;
    await this.work.handBack(unstarted).catch((error) =>
      this.work.log(`Job ${unstarted.id} could not be handed back: ${error}`)
    );
  }

  async #runNext(): Promise<boolean> {
    await this.#reserve();
    if (this.stopping.aborted) return false;
    const job = this.#reserved;
    this.#reserved = null;
    if (!job) {
      this.work.onIdle();
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
    const run = this.#runOne(running, () => {
      if (this.#running !== running || this.#waiting.size >= MOST_WAITING) return;
      this.#waiting.set(running, ended);
      this.#running = null;
      waits.resolve();
    });
    const ended = run.catch((error) => {
      // Otherwise `run()` logs it.
      if (this.#waiting.has(running)) this.work.log(`A job that waited failed: ${error}`);
    }).finally(() => this.#waiting.delete(running));
    await Promise.race([run, waits.promise]);
  }

  async #runOne(running: Running, onlyWaits: () => void): Promise<void> {
    const { job, control, giveWay, stop } = running;
    try {
      await this.work.run(job, {
        control,
        onlyWaits,
        giveWay: giveWay.signal,
        stop: stop.signal,
      });
    } finally {
      if (this.#running === running) this.#running = null;
      // Ends the timer of a preemption.
      stop.abort();
    }
  }
}
