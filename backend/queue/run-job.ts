/**
 * One run of one job: claim, read part by part, index, settle.
 *
 * @module
 */
import { PASSING_FAILURES } from '#contract/problem.ts';
import type { Executor } from '../database/connection.ts';
import { removeUnfinished } from '../knowledge/content.ts';
import { failFiles } from '../knowledge/finish-file.ts';
import { describeError } from '../log/describe-error.ts';
import { ProcessingError, UNEXPECTED_FAILURE } from '../processing/processor.ts';
import {
  type Claim,
  type ClaimedJob,
  claimJob,
  completeJob,
  failJob,
  holdsClaim,
  interruptJob,
  releaseJob,
  stillSeconds,
} from '../progress/jobs.ts';
import { learnPace } from '../progress/pace.ts';
import { refreshSession } from '../progress/store.ts';
import { Held } from '../remote/held.ts';
import { LostClaim, type QueuedJob, RETRY_LIMIT } from './boss.ts';
import { readFile } from './read-file.ts';
import { dropCheckpoint, runAppJob, storeResult } from './run-app-job.ts';
import {
  type DoneWork,
  expectClaim,
  Interrupted,
  type RunContext,
  type RunSignals,
  workDirOf,
} from './run-context.ts';
import { readElsewhere, showWaiting, waitForKind } from './same-work.ts';

/**
 * How a run ended. `lost`: the claim went to somebody else, or was cancelled or paused;
 * `interrupted`: handed back to the queue, to go on from its checkpoint; `held`: the same, once a
 * service is tried again.
 */
export type RunOutcome =
  | 'completed'
  | 'failed'
  | 'retry'
  | 'lost'
  | 'interrupted'
  | 'held'
  | 'skipped';

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
    const work = job.kind === 'file' ? readFile : runKind;
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

async function runKind(
  { db, kinds, mayRead }: RunContext,
  claim: Claim,
  job: ClaimedJob,
  signals: RunSignals,
): Promise<DoneWork> {
  const startedAt = performance.now();
  const { result, clock } = await runAppJob({
    db,
    claim,
    job,
    kinds,
    mayRead,
    ...signals,
    startedAt,
  });
  const store = (tx: Executor) => storeResult(tx, claim.jobId, result);
  return { clock, message: 'Ready', worked: true, store };
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
    if (worked) await learnPace(tx, [clock.work()]);
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
  if (error instanceof Held) return await hold(context, queued, claim, job, error);
  return await fail(context, queued, claim, job, asFailure(error));
}

async function fail(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  failure: ProcessingError,
): Promise<RunOutcome> {
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

/** No job asks again sooner than this for being held, nor is silent for longer, seconds. */
const HELD = { least: 1, most: 300 };

/** Waits in the queue, which costs no attempt: until the service is back, or the budget is used up. */
async function hold(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  held: Held,
): Promise<RunOutcome> {
  const { db, queue, transcription } = context;
  const still = await stillSeconds(db.orm, claim.jobId);
  if (still > (transcription?.budgetSeconds ?? Infinity)) {
    const message = `${held.message.split(';')[0]}; given up after ${inWords(still)}`;
    await giveUp(context, queued, claim, job, new ProcessingError('service_unavailable', message));
    return 'failed';
  }
  const jitter = 1 + Math.random() / 4;
  const delay = Math.ceil(Math.min(HELD.most, Math.max(HELD.least, held.seconds * jitter)));
  await db.orm.transaction(async (tx) => {
    const { message } = held;
    expectClaim(await releaseJob(tx, claim, { message, delaySeconds: delay }), claim);
    await queue.handBack(tx, queued, delay);
    await refreshSession(tx, job.session_id);
  });
  return 'held';
}

const inWords = (seconds: number) =>
  seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;

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
    await forgetWork(tx, claim, job, failure);
    await context.queue.putAway(tx, queued);
    await refreshSession(tx, job.session_id);
  });
  await removeWorkDir(context, job);
}

/** Another try begins anew; a text that was read whole before is kept. */
async function forgetWork(
  tx: Executor,
  claim: Claim,
  job: ClaimedJob,
  failure: ProcessingError,
): Promise<void> {
  if (job.kind !== 'file') return await dropCheckpoint(tx, claim.jobId);
  const { code, message } = failure;
  await failFiles(tx, [{ fileId: job.file_id, code, message }]);
  await removeUnfinished(tx, job.file_id);
}

/** What nobody expected is for the log alone: it may hold statements, paths and text. */
function asFailure(error: unknown): ProcessingError {
  if (error instanceof ProcessingError) return error;
  return new ProcessingError('processing_failed', UNEXPECTED_FAILURE, { cause: error });
}

async function removeWorkDir(context: RunContext, job: ClaimedJob): Promise<void> {
  if (job.kind !== 'file') return;
  await Deno.remove(workDirOf(context, job.file_id), { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
