/**
 * One run of one job: claim, read part by part, index, settle.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { PASSING_FAILURES } from '#contract/problem.ts';
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { indexContent, removeContent } from '../knowledge/content.ts';
import { completeFile, failFile } from '../knowledge/finish-file.ts';
import { openOrReuse, sourceOf } from '../knowledge/reuse.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { describeError } from '../log/describe-error.ts';
import { READING_LIMITS, type ReadingLimits } from '../processing/limits.ts';
import { ProcessingError, UNEXPECTED_FAILURE } from '../processing/processor.ts';
import { withinLimits } from '../processing/within-limits.ts';
import {
  type Claim,
  type ClaimedJob,
  claimJob,
  completeJob,
  failJob,
  holdsClaim,
  interruptJob,
  releaseJob,
} from '../progress/jobs.ts';
import { BYTE, learnPace, readPace, secondsPer, START } from '../progress/pace.ts';
import { refreshSession } from '../progress/store.ts';
import { LostClaim, type Queue, type QueuedJob, RETRY_LIMIT } from './boss.ts';
import type { Host } from './host.ts';
import { Recorder } from './recorder.ts';
import { planReading, readRemotely } from './read-remotely.ts';
import { RunClock } from './run-clock.ts';
import { dropCheckpoint, runAppJob, storeResult } from './run-app-job.ts';
import { readElsewhere, showWaiting, waitForKind } from './same-work.ts';
import type { JobKindsByName } from './job-kind.ts';

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
  /** A file's bytes as a path on this machine, for as long as they are read. */
  readonly localBytes: LocalBytes;
  /** What reading one file may take. @default READING_LIMITS */
  readonly limits?: ReadingLimits;
  /** A service that reads files instead of us, where one is set up. */
  readonly analysis?: Analysis | null;
  readonly log: (message: string) => void;
}

/**
 * How a run ended. `lost`: the claim went to somebody else, or was cancelled or paused;
 * `interrupted`: handed back to the queue, to go on from its checkpoint.
 */
export type RunOutcome = 'completed' | 'failed' | 'retry' | 'lost' | 'interrupted' | 'skipped';

/** The run is to give way, to another job or because its worker stops; `by` says to what. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor(readonly by: string) {
    super(`Interrupted by ${by}`);
  }
}

/** How a run is told to end. Both abort with {@link Interrupted} or {@link LostClaim}. */
export interface RunSignals {
  /** At the next checkpoint. */
  readonly giveWay: AbortSignal;
  /** At once; what was done since the last checkpoint is done again. */
  readonly stop: AbortSignal;
}

/** Runs a job that was taken from the queue until it is settled one way or another. */
export async function runJob(
  context: RunContext,
  queued: QueuedJob,
  signals: RunSignals,
): Promise<RunOutcome> {
  const claim: Claim = {
    jobId: queued.id,
    worker: context.worker,
    attempt: queued.retryCount + 1,
  };
  const job = await take(context, queued, claim).catch(ignoreLost);
  if (!job) return 'skipped';
  try {
    const work = job.kind === 'file' ? read : runKind;
    await settle(context, queued, claim, job, await work(context, claim, job, signals));
    await removeWorkDir(context, job);
    return 'completed';
  } catch (error) {
    return await handleFailure(context, queued, claim, job, error).catch(asLost);
  }
}

/** Until a job is offered again of which this worker does not know the kind; another may. */
const UNKNOWN_SECONDS = 5;

/** Cancelled or paused between the queue's handing it out and our claim. */
function ignoreLost(error: unknown): null {
  if (error instanceof LostClaim) return null;
  throw error;
}

function asLost(error: unknown): 'lost' {
  if (error instanceof LostClaim) return 'lost';
  throw error;
}

async function take(
  { db, queue, kinds }: RunContext,
  queued: QueuedJob,
  claim: Claim,
): Promise<ClaimedJob | null> {
  return await db.orm.transaction(async (tx) => {
    const seconds = await readElsewhere(tx, claim.jobId);
    if (seconds !== null) {
      await queue.postpone(tx, queued, seconds);
      await showWaiting(tx, claim.jobId);
      return null;
    }
    const job = await claimJob(tx, claim, [...kinds.keys()]);
    if (job) await refreshSession(tx, job.session_id);
    else if (await waitForKind(tx, claim.jobId)) await queue.postpone(tx, queued, UNKNOWN_SECONDS);
    else await queue.complete(tx, queued);
    return job;
  });
}

interface StoredBytes {
  [column: string]: unknown;
  path: string | null;
  hash: string | null;
}

/** Work that is done, and becomes true together with the end of its job. */
interface DoneWork {
  readonly clock: RunClock;
  /** What is said of it. */
  readonly message: string;
  /** Whether anything can be learned about the pace. */
  readonly worked: boolean;
  /** Writes its result, in the transaction that ends the job. */
  store(tx: Executor): Promise<void>;
}

async function runKind(
  { db, kinds }: RunContext,
  claim: Claim,
  job: ClaimedJob,
  signals: RunSignals,
): Promise<DoneWork> {
  const startedAt = performance.now();
  const { result, clock } = await runAppJob({ db, claim, job, kinds, ...signals, startedAt });
  const store = (tx: Executor) => storeResult(tx, claim.jobId, result);
  return { clock, message: 'Ready', worked: true, store };
}

async function read(
  context: RunContext,
  claim: Claim,
  job: ClaimedJob,
  { giveWay, stop }: RunSignals,
): Promise<DoneWork> {
  const { db, host } = context;
  const startedAt = performance.now();
  const [file] = await db.orm.execute<StoredBytes>(
    sql`select path, meta::jsonb ->> 'file_hash' as hash from file where id = ${job.file_id}`,
  );
  if (!file?.path) {
    throw new ProcessingError('bytes_missing', 'The file is gone. Please upload it again');
  }
  await using bytes = await fetchBytes(context, file.path, stop);
  const plan = await planReading(db, context.analysis ?? null, job.session_id);
  const detected = await host.detect(bytes.path, job.name, stop, plan.elsewhere);
  const { processor, version, mediaType } = detected;
  const isRemote = plan.elsewhere?.processor === processor;
  const language = job.language ?? plan.language;
  const source = sourceOf(file.hash, language);
  const reader = { id: isRemote ? `${processor}:${plan.analyzer}` : processor, version, source };
  const { known, book } = await db.orm.transaction(async (tx) => {
    expectClaim(await holdsClaim(tx, claim, true), claim);
    return { known: await openOrReuse(tx, job.file_id, reader), book: await readPace(tx) };
  });
  const clock = new RunClock({ processor, mediaType, bytes: job.size, book, startedAt });
  const recorder = new Recorder({ db, claim, job, reader, step: detected.step, giveWay, clock });
  await recorder.start(known.fraction);
  const store = (tx: Executor) => storeText(tx, job);
  if (known.complete) {
    return { clock, message: 'Already read before; its text was reused', worked: false, store };
  }
  const events = isRemote
    ? withinLimits(
      readRemotely({
        db,
        jobId: claim.jobId,
        fileId: job.file_id,
        mediaType,
        plan,
        expectedSeconds: secondsPer(book, processor, START) +
          (job.size ?? 0) * secondsPer(book, processor, BYTE),
      }, stop),
      context.limits ?? READING_LIMITS,
    )
    : host.process({
      path: bytes.path,
      name: job.name,
      mediaType,
      language,
      workDir: workDirOf(context, job.file_id),
      checkpoint: known.checkpoint,
      modelDir: context.modelDir,
    }, stop);
  for await (const event of events) await recorder.record(event);
  await recorder.finish();
  return { clock, message: 'Ready', worked: true, store };
}

async function storeText(tx: Executor, { file_id, session_id }: ClaimedJob): Promise<void> {
  const text = await indexContent(tx, file_id);
  const [session] = await tx.execute<{ knowledge_id: string | null }>(
    sql`select knowledge_id from headway.session where id = ${session_id}`,
  );
  await completeFile(tx, file_id, { text, knowledgeId: session?.knowledge_id ?? null });
}

async function fetchBytes(
  { localBytes }: RunContext,
  path: string,
  signal: AbortSignal,
): ReturnType<LocalBytes> {
  try {
    return await localBytes(path, signal);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new ProcessingError('bytes_missing', 'The file is gone. Please upload it again', {
      cause,
    });
  }
}

/** Result, job, session and queue: all true at once, or none of it. */
async function settle(
  { db, queue }: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  { clock, message, worked, store }: DoneWork,
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    expectClaim(await holdsClaim(tx, claim, true), claim);
    await store(tx);
    await completeJob(tx, claim, { message, workedSeconds: clock.tick().workedSeconds });
    await queue.complete(tx, queued);
    await refreshSession(tx, job.session_id);
    if (worked) await learnPace(tx, clock.work());
  });
}

async function handleFailure(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  error: unknown,
): Promise<RunOutcome> {
  if (error instanceof LostClaim) throw error;
  if (error instanceof Interrupted) {
    await handBack(context, queued, claim, job, error.by);
    return 'interrupted';
  }
  const failure = asFailure(error);
  const { cause } = failure;
  const details = cause instanceof Error ? `: ${describeError(cause)}` : '';
  context.log(`Job ${queued.id} failed (${failure.code}): ${failure.message}${details}`);
  if (PASSING_FAILURES.includes(failure.code) && mayTryAgain(context, queued, job)) {
    await retryLater(context, queued, claim, job, failure);
    return 'retry';
  }
  await giveUp(context, queued, claim, job, failure);
  return 'failed';
}

/** The queue counts every claim; one more is allowed for each time that the job gave way. */
function mayTryAgain(
  { kinds }: RunContext,
  { retryCount, retryLimit }: QueuedJob,
  job: ClaimedJob,
): boolean {
  const retries = kinds.get(job.kind)?.retries ?? RETRY_LIMIT;
  return retryCount < retryLimit - RETRY_LIMIT + retries;
}

/** Seconds before another attempt: 2, 4, 8, … with up to a quarter of jitter. */
export function retryDelaySeconds(retryCount: number, random: () => number = Math.random): number {
  return Math.min(300, Math.round(2 ** (retryCount + 1) * (1 + random() / 4)));
}

async function handBack(
  { db, queue }: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  by: string,
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    expectClaim(await interruptJob(tx, claim, by), claim);
    await queue.handBack(tx, queued);
    await refreshSession(tx, job.session_id);
  });
}

async function retryLater(
  { db, queue }: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  failure: ProcessingError,
): Promise<void> {
  const delay = retryDelaySeconds(queued.retryCount);
  const message = `${failure.message}. Next attempt in ${delay} s`;
  await db.orm.transaction(async (tx) => {
    expectClaim(await releaseJob(tx, claim, { message, delaySeconds: delay }), claim);
    await queue.retryLater(tx, queued, delay);
    await refreshSession(tx, job.session_id);
  });
}

async function giveUp(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  failure: ProcessingError,
): Promise<void> {
  await context.db.orm.transaction(async (tx) => {
    expectClaim(await failJob(tx, claim, failure), claim);
    await forgetWork(tx, claim, job, failure.message);
    await context.queue.putAway(tx, queued);
    await refreshSession(tx, job.session_id);
  });
  await removeWorkDir(context, job);
}

/** Another try begins anew. */
async function forgetWork(
  tx: Executor,
  claim: Claim,
  job: ClaimedJob,
  reason: string,
): Promise<void> {
  if (job.kind !== 'file') return await dropCheckpoint(tx, claim.jobId);
  await failFile(tx, job.file_id, reason);
  await removeContent(tx, job.file_id);
}

function expectClaim(held: boolean, claim: Claim): void {
  if (!held) throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
}

/** What nobody expected is for the log alone: it may hold statements, paths and text. */
function asFailure(error: unknown): ProcessingError {
  if (error instanceof ProcessingError) return error;
  return new ProcessingError('processing_failed', UNEXPECTED_FAILURE, { cause: error });
}

const workDirOf = (context: RunContext, fileId: string) => `${context.workDir}/${fileId}`;

async function removeWorkDir(context: RunContext, job: ClaimedJob): Promise<void> {
  if (job.kind !== 'file') return;
  await Deno.remove(workDirOf(context, job.file_id), { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
