/**
 * What a run of a job works with, and what it comes to.
 *
 * @module
 */
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Database, Executor } from '../database/connection.ts';
import { recordLinks } from '../host/membership.ts';
import type { ReadingLimits } from '../processing/limits.ts';
import { ProcessingError } from '../processing/processor.ts';
import type { Claim } from '../progress/jobs.ts';
import type { Transcription } from '../transcription/transcription.ts';
import { LostClaim, type Queue } from './boss.ts';
import type { Host } from './host.ts';
import type { JobKindsByName } from './job-kind.ts';
import type { MayAdd } from './may-add.ts';
import type { Outage } from './outage.ts';
import type { MayRead } from './run-app-job.ts';
import type { RunClock } from './run-clock.ts';

/** Finds or fetches bytes. What was fetched is removed at the end. */
export type LocalBytes = (
  path: string,
  signal: AbortSignal,
) => Promise<AsyncDisposable & { readonly path: string }>;

export interface RunContext {
  readonly db: Database;
  readonly queue: Queue;
  readonly host: Host;
  /** Identifies this worker in claims. */
  readonly worker: string;
  /** Folder below which every file has a folder for what is derived from it on the way. */
  readonly workDir: string;
  readonly modelDir: string;
  /** Jobs of the app's own that this worker can do. */
  readonly kinds: JobKindsByName;
  /** Whether whoever asked for a job of the app's own may still read its knowledge base. @default true */
  readonly mayRead?: MayRead;
  /** Whether whoever sent files may still add them to their knowledge base. @default true */
  readonly mayAdd?: MayAdd;
  /** Least pause between two checks of these rights while a job runs. @default RIGHT_CHECK_MS */
  readonly rightCheckMs?: number;
  /** A file's bytes as a path on this machine, for as long as they are read. */
  readonly localBytes: LocalBytes;
  /** Throws where only the space is left that the database needs itself. @default never */
  readonly expectSpace?: () => Promise<void>;
  /** What reading one file may take. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** A service that reads files instead of us, where one is set up. */
  readonly analysis?: Analysis | null;
  /** A service that transcribes recordings instead of the embedded model. */
  readonly transcription?: Transcription | null;
  /** Outages of the database during this run. */
  readonly outage: Outage;
  /** Called once the run does nothing any more but wait for a service. */
  readonly onlyWaits?: () => void;
  readonly log: (message: string) => void;
}

/** The run is to give way, to another job or because its worker stops; `by` says to what. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly by: MessageDetails) {
    super(`Interrupted by ${formatMessage(by)}`);
  }
}

/** How a run is told to end. Both abort with {@link Interrupted} or {@link LostClaim}. */
export interface RunSignals {
  /** At the next checkpoint. */
  readonly giveWay: AbortSignal;
  /** At once; what was done since the last checkpoint is done again. */
  readonly stop: AbortSignal;
}

/** Work that is done, and becomes true together with the end of its job. */
export interface DoneWork {
  readonly clock: RunClock;
  /** What is said of it. */
  readonly message: MessageDetails;
  /** Whether anything can be learned about the pace. */
  readonly worked: boolean;
  /** Writes its result, in the transaction that ends the job. */
  store(tx: Executor): Promise<void>;
}

/** Throws {@link LostClaim} where a claim does not stand any more. */
export function expectClaim(held: boolean, claim: Claim): void {
  if (!held) throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
}

/** The reason for which reading ends once the app has deleted the file. */
export const fileDeleted = (): ProcessingError =>
  new ProcessingError('bytes_missing', message('file_deleted'));

/** Throws {@link fileDeleted} where the file is gone. */
export async function expectFile(tx: Executor, fileId: string): Promise<void> {
  if (!(await recordLinks(tx, fileId))) throw fileDeleted();
}

/** A folder of the file that survives restarts of its worker. */
export const workDirOf = (context: RunContext, fileId: string): string =>
  `${context.workDir}/${fileId}`;
