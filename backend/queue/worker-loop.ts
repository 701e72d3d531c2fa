/**
 * A worker: one or more lanes that take jobs, and its place in the list of workers.
 *
 * @module
 */
import { hostname } from 'node:os';
import { sql } from 'drizzle-orm';
import type { Analysis } from '../analysis/analysis.ts';
import type { Database } from '../database/connection.ts';
import type { ReadingLimits } from '../processing/limits.ts';
import type { Transcription } from '../transcription/transcription.ts';
import { type Queue, QUEUE_CHANNEL } from './boss.ts';
import { CONTROL_CHANNEL } from './control.ts';
import { createHost, type Host, type HostOptions } from './host.ts';
import { jobKinds, type JobKindsByName } from './job-kind.ts';
import { createLane } from './lane.ts';
import { ownProcess } from '../lifetime/process-life.ts';
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
  readonly localBytes: LocalBytes;
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

/** Starts a worker in this process. */
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
  await announce(db, self);
  const ended = new AbortController();
  const announcing = announceRegularly(db, self, log, ended.signal);

  async function run(): Promise<void> {
    await Promise.all(lanes.map((lane) => lane.run()));
    ended.abort();
    await announcing;
    for (const subscription of subscriptions) await subscription.unlisten();
    await db.orm.execute(sql`delete from headway.worker where id = ${id}`);
  }

  const done = run();
  return {
    id,
    done,
    stop() {
      stopping.abort(new Interrupted('the stop of its worker'));
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

async function announceRegularly(
  db: Database,
  self: Announcement,
  log: (message: string) => void,
  ended: AbortSignal,
): Promise<void> {
  const timer = new Signal();
  while (!ended.aborted) {
    await timer.wait(SEEN_MS, ended);
    if (ended.aborted) break;
    await announce(db, self).catch((error) => log(`This worker could not be seen: ${error}`));
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
