/**
 * Headway's public surface: mount `routes` in a Deno server of your own, report progress of your own
 * work with `progress`, and run a worker beside it.
 *
 * @module
 */
import type { Hono } from 'hono';
import { type Authenticate, authenticateBySecret, authenticateLocal } from './access/actor.ts';
import { connect } from './database/connection.ts';
import { migrate } from './database/migrate.ts';
import { createApp } from './http/app.ts';
import { listenForChanges } from './http/changes.ts';
import type { Env } from './http/services.ts';
import { createReporter, type ProgressReporter } from './progress/reporting.ts';
import { openQueue } from './queue/boss.ts';
import { createControl } from './queue/control.ts';
import { startUpkeep } from './queue/upkeep.ts';
import { openDiskStorage } from './uploads/storage.ts';

export { type Actor, type Authenticate } from './access/actor.ts';
export { AppError } from '#contract/error.ts';
export type {
  FileReport,
  ProgressReporter,
  Report,
  SessionReference,
} from './progress/reporting.ts';
export { startHeadwayWorker, type WorkerSettings } from './worker.ts';

export interface HeadwayOptions {
  /** The app's PostgreSQL. Missing tables are created; the app's own are never altered. */
  databaseUrl: string;
  /** Folder for uploaded bytes. */
  dataDir: string;
  /** Secret of the app's HS256 tokens. */
  authSecret?: string | null;
  /** Finds out who asks, instead of `authSecret`. Without both everyone is one local user. */
  authenticate?: Authenticate;
  /** @default 4 GiB */
  maxUploadBytes?: number;
  /** A session without an update for this long is stale. @default 300 */
  staleSeconds?: number;
  /** Waiting for this long raises a job by one class of priority. @default 900 */
  ageSeconds?: number;
  /** Finished sessions leave `knowledge.meta` after this long. @default 3600 */
  retentionSeconds?: number;
  /** Background jobs of one user let into the queue within a minute, at most. @default 120 */
  backgroundJobsPerMinute?: number;
  /** Finished sessions leave the history after this long. @default 90 */
  historyDays?: number;
  /** Hears of what goes wrong unexpectedly. @default console.error */
  log?: (message: string) => void;
}

export interface Headway {
  /** The API as a Hono app; `routes.fetch(request)` answers a request. */
  readonly routes: Hono<Env>;
  /** `updateProgress`, `updateFileProgress`, `getProgress`, `markSessionComplete`, `markSessionError`. */
  readonly progress: ProgressReporter;
  /** Ends every connection and timer. */
  stop(): Promise<void>;
}

/** Migrates the database and makes the API. Processing needs a worker: {@link startHeadwayWorker}. */
export async function createHeadway(options: HeadwayOptions): Promise<Headway> {
  const { log = (message: string) => console.error(message) } = options;
  // What may be refused comes before what would have to be closed then.
  const storage = await openDiskStorage(options.dataDir);
  await migrate(options.databaseUrl);
  const db = connect(options.databaseUrl);
  const queue = await openQueue(options.databaseUrl, { onError: (error) => log(`${error}`) });
  const changes = await listenForChanges(db);
  const staleSeconds = options.staleSeconds ?? 300;
  const upkeep = startUpkeep({
    db,
    queue,
    staleSeconds,
    retentionSeconds: options.retentionSeconds ?? 3600,
    ageSeconds: options.ageSeconds ?? 900,
    backgroundJobsPerMinute: options.backgroundJobsPerMinute ?? 120,
    historyDays: options.historyDays ?? 90,
    bytes: storage,
    log,
  });
  const routes = createApp({
    db,
    queue,
    changes,
    staleSeconds,
    log,
    control: createControl(db, queue),
    storage,
    authenticate: options.authenticate ??
      (options.authSecret ? authenticateBySecret(db, options.authSecret) : authenticateLocal),
    maxUploadBytes: options.maxUploadBytes ?? 4 * 1024 ** 3,
  });
  return {
    routes,
    progress: createReporter(db),
    async stop() {
      await upkeep.stop();
      await changes.stop();
      await queue.stop();
      await db.close();
    },
  };
}
