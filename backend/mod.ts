/**
 * Headway's public surface: mount `routes` in a Deno server of your own, report progress of your own
 * work with `progress`, and run a worker beside it.
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
  /** Folder of a database on this machine: uploads leave space to it. @default none */
  databaseDir?: string | null;
  /** Why a database on this machine does not run, for `/ready`. @default not known */
  databaseTrouble?: () => Promise<string | null>;
  /** Folder for uploaded bytes. */
  dataDir: string;
  /** Where uploaded bytes are kept. @default the folder `uploads` of `dataDir` */
  storage?: StorageSettings;
  /** Secret of the app's HS256 tokens: short for `tokens: { secret }`. */
  authSecret?: string | null;
  /** The app's tokens, where a secret alone does not say it all. */
  tokens?: TokenOptions | null;
  /** Finds out who asks, instead of tokens. Without either everyone is one local user. */
  authenticate?: Authenticate;
  /** Decides who may see and change what, on top of Headway's own rule or instead of it. */
  authorize?: Authorize;
  /** Origins (`https://app.example`) of other sites whose pages may call the API. @default [] */
  allowedOrigins?: readonly string[];
  limits?: Limits;
  /** @default 4 GiB */
  maxUploadBytes?: number;
  /** What came of an upload is kept this long after its last byte. @default 72 */
  uploadExpiryHours?: number;
  /** A request from which no byte came for this long is ended; what arrived is kept. @default 30 */
  uploadIdleSeconds?: number;
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
  /** Under load, pollers are slowed down by this factor at most; 1 never slows them. @default 4 */
  pollSlowdown?: number;
  /** A slow service that analyses files and addresses; hand the same to the worker. @default none */
  analysis?: AnalysisOptions | null;
  /** Where webhooks may go, and when they are tried again. */
  webhooks?: WebhookOptions;
  /** A mail server for those who want to be told by mail. @default none */
  mail?: MailOptions | null;
  /** A service that transcribes recordings; hand the same to the worker. @default the embedded model */
  transcription?: TranscriptionOptions | null;
  /** Kinds of jobs of the app's own; hand the same to `startHeadwayWorker`. @default none */
  jobs?: readonly JobKind[];
  /** Hears of what goes wrong unexpectedly. @default console.error */
  log?: (message: string, fields?: { readonly request_id: string }) => void;
  /** Receives what operators may want to know, such as the revision of the app's tables. */
  info?: (message: string) => void;
  /** Hears of every request: its id, route, status, time and user, nothing of its content. */
  onRequest?: (entry: RequestEntry) => void;
}

export interface Headway {
  /**
   * The API as a Hono app; `routes.fetch(request, info)` answers a request of `Deno.serve`. Without
   * any authentication `info` keeps those out who do not sit at this machine.
   */
  readonly routes: Hono<Env>;
  /** `updateProgress`, `updateFileProgress`, `getProgress`, `markSessionComplete`, `markSessionError`. */
  readonly progress: ProgressReporter;
  /** Ends every connection and timer. */
  stop(): Promise<void>;
}

/** Migrates the database and makes the API. Processing needs a worker: {@link startHeadwayWorker}. */
export async function createHeadway(options: HeadwayOptions): Promise<Headway> {
  const { log = (message: string) => console.error(message) } = options;
  const kinds = jobKinds(options.jobs ?? []);
  // What may be refused comes before what would have to be closed then.
  const databaseDir = options.databaseDir ?? null;
  const storage = await openStorage(options.storage ?? { kind: 'disk' }, {
    dataDir: options.dataDir,
    databaseDir,
  });
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

/** Who is asking, what they may see, and how much they may ask for. */
function accessTo(db: Database, options: HeadwayOptions) {
  const tokens = options.tokens ?? (options.authSecret ? { secret: options.authSecret } : null);
  const authenticate = options.authenticate ?? (tokens ? authenticateByToken(db, tokens) : null);
  const limits = limitsFor(authenticate !== null, options.limits);
  return {
    authenticate: authenticate ?? authenticateLocal,
    // An app that finds out itself who asks does so for every request.
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
