/**
 * The worker program: takes jobs from the queue of the database it is pointed at.
 *
 * @module
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createMayStillRead } from './access/absent.ts';
import type { Authorize } from './access/permissions.ts';
import type { AnalysisOptions } from './analysis/analysis.ts';
import { readConfig } from './config.ts';
import { connect } from './database/connection.ts';
import { readDataLock } from './database/data-lock.ts';
import { refuseUnusable } from './database/migrate.ts';
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
import { startWorker } from './queue/worker-loop.ts';
import type { TranscriptionOptions } from './transcription/transcription.ts';
import { makePrivateFolder } from './uploads/private-folder.ts';
import { openStorage, type StorageSettings } from './uploads/open-storage.ts';

export interface WorkerSettings {
  readonly databaseUrl: string;
  /** The folder whose uploads it reads; models and half-done work are kept there too. */
  readonly dataDir: string;
  /** Where uploaded bytes are. @default the folder `uploads` of `dataDir` */
  readonly storage?: StorageSettings;
  /** Jobs at a time. @default 1 */
  readonly concurrency?: number;
  /** What reading one file may take. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** Makes the reader of one slot; tests hold its work at a gate. @default createHost */
  readonly openHost?: (options: HostOptions) => Host;
  /** A service that analyses files; the same as `createHeadway` has. @default none */
  readonly analysis?: AnalysisOptions | null;
  /** A service that transcribes recordings. @default the embedded model */
  readonly transcription?: TranscriptionOptions | null;
  /** The same rule as `createHeadway` has, asked again when a job of the app's own runs. */
  readonly authorize?: Authorize;
  /** Kinds of jobs of the app's own. @default none */
  readonly jobs?: readonly JobKind[];
  readonly log?: (message: string) => void;
}

/** Completing a file of hundreds of megabytes of text is one statement. */
const LONGEST_STATEMENT_MS = 300_000;

/** Starts a worker in this process. `stop` hands its job back at the checkpoint. */
export async function startHeadwayWorker(
  settings: WorkerSettings,
): Promise<{ id: string; stop(): Promise<void> }> {
  const { databaseUrl, dataDir, concurrency = 1, jobs = [], limits, log = () => {} } = settings;
  await refuseUnusable(databaseUrl);
  const bytes = await openStorage(settings.storage ?? { kind: 'disk' }, dataDir);
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
    localBytes: (path, signal) => bytes.local(path, { signal }),
    concurrency,
    version: program.version,
    analysis,
    transcription: openTranscriptionFor(settings.transcription, { db, log }),
    openHost: settings.openHost ?? createHost,
    log,
    ...(limits && { limits }),
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

/** Less than whoever supervises it allows. */
const LONGEST_STOP_MS = 8_000;

async function findDatabase(dataDir: string): Promise<string> {
  const lock = await readDataLock(dataDir);
  if (lock?.databaseUrl) return lock.databaseUrl;
  throw new Error(
    `Found no database: set DATABASE_URL, or start Headway first with this DATA_DIR: ${dataDir}`,
  );
}

/** What may be said on the command line: `--concurrency N`, and `--with-parent` by our own program. */
function readArguments(args: string[]): { concurrency: number; withParent: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      concurrency: { type: 'string', default: '1' },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64) {
    throw new Error(`--concurrency must be a whole number from 1 to 64: ${values.concurrency}`);
  }
  return { concurrency, withParent: values['with-parent'] };
}

async function main(): Promise<void> {
  const { concurrency, withParent } = readArguments(Deno.args);
  const config = readConfig(Deno.env.toObject());
  const databaseUrl = config.databaseUrl ?? await findDatabase(config.dataDir);
  const { info } = createProgramLog(config, databaseUrl, { worker: Deno.pid });
  const worker = await startHeadwayWorker({
    databaseUrl,
    dataDir: config.dataDir,
    storage: config.storage,
    concurrency,
    limits: config.reading,
    analysis: config.analysis,
    transcription: config.transcription,
    log: info,
    jobs: await loadJobs(config.jobsModule),
  });
  console.log(`[worker ${Deno.pid}] takes jobs as ${worker.id}`);
  let stopping: Promise<void> | null = null;
  const stop = () => stopping ??= end();
  const end = async () => {
    // Without its database it cannot hand over; the queue notices by itself that it is gone.
    Deno.unrefTimer(setTimeout(() => Deno.exit(1), LONGEST_STOP_MS));
    await worker.stop();
    Deno.exit(0);
  };
  Deno.addSignalListener('SIGTERM', stop);
  Deno.addSignalListener('SIGINT', stop);
  if (withParent) {
    beatToSupervisor();
    await stopWithParent(stop);
  } else {
    endWhenBlocked();
    await watchTaskRunners(stop);
  }
}

// Not awaited: the app's own module of jobs imports `mod.ts`, which imports this one.
if (import.meta.main) {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  });
}
