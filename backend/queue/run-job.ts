/**
 * One run of one job: claim, extract part by part, index, settle.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Executor } from '../database/connection.ts';
import { EnvironmentError } from '../processing/environment.ts';
import { ProcessingError } from '../processing/processor.ts';
import {
  type Claim,
  type ClaimedJob,
  claimJob,
  completeJob,
  holdsClaim,
  interruptJob,
  releaseJob,
  stillSeconds,
} from '../progress/jobs.ts';
import { learnPace } from '../progress/pace.ts';
import { refreshSession } from '../progress/store.ts';
import { Held } from '../remote/held.ts';
import { LostClaim, type QueuedJob } from './boss.ts';
import { endFailed, giveUp, removeWorkDir } from './end-failed.ts';
import { readFile } from './read-file.ts';
import { runAppJob, storeResult } from './run-app-job.ts';
import {
  type DoneWork,
  expectClaim,
  Interrupted,
  type RunContext,
  type RunSignals,
} from './run-context.ts';
import { joinReader, waitForKind } from './same-work.ts';

/**
 * Outcome of a run. A `lost` job was cancelled or paused, or another worker claimed it. An
 * `interrupted` one is requeued and resumes from its checkpoint. A `held` one is snoozed until a
 * service or the environment is retried.
 */
export type RunOutcome =
  | 'completed'
  | 'failed'
  | 'retry'
  | 'lost'
  | 'interrupted'
  | 'held'
  | 'skipped';

/** Runs a dequeued job until it is settled. */
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
    const end = (error: unknown) => handleFailure(context, queued, claim, job, error, signals);
    return await end(error).catch((refusal) => {
      // Recording a failure needs the row of the file, as storing its text does.
      if (refusal instanceof EnvironmentError) return end(refusal);
      throw refusal;
    }).catch(asLost);
  }
}

/**
 * Seconds for which a job of a kind unknown to this worker is snoozed; another worker may run it.
 */
const UNKNOWN_SECONDS = 5;

/** The job was cancelled or paused between its dispatch and the claim. */
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
    if (await joinReader(tx, queue, queued)) return null;
    const job = await claimJob(tx, claim, [...kinds.keys()]);
    if (job) await refreshSession(tx, job.session_id);
    else if (await waitForKind(tx, claim.jobId)) await queue.postpone(tx, queued, UNKNOWN_SECONDS);
    else await queue.complete(tx, queued);
    return job;
  });
}

async function runKind(
  { db, kinds, mayRead, rightCheckMs }: RunContext,
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
    rightCheckMs,
    ...signals,
    startedAt,
  });
  const store = (tx: Executor) => storeResult(tx, claim.jobId, result);
  return { clock, message: message('ready'), worked: true, store };
}

/** Writes result, job, session and queue in one transaction. */
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
  { stop }: RunSignals,
): Promise<RunOutcome> {
  if (error instanceof LostClaim) throw error;
  if (error instanceof Interrupted) {
    await handBack(context, queued, claim, job, error.by);
    return 'interrupted';
  }
  if (error instanceof Held) return await hold(context, queued, claim, job, error);
  return await endFailed(context, queued, claim, job, error, stop);
}

async function handBack(
  { db, queue }: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  by: MessageDetails,
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    expectClaim(await interruptJob(tx, claim, by), claim);
    await queue.handBack(tx, queued);
    await refreshSession(tx, job.session_id);
  });
}

/** Bounds of a snooze, seconds. */
const HELD = { least: 1, most: 300 };

/**
 * Snoozes the job, which costs no attempt, until the service is back or the time budget is used up.
 */
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
    const reason = message('given_up_after', { reason: held.reason, seconds: Math.round(still) });
    const failure = new ProcessingError('service_unavailable', reason);
    await giveUp(context, queued, claim, job, failure);
    return 'failed';
  }
  const jitter = 1 + Math.random() / 4;
  const delay = Math.ceil(Math.min(HELD.most, Math.max(HELD.least, held.seconds * jitter)));
  await db.orm.transaction(async (tx) => {
    const waits = message('service_wait', { reason: held.reason, seconds: delay });
    expectClaim(await releaseJob(tx, claim, { message: waits, delaySeconds: delay }), claim);
    await queue.handBack(tx, queued, delay);
    await refreshSession(tx, job.session_id);
  });
  return 'held';
}
