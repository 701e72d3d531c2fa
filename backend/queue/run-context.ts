/**
 * The context of a run, and its possible ends.
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

/** Returns a local path of bytes. Downloaded bytes are removed at disposal. */
export type LocalBytes = (
  path: string,
  signal: AbortSignal,
) => Promise<AsyncDisposable & { readonly path: string }>;

export interface RunContext {
  readonly db: Database;
  readonly queue: Queue;
  readonly host: Host;
  /** Id of this worker in claims. */
  readonly worker: string;
  /** Parent of the folders for data derived from each file. */
  readonly workDir: string;
  readonly modelDir: string;
  /** Kinds of app jobs that this worker can run. */
  readonly kinds: JobKindsByName;
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
  /** Least interval between two checks of these rights while a job runs. @default RIGHT_CHECK_MS */
  readonly rightCheckMs?: number;
  /** Provides a file's bytes as a local path while they are read. */
  readonly localBytes: LocalBytes;
  /** Throws if only the disk space reserved for the database is left. @default never */
  readonly expectSpace?: () => Promise<void>;
  /** Limits for reading one file. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** External service that extracts files, if configured. */
  readonly analysis?: Analysis | null;
  /** External service that transcribes recordings instead of the embedded model. */
  readonly transcription?: Transcription | null;
  /** Database outages during this run. */
  readonly outage: Outage;
  /** Called once the run only waits for a service. */
  readonly onlyWaits?: () => void;
  readonly log: (message: string) => void;
}

/** Preemption of a run by another job, or by the stop of its worker; `by` names it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly by: MessageDetails) {
    super(`Interrupted by ${formatMessage(by)}`);
  }
}

/** Signals that end a run. Both abort with {@link Interrupted} or {@link LostClaim}. */
export interface RunSignals {
  /** Ends it at the next checkpoint. */
  readonly giveWay: AbortSignal;
  /** Ends it at once; work since the last checkpoint is repeated. */
  readonly stop: AbortSignal;
}

/** Completed work, stored in the transaction that completes its job. */
export interface DoneWork {
  readonly clock: RunClock;
  /** Message of the completed job. */
  readonly message: MessageDetails;
  /** True if the run is a sample for the processing rates. */
  readonly worked: boolean;
  /** Writes the result, in the transaction that completes the job. */
  store(tx: Executor): Promise<void>;
}

/** Throws {@link LostClaim} if the claim is invalid. */
export function expectClaim(held: boolean, claim: Claim): void {
  if (!held) throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
}

/** The reason with which extraction ends once the app has deleted the file. */
export const fileDeleted = (): ProcessingError =>
  new ProcessingError('bytes_missing', message('file_deleted'));

/** Throws {@link fileDeleted} if the file is deleted. */
export async function expectFile(tx: Executor, fileId: string): Promise<void> {
  if (!(await recordLinks(tx, fileId))) throw fileDeleted();
}

/** A folder for the file that survives restarts of its worker. */
export const workDirOf = (context: RunContext, fileId: string): string =>
  `${context.workDir}/${fileId}`;
