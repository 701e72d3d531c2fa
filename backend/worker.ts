/**
 * The worker program: processes jobs from the queue of the given database.
 *
 * @module
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createMayStillAdd, createMayStillRead } from './access/absent.ts';
import type { Authorize } from './access/permissions.ts';
import type { AnalysisOptions } from './analysis/analysis.ts';
import { readConfig } from './config.ts';
import { connect } from './database/connection.ts';
import { findDatabaseDir, readDataLock } from './database/data-lock.ts';
import { refuseUnusable } from './database/migrate.ts';
import { makePrivateFolder } from './folders/folders.ts';
import { expectSpace } from './folders/reserve.ts';
import { closeToOthers } from './folders/umask.ts';
import type { ReadingLimits } from './processing/limits.ts';
import { beatToSupervisor } from './lifetime/beat.ts';
import { endWhenBlocked } from './lifetime/loop-watch.ts';
import { stopWithParent } from './lifetime/stop-with-parent.ts';
import { watchTaskRunners } from './lifetime/task-runner.ts';
import { createProgramLog } from './program-log.ts';
import { loadJobs } from './load-jobs.ts';
import { openAnalysisFor, openTranscriptionFor } from './open-services.ts';
import { openQueue } from './queue/boss.ts';
import { createHost, type Host, type HostOptions } from './queue/host.ts';
import program from '../package.json' with { type: 'json' };
import { type JobKind, jobKinds } from './queue/job-kind.ts';
import { startWorker, type Stuck } from './queue/worker-loop.ts';
import type { TranscriptionOptions } from './transcription/transcription.ts';
import { openStorage, type StorageSettings } from './uploads/open-storage.ts';

export interface WorkerSettings {
  readonly databaseUrl: string;
  /** Folder of a local database: reading leaves free space for it. @default none */
  readonly databaseDir?: string | null;
  /** Folder of the uploads, models and intermediate results. */
  readonly dataDir: string;
  /** Storage of uploaded bytes. @default the folder `uploads` of `dataDir` */
  readonly storage?: StorageSettings;
  /** Maximum number of concurrent jobs. @default 1 */
  readonly concurrency?: number;
  /** Limits of reading one file. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** Creates the extraction process of one slot; tests can block its work. @default createHost */
  readonly openHost?: (options: HostOptions) => Host;
  /** A service that analyses files; the same as that of `createHeadway`. @default none */
  readonly analysis?: AnalysisOptions | null;
  /** A service that transcribes recordings. @default the embedded model */
  readonly transcription?: TranscriptionOptions | null;
  /** The same rule as that of `createHeadway`, checked again when jobs run. */
  readonly authorize?: Authorize;
  /** Kinds of jobs of the app's own. @default none */
  readonly jobs?: readonly JobKind[];
  readonly log?: (message: string) => void;
  /**
   * Time without a completed poll of the queue after which an idle slot is stuck, seconds.
   * @default 20
   */
  readonly stuckSeconds?: number;
  /**
   * Called when the worker is stuck although its database responds: end the process and start
   * another.
   * @default it is only logged
   */
  readonly onStuck?: (stuck: Stuck) => void;
}

/**
 * Maximum duration of a statement, milliseconds: completing a file with hundreds of megabytes of
 * text is one statement.
 */
const LONGEST_STATEMENT_MS = 300_000;

/** Starts a worker in this process. `stop` releases its jobs at their checkpoints. */
export async function startHeadwayWorker(
  settings: WorkerSettings,
): Promise<{ id: string; stop(): Promise<void> }> {
  const { databaseUrl, dataDir, concurrency = 1, jobs = [], limits, log = () => {} } = settings;
  const { stuckSeconds, onStuck } = settings;
  await refuseUnusable(databaseUrl);
  const databaseDir = settings.databaseDir ?? null;
  const folders = { dataDir, databaseDir };
  const bytes = await openStorage(settings.storage ?? { kind: 'disk' }, folders, log);
  await makePrivateFolder(join(dataDir, 'work'));
  const db = connect(databaseUrl, {
    max: 4 + 2 * concurrency,
    name: 'headway-worker',
    statementMs: LONGEST_STATEMENT_MS,
  });
  const queue = await openQueue(databaseUrl, { onError: (error) => log(`${error}`) });
  const analysis = await openAnalysisFor(settings.analysis, { db, storage: bytes, log });
  const worker = await startWorker({
    db,
    queue,
    workDir: join(dataDir, 'work'),
    modelDir: join(dataDir, 'models'),
    kinds: jobKinds(jobs),
    mayRead: createMayStillRead(db, settings.authorize),
    mayAdd: createMayStillAdd(db, settings.authorize),
    expectSpace: async () => {
      if (databaseDir) await expectSpace(databaseDir);
    },
    localBytes: (path, signal) => bytes.local(path, { signal }),
    concurrency,
    version: program.version,
    analysis,
    transcription: openTranscriptionFor(settings.transcription, { db, log }),
    openHost: settings.openHost ?? createHost,
    log,
    ...(limits && { limits }),
    ...(stuckSeconds && { stuckSeconds }),
    ...(onStuck && { onStuck }),
  });
  return {
    id: worker.id,
    async stop() {
      await worker.stop();
      await analysis?.stop();
      await queue.stop();
      await db.close();
    },
  };
}

/** Maximum duration of a stop, milliseconds: less than the supervisor allows. */
const LONGEST_STOP_MS = 8_000;

async function findDatabase(dataDir: string): Promise<string> {
  const lock = await readDataLock(dataDir);
  if (lock?.databaseUrl) return lock.databaseUrl;
  throw new Error(
    `Found no database: set DATABASE_URL, or start Headway first with this DATA_DIR: ${dataDir}`,
  );
}

interface Arguments {
  readonly concurrency: number;
  readonly stuckSeconds: number;
  /** True if started by the main program, by an internal argument. */
  readonly withParent: boolean;
}

function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      concurrency: { type: 'string', default: '1' },
      'stuck-seconds': { type: 'string', default: '20' },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  return {
    concurrency: readWhole('concurrency', values.concurrency, 1, 64),
    stuckSeconds: readWhole('stuck-seconds', values['stuck-seconds'], 5, 3_600),
    withParent: values['with-parent'],
  };
}

function readWhole(name: string, value: string, least: number, most: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}: ${value}`);
}

async function main(): Promise<void> {
  const { concurrency, stuckSeconds, withParent } = readArguments(Deno.args);
  const config = readConfig(Deno.env.toObject());
  const databaseUrl = config.databaseUrl ?? await findDatabase(config.dataDir);
  const { info } = createProgramLog(config, databaseUrl, { worker: Deno.pid });
  let worker: { readonly id: string; stop(): Promise<void> } | null = null;
  let stopping: Promise<void> | null = null;
  const stop = (code = 0) => stopping ??= end(code);
  const end = async (code: number) => {
    // Without its database it cannot release its jobs; the queue detects by itself that it is gone.
    Deno.unrefTimer(setTimeout(() => Deno.exit(1), LONGEST_STOP_MS));
    await worker?.stop();
    Deno.exit(code);
  };
  worker = await startHeadwayWorker({
    databaseUrl,
    databaseDir: await findDatabaseDir(config.dataDir, databaseUrl),
    dataDir: config.dataDir,
    storage: config.storage,
    concurrency,
    limits: config.reading,
    analysis: config.analysis,
    transcription: config.transcription,
    log: info,
    jobs: await loadJobs(config.jobsModule),
    stuckSeconds,
    // The blocked poll is not awaited; running jobs are released.
    onStuck: ({ busy }) => busy ? stop(1) : Deno.exit(1),
  });
  console.log(`[worker ${Deno.pid}] takes jobs as ${worker.id}`);
  if (withParent) {
    beatToSupervisor();
    await stopWithParent(stop);
  } else {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      Deno.addSignalListener(signal, () => stop());
    }
    endWhenBlocked();
    await watchTaskRunners(stop);
  }
}

// Not awaited: the app's own module of jobs imports `mod.ts`, which imports this one.
if (import.meta.main) {
  closeToOthers();
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  });
}
