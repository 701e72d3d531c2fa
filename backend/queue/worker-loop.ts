/**
 * A worker: one or more lanes that take jobs, and its place in the list of workers.
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
  /** What reading one file may take. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** Makes the reader of one lane. @default createHost */
  readonly openHost?: (options: HostOptions) => Host;
  /** Jobs of the app's own that it can do. @default none */
  readonly kinds?: JobKindsByName;
  /** Whether whoever asked for such a job may still read its knowledge base. @default true */
  readonly mayRead?: MayRead;
  /** Whether whoever sent files may still add them to their knowledge base. @default true */
  readonly mayAdd?: MayAdd;
  readonly localBytes: LocalBytes;
  /** Throws where only the space is left that the database needs itself. @default never */
  readonly expectSpace?: () => Promise<void>;
  /** A service that reads files instead of us. @default none */
  readonly analysis?: Analysis | null;
  /** A service that transcribes recordings. @default the embedded model */
  readonly transcription?: Transcription | null;
  /** Jobs at a time. @default 1 */
  readonly concurrency?: number;
  /** Of the program, for operators to see. */
  readonly version?: string;
  /** @default `host:pid:random` */
  readonly id?: string;
  readonly log?: (message: string) => void;
  /** An idle slot that completes no look at the queue for this long is stuck. @default 20 */
  readonly stuckSeconds?: number;
  /** Called when the worker is stuck although its database answers; the process is to be replaced. */
  readonly onStuck?: (stuck: Stuck) => void;
}

export interface Stuck {
  /** In a sentence. */
  readonly reason: string;
  /** Whether some of its jobs run. */
  readonly busy: boolean;
}

export interface Worker {
  readonly id: string;
  /** Settles when the worker has stopped. */
  readonly done: Promise<void>;
  /** Hands what runs back at its checkpoint and ends. */
  stop(): Promise<void>;
}

/** A worker that was not seen for some of these is taken for dead. */
const SEEN_MS = 5_000;
/** Longer than a statement waits for a lock, and the pause after it. */
const STUCK_SECONDS = 20;
/** Longest wait until a stuck worker is off the list of workers. */
const LEAVE_MS = 2_000;

/** Starts a worker in this process; resolves when it has looked at the queue and is announced. */
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

/** Wakes who is idle; with everybody busy, the least urgent of them may have to give way. */
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

/** What a worker says of itself. */
interface Announcement {
  readonly id: string;
  readonly concurrency: number;
  readonly version: string | null;
  readonly process: string | null;
}

/** Keeps the row of a worker fresh from the moment when it runs. */
class Announcer {
  #pulse: number | null = null;
  readonly #first = Promise.withResolvers<void>();

  constructor(
    private readonly db: Database,
    private readonly self: Announcement,
    private readonly log: (message: string) => void,
  ) {}

  /** Changes with each attempt that ended well, or by an outage; null before it runs. */
  get pulse(): number | null {
    return this.#pulse;
  }

  /** Resolves after the first announcement. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Announces the worker while it is well. */
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

/** Asked on a connection of its own: those of the worker may be what is stuck. */
async function doesAnswer({ url }: Database): Promise<boolean> {
  await withClient(url, { name: 'headway-watchdog' }, (client) => client.run({ text: 'select 1' }));
  return true;
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
