/**
 * Headway's public API: mount `routes` in your own Deno server, report progress of your own work
 * with `progress`, and run a worker beside it.
 *
 * @module
 */
import type { Hono } from 'hono';
import { createMayStillRead } from './access/absent.ts';
import type { Authenticate } from './access/actor.ts';
import { type Limits, limitsFor } from './access/limits.ts';
import { authenticateLocal } from './access/local-user.ts';
import type { Authorize } from './access/permissions.ts';
import { createRates } from './access/rates.ts';
import { createSlots } from './access/slots.ts';
import { openPolling } from './open-polling.ts';
import { authenticateByToken, type TokenOptions } from './access/tokens.ts';
import type { AnalysisOptions } from './analysis/analysis.ts';
import { openAnalysisFor, openTranscriptionFor } from './open-services.ts';
import { openTellingFor } from './open-telling.ts';
import { connect, type Database } from './database/connection.ts';
import { migrate } from './database/migrate.ts';
import { createApp } from './http/app.ts';
import { startLoadMeter } from './http/load.ts';
import type { RequestEntry } from './http/request-log.ts';
import type { Env } from './http/services.ts';
import { createReporter, type ProgressReporter } from './progress/reporting.ts';
import { openQueue } from './queue/boss.ts';
import { createControl } from './queue/control.ts';
import { type JobKind, jobKinds } from './queue/job-kind.ts';
import { startUpkeep } from './queue/upkeep.ts';
import { createResumable } from './http/resumable.ts';
import type { MailOptions } from './telling/mailer.ts';
import type { WebhookOptions } from './telling/telling.ts';
import type { TranscriptionOptions } from './transcription/transcription.ts';
import { fullDisk } from './folders/reserve.ts';
import { openStorage, type StorageSettings } from './uploads/open-storage.ts';

export { type Actor, type Authenticate } from './access/actor.ts';
export { type Authorize, type Permission, type Question } from './access/permissions.ts';
export type { Limits } from './access/limits.ts';
export type { TokenOptions } from './access/tokens.ts';
export type { RequestEntry } from './http/request-log.ts';
export { AppError } from '#contract/error.ts';
export type {
  FileReport,
  ProgressReporter,
  Report,
  SessionReference,
} from './progress/reporting.ts';
export type { AnalysisOptions } from './analysis/analysis.ts';
export type { MailOptions } from './telling/mailer.ts';
export type { WebhookOptions } from './telling/telling.ts';
export type { TranscriptionOptions } from './transcription/transcription.ts';
export { READING_LIMITS, type ReadingLimits } from './processing/limits.ts';
export { defineJob, JobError, type JobKind, type JobRun, type Json } from './queue/job-kind.ts';
export type { StorageSettings } from './uploads/open-storage.ts';
export { startHeadwayWorker, type WorkerSettings } from './worker.ts';

export interface HeadwayOptions {
  /** The app's PostgreSQL. Missing tables are created; the app's own are never altered. */
  databaseUrl: string;
  /** Folder of a local database: uploads leave free space for it. @default none */
  databaseDir?: string | null;
  /** Reason of a local database's outage, for `/ready`. @default unknown */
  databaseTrouble?: () => Promise<string | null>;
  /** Folder for uploaded bytes. */
  dataDir: string;
  /** Storage of uploaded bytes. @default the folder `uploads` of `dataDir` */
  storage?: StorageSettings;
  /** Secret of the app's HS256 tokens: short for `tokens: { secret }`. */
  authSecret?: string | null;
  /** Verification of the app's tokens, if a secret alone is not enough. */
  tokens?: TokenOptions | null;
  /**
   * Authenticates requests instead of tokens. If neither is set, all requests come from one local
   * user.
   */
  authenticate?: Authenticate;
  /** Access rule, in addition to Headway's own or instead of it. */
  authorize?: Authorize;
  /** Origins (`https://app.example`) of other sites whose pages may call the API. @default [] */
  allowedOrigins?: readonly string[];
  limits?: Limits;
  /** @default 4 GiB */
  maxUploadBytes?: number;
  /** Retention of an upload after its last byte, hours. @default 72 */
  uploadExpiryHours?: number;
  /**
   * Time without a byte that ends the request of an upload, seconds; received bytes are kept.
   * @default 30
   */
  uploadIdleSeconds?: number;
  /** Time without an update after which a session is stale, seconds. @default 300 */
  staleSeconds?: number;
  /** Queueing time that raises a job by one class of priority, seconds. @default 900 */
  ageSeconds?: number;
  /** Retention of finished sessions in `knowledge.meta`, seconds. @default 3600 */
  retentionSeconds?: number;
  /** Maximum number of background jobs of one user enqueued within a minute. @default 120 */
  backgroundJobsPerMinute?: number;
  /** Retention of finished sessions in the history, days. @default 90 */
  historyDays?: number;
  /** Maximum slowdown of pollers under load, as a factor; 1 never slows them. @default 4 */
  pollSlowdown?: number;
  /** A slow service that analyses files and URLs; pass the same to the worker. @default none */
  analysis?: AnalysisOptions | null;
  /** Allowed targets of webhooks, and their retries. */
  webhooks?: WebhookOptions;
  /** A mail server for users who choose notifications by mail. @default none */
  mail?: MailOptions | null;
  /**
   * A service that transcribes recordings; pass the same to the worker.
   * @default the embedded model
   */
  transcription?: TranscriptionOptions | null;
  /** Kinds of jobs of the app's own; pass the same to `startHeadwayWorker`. @default none */
  jobs?: readonly JobKind[];
  /** Receives unexpected errors. @default console.error */
  log?: (message: string, fields?: { readonly request_id: string }) => void;
  /** Receives information for operators, such as the revision of the app's tables. */
  info?: (message: string) => void;
  /**
   * Called for every request with its id, route, status, duration and user, without its content.
   */
  onRequest?: (entry: RequestEntry) => void;
}

export interface Headway {
  /**
   * The API as a Hono app; `routes.fetch(request, info)` answers a request of `Deno.serve`. Without
   * any authentication, `info` is used to reject requests from other machines.
   */
  readonly routes: Hono<Env>;
  /** `updateProgress`, `updateFileProgress`, `getProgress`, `markSessionComplete`, `markSessionError`. */
  readonly progress: ProgressReporter;
  /** Closes every connection and timer. */
  stop(): Promise<void>;
}

/**
 * Migrates the database and creates the API. Processing needs a worker: {@link startHeadwayWorker}.
 */
export async function createHeadway(options: HeadwayOptions): Promise<Headway> {
  const { log = (message: string) => console.error(message) } = options;
  const kinds = jobKinds(options.jobs ?? []);
  // Validation comes before anything is opened that would have to be closed.
  const databaseDir = options.databaseDir ?? null;
  const folders = { dataDir: options.dataDir, databaseDir };
  const storage = await openStorage(options.storage ?? { kind: 'disk' }, folders, log);
  const { revision, warnings } = await migrate(options.databaseUrl);
  for (const warning of warnings) log(warning);
  if (revision !== null) options.info?.(`The app's tables are at the migration ${revision}`);
  const db = connect(options.databaseUrl);
  const queue = await openQueue(options.databaseUrl, { onError: (error) => log(`${error}`) });
  const load = startLoadMeter(options.pollSlowdown ?? 4);
  const staleSeconds = options.staleSeconds ?? 300;
  const control = createControl(db, queue);
  const maxUploadBytes = options.maxUploadBytes ?? 4 * 1024 ** 3;
  const expirySeconds = (options.uploadExpiryHours ?? 72) * 3600;
  const access = accessTo(db, options);
  const { polling, stop: stopPolling } = await openPolling(db, {
    ...access,
    load,
    staleSeconds,
    onRequest: options.onRequest,
  });
  const uploads = await createResumable({
    db,
    queue,
    control,
    storage,
    maxUploadBytes,
    maxUserBytes: access.maxUserBytes,
    rolesInTable: access.rolesInTable,
    expirySeconds,
    log,
  });
  const upkeep = startUpkeep({
    db,
    queue,
    staleSeconds,
    retentionSeconds: options.retentionSeconds ?? 3600,
    ageSeconds: options.ageSeconds ?? 900,
    backgroundJobsPerMinute: options.backgroundJobsPerMinute ?? 120,
    historyDays: options.historyDays ?? 90,
    bytes: storage,
    tendUploads: uploads.tend,
    log,
  });
  const analysis = await openAnalysisFor(options.analysis, { db, storage, log });
  const mayStillRead = createMayStillRead(db, options.authorize);
  const telling = await openTellingFor(options, { db, log, mayStillRead });
  const routes = createApp({
    analysis,
    telling,
    transcription: openTranscriptionFor(options.transcription, { db, log }),
    db,
    queue,
    ...polling,
    load,
    staleSeconds,
    hostWarnings: warnings,
    fullDisk: () => fullDisk(databaseDir),
    databaseTrouble: options.databaseTrouble ?? (() => Promise.resolve(null)),
    log,
    onRequest: options.onRequest,
    kinds,
    control,
    storage,
    uploads,
    ...access,
    maxUploadBytes,
  });
  return {
    routes,
    progress: createReporter(db, () => polling.board.doubt()),
    async stop() {
      load.stop();
      await upkeep.stop();
      await uploads.stop();
      await analysis?.stop();
      await telling.stop();
      await stopPolling();
      await queue.stop();
      await db.close();
    },
  };
}

/** Authentication, permissions and request limits. */
function accessTo(db: Database, options: HeadwayOptions) {
  const tokens = options.tokens ?? (options.authSecret ? { secret: options.authSecret } : null);
  const authenticate = options.authenticate ?? (tokens ? authenticateByToken(db, tokens) : null);
  const limits = limitsFor(authenticate !== null, options.limits);
  return {
    authenticate: authenticate ?? authenticateLocal,
    // An app's own `authenticate` runs for every request.
    tokens: options.authenticate ? null : tokens,
    localOnly: authenticate === null,
    rolesInTable: !options.authenticate && tokens !== null && !tokens.roleClaim,
    authorize: options.authorize,
    allowedOrigins: options.allowedOrigins ?? [],
    rates: createRates({
      perMinute: { call: limits.requestsPerMinute, poll: limits.pollsPerMinute },
      sharedIn: limits.countIn === 'postgres' ? db : undefined,
    }),
    uploadSlots: createSlots(limits.concurrentUploads),
    uploadIdleMs: (options.uploadIdleSeconds ?? 30) * 1000,
    maxUserBytes: limits.maxUserBytes,
    maxSessionFiles: limits.maxSessionFiles,
  };
}
