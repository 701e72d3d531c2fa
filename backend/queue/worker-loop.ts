/**
 * A worker: one or more slots that run jobs, and its row in the list of workers.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { hostname } from 'node:os';
import { sql } from 'drizzle-orm';
import type { Analysis } from '../analysis/analysis.ts';
import { withClient } from '../database/client.ts';
import type { Database } from '../database/connection.ts';
import { isUnreachable } from '../database/error-code.ts';
import { startWatchdog } from '../lifetime/watchdog.ts';
import type { ReadingLimits } from '../processing/limits.ts';
import type { Transcription } from '../transcription/transcription.ts';
import { type Queue, QUEUE_CHANNEL } from './boss.ts';
import { CONTROL_CHANNEL } from './control.ts';
import { createHost, type Host, type HostOptions } from './host.ts';
import { jobKinds, type JobKindsByName } from './job-kind.ts';
import { createLane } from './lane.ts';
import { ownProcess } from '../lifetime/process-life.ts';
import type { MayAdd } from './may-add.ts';
import type { MayRead } from './run-app-job.ts';
import { Interrupted, type LocalBytes } from './run-context.ts';
import { Signal } from './signal.ts';
import type { Slot } from './slot.ts';

export interface WorkerOptions {
  readonly db: Database;
  readonly queue: Queue;
  readonly workDir: string;
  readonly modelDir: string;
  /** Limits for reading one file. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** Creates the host of one slot. @default createHost */
  readonly openHost?: (options: HostOptions) => Host;
  /** Kinds of app jobs that it can run. @default none */
  readonly kinds?: JobKindsByName;
  /**
   * Checks whether the user who requested an app job may still read its knowledge base.
   * @default true
   */
  readonly mayRead?: MayRead;
  /**
   * Checks whether the user who uploaded files may still add them to their knowledge base.
   * @default true
   */
  readonly mayAdd?: MayAdd;
  readonly localBytes: LocalBytes;
  /** Throws if only the disk space reserved for the database is left. @default never */
  readonly expectSpace?: () => Promise<void>;
  /** External service that extracts files. @default none */
  readonly analysis?: Analysis | null;
  /** External service that transcribes recordings. @default the embedded model */
  readonly transcription?: Transcription | null;
  /** Number of jobs that run at the same time. @default 1 */
  readonly concurrency?: number;
  /** Program version, for operators. */
  readonly version?: string;
  /** @default `host:pid:random` */
  readonly id?: string;
  readonly log?: (message: string) => void;
  /**
   * Seconds without a completed query of the queue after which an idle slot is stuck. @default 20
   */
  readonly stuckSeconds?: number;
  /**
   * Called when the worker is stuck although its database responds; the process should be replaced.
   */
  readonly onStuck?: (stuck: Stuck) => void;
}

export interface Stuck {
  /** The reason as a sentence. */
  readonly reason: string;
  /** True if some of its jobs run. */
  readonly busy: boolean;
}

export interface Worker {
  readonly id: string;
  /** Settles when the worker has stopped. */
  readonly done: Promise<void>;
  /** Requeues running jobs at their checkpoints and ends. */
  stop(): Promise<void>;
}

/** Heartbeat interval, milliseconds; a worker that misses several counts as dead. */
const SEEN_MS = 5_000;
/** Longer than a statement waits for a lock, and the pause after it. */
const STUCK_SECONDS = 20;
/** Longest wait for the removal of a stuck worker from the list of workers, milliseconds. */
const LEAVE_MS = 2_000;

/**
 * Starts a worker in this process; resolves after the first query of the queue and the first
 * heartbeat.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { db, log = () => {}, concurrency = 1 } = options;
  const id = options.id ?? `${hostname()}:${Deno.pid}:${crypto.randomUUID().slice(0, 8)}`;
  const stopping = new AbortController();
  const defaults = { kinds: jobKinds([]), openHost: createHost };
  const context = { ...defaults, ...options, worker: id, log };
  const lanes = Array.from({ length: concurrency }, () => createLane(context, stopping.signal));
  const look = (priority: string) =>
    distribute(lanes, Number(priority)).catch((error) => log(`Looking for work failed: ${error}`));
  const subscriptions = [
    await db.listen(QUEUE_CHANNEL, look, () => look('0')),
    await db.listen(CONTROL_CHANNEL, () => checkClaims(lanes), () => checkClaims(lanes)),
  ];
  const self = { id, concurrency, version: options.version ?? null, process: await ownProcess() };
  const ended = new AbortController();
  const leave = () => db.orm.execute(sql`delete from headway.worker where id = ${id}`);
  const isOwnFault = () => doesAnswer(db);
  const { stuckSeconds = STUCK_SECONDS } = options;

  async function stuck(what: string, seconds: number): Promise<void> {
    const reason = `${what} for ${seconds} s, and the database answers`;
    log(`The worker is stuck: ${reason}`);
    if (looks.every(({ isStuck }) => isStuck)) await within(leave(), LEAVE_MS).catch(() => {});
    options.onStuck?.({ reason, busy: lanes.some((lane) => lane.busy) });
  }

  const looks = lanes.map((lane) =>
    startWatchdog({
      pulse: () => lane.pulse,
      seconds: stuckSeconds,
      isOwnFault,
      onStuck: () => stuck('No look at the queue was completed', stuckSeconds),
    })
  );
  const announcer = new Announcer(db, self, log);
  const announcements = startWatchdog({
    pulse: () => announcer.pulse,
    seconds: stuckSeconds + SEEN_MS / 1_000,
    isOwnFault,
    onStuck: () => stuck('It could not be announced', stuckSeconds + SEEN_MS / 1_000),
  });

  async function run(): Promise<void> {
    const looked = Promise.race(lanes.map((lane) => lane.looked));
    const isWell = () => looks.some(({ isStuck }) => !isStuck);
    const announcing = looked.then(() => announcer.run(isWell, ended.signal));
    await Promise.all(lanes.map((lane) => lane.run()));
    for (const watchdog of [...looks, announcements]) watchdog.stop();
    ended.abort();
    if (announcer.pulse !== null) await announcing;
    for (const subscription of subscriptions) await subscription.unlisten();
    await leave();
  }

  const done = run();
  await Promise.race([announcer.first, done]);
  return {
    id,
    done,
    stop() {
      stopping.abort(new Interrupted(message('worker_stopping')));
      return done;
    },
  };
}

/** Wakes idle slots; if all are busy, the least urgent job may be preempted. */
async function distribute(lanes: readonly Slot[], priority: number): Promise<void> {
  for (const lane of lanes) lane.wake.notify();
  if (lanes.some((lane) => lane.idle)) return;
  const [least] = lanes
    .filter((lane) => lane.priority !== null && lane.priority < priority)
    .sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
  await least?.giveWay();
}

function checkClaims(lanes: readonly Slot[]): void {
  for (const lane of lanes) lane.checkClaims();
}

/** The row of a worker. */
interface Announcement {
  readonly id: string;
  readonly concurrency: number;
  readonly version: string | null;
  readonly process: string | null;
}

/** Keeps the row of a running worker fresh. */
class Announcer {
  #pulse: number | null = null;
  readonly #first = Promise.withResolvers<void>();

  constructor(
    private readonly db: Database,
    private readonly self: Announcement,
    private readonly log: (message: string) => void,
  ) {}

  /** Changes with each attempt that succeeded or failed by an outage; null before it runs. */
  get pulse(): number | null {
    return this.#pulse;
  }

  /** Resolves after the first heartbeat. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Sends heartbeats while the worker is healthy. */
  async run(isWell: () => boolean, ended: AbortSignal): Promise<void> {
    const timer = new Signal();
    this.#pulse = 0;
    while (!ended.aborted) {
      if (isWell()) await this.#announce();
      else this.#pulse++;
      await timer.wait(SEEN_MS, ended);
    }
  }

  async #announce(): Promise<void> {
    try {
      await announce(this.db, this.self);
      this.#first.resolve();
    } catch (error) {
      this.log(`This worker could not be seen: ${error}`);
      if (!isUnreachable(error)) return;
    }
    this.#pulse = (this.#pulse ?? 0) + 1;
  }
}

async function announce(
  db: Database,
  { id, concurrency, version, process }: Announcement,
): Promise<void> {
  await db.orm.execute(sql`
    insert into headway.worker (id, host, pid, process, concurrency, version)
    values (${id}, ${hostname()}, ${Deno.pid}, ${process}, ${concurrency}, ${version})
    on conflict (id) do update set seen_at = now()`);
}

/** Queries on a separate connection: those of the worker may be stuck. */
async function doesAnswer({ url }: Database): Promise<boolean> {
  await withClient(url, { name: 'headway-watchdog' }, (client) => client.run({ text: 'select 1' }));
  return true;
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
