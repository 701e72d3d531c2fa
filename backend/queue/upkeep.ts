/**
 * The maintenance loop: rescues abandoned work, enqueues background work, and prunes old data.
 * Several processes may run it at once.
 *
 * @module
 */
import type { Database } from '../database/connection.ts';
import { writePostponed } from '../knowledge/file-statuses.ts';
import { addUpListed } from '../knowledge/listed.ts';
import { createReconciler } from '../knowledge/reconcile.ts';
import { reindexPassages } from '../knowledge/search-index.ts';
import { createRepeatedLog } from '../log/repeated.ts';
import { reconcileProgress } from '../progress/store.ts';
import { sweep } from '../progress/sweep.ts';
import type { Queue } from './boss.ts';
import { cleanWhenDue, type StoredBytes } from './clean.ts';
import { followClock } from './clock-step.ts';
import { addUpFailures } from './failures.ts';
import { releaseGone } from './gone-workers.ts';
import { releaseBackground } from './release.ts';
import { repeat } from './repeat.ts';
import { queueRests } from './unqueued.ts';
import { workerNews } from './worker-news.ts';

export interface UpkeepOptions {
  readonly db: Database;
  readonly queue: Queue;
  readonly bytes: StoredBytes;
  /** Expires and cleans up abandoned uploads. */
  tendUploads(): Promise<void>;
  readonly staleSeconds: number;
  readonly retentionSeconds: number;
  /** Seconds of waiting that raise a job by one class of priority. */
  readonly ageSeconds: number;
  /** Days after which finished sessions are deleted. */
  readonly historyDays: number;
  /** Most background jobs of one user that are enqueued within a minute. */
  readonly backgroundJobsPerMinute: number;
  /** @default 5_000 */
  readonly everyMs?: number;
  readonly log: (message: string) => void;
}

/** Interval of the release of background work, milliseconds: a job may take a tenth of a second. */
const RELEASE_MS = 1_000;
/** Interval of checks for dead workers of this machine, milliseconds. */
export const GONE_MS = 1_000;
/** Interval of reconciling the app's rows with changes that the app made, milliseconds. */
const RECONCILE_MS = 10_000;
/** Interval of checks whether pruning is due, milliseconds. */
const CLEAN_MS = 10 * 60_000;

/** Starts the loop; `stop` waits for runs in flight. */
export function startUpkeep(options: UpkeepOptions): { stop(): Promise<void> } {
  const { db, queue, everyMs = 5_000, ageSeconds, backgroundJobsPerMinute, log } = options;
  const fails = createRepeatedLog(log);
  const failing = (what: string) => (error: unknown) => fails(what, error);
  const loops = [
    repeat(() => sweep(db, { ...options, ...queue, lostJobs: queue.lost }), {
      everyMs,
      onError: failing('Looking for stale sessions'),
    }),
    repeat(() => queueRests(db), { everyMs, onError: failing('Filling the queue') }),
    repeat(() => queue.age(db.orm, ageSeconds), { everyMs, onError: failing('Ageing') }),
    repeat(() => releaseBackground(db, queue, { jobsPerMinute: backgroundJobsPerMinute }), {
      everyMs: RELEASE_MS,
      onError: failing('Letting background work in'),
    }),
    repeat(() => releaseGone(db, queue), {
      everyMs: GONE_MS,
      onError: failing('Looking for workers that are gone'),
    }),
    repeat(() => noteClock(db, log), { everyMs, onError: failing('Looking at the clock') }),
    repeat(workerNews(db), { everyMs: GONE_MS, onError: failing('Counting workers') }),
    repeat(() => addUp(db), { everyMs, onError: failing('Adding up') }),
    repeat(() => writePostponed(db), { everyMs, onError: failing('Writing statuses of files') }),
    repeat(options.tendUploads, { everyMs, onError: failing('Looking after uploads') }),
    repeat(createReconciler(db), {
      everyMs: RECONCILE_MS,
      onError: failing('Reconciling texts'),
    }),
    repeat(() => reconcileProgress(db), {
      everyMs: RECONCILE_MS,
      onError: failing('Reconciling progress'),
    }),
    repeat(() => reindexPassages(db), { everyMs, onError: failing('Indexing passages again') }),
    repeat(() => cleanWhenDue(db, options), { everyMs: CLEAN_MS, onError: failing('Cleaning') }),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

async function noteClock(db: Database, log: (message: string) => void): Promise<void> {
  const step = await followClock(db);
  if (step > 0) log(`The database's clock was set back by ${Math.round(step)} s; waits follow it`);
}

async function addUp({ orm }: Database): Promise<void> {
  await addUpFailures(orm);
  await addUpListed(orm);
}
