/**
 * The end of a failed attempt: a retry, a wait for the environment, or failure of the job.
 * Extracted parts and the checkpoint are kept in each case.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { failFiles } from '../knowledge/file-statuses.ts';
import { forgetGone } from '../knowledge/gone-files.ts';
import { lockFiles } from '../knowledge/lock-files.ts';
import { indexRowText } from '../knowledge/row-text.ts';
import { describeError } from '../log/describe-error.ts';
import type { EnvironmentFailure } from '../processing/environment.ts';
import type { ProcessingError } from '../processing/processor.ts';
import { recordFailure, waitForEnvironment } from '../progress/attempts.ts';
import { type Claim, type ClaimedJob, failJob, releaseJob } from '../progress/jobs.ts';
import { refreshSession } from '../progress/store.ts';
import { LostClaim, type QueuedJob, RETRY_LIMIT } from './boss.ts';
import { environmentOf, failureOf, isFinal } from './failure-policy.ts';
import { withFreeRows } from './locked-rows.ts';
import { afterOutage } from './outage.ts';
import { expectClaim, type RunContext, workDirOf } from './run-context.ts';

/** Ends an attempt according to its error. Throws {@link LostClaim}. */
export async function endFailed(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  error: unknown,
  stop: AbortSignal,
): Promise<'failed' | 'retry' | 'held'> {
  context.outage.note(error);
  const environment = environmentOf(error, job.kind === 'file');
  if (environment) {
    context.log(`Job ${queued.id} waits (${environment}): ${describeError(error as Error)}`);
    const end = () => wait(context, queued, claim, job, environment);
    await afterOutage(context, `Job ${queued.id}`, stop, end);
    return 'held';
  }
  const failure = failureOf(error);
  const { cause } = failure;
  const details = cause instanceof Error ? `: ${describeError(cause)}` : '';
  context.log(`Job ${queued.id} failed (${failure.code}): ${failure.message}${details}`);
  const end = () => fail(context, queued, claim, job, failure);
  return await afterOutage(context, `Job ${queued.id}`, stop, end);
}

/** Seconds before the next attempt: 2, 4, 8, … with up to a quarter of jitter, 300 at most. */
export function retryDelaySeconds(failures: number, random: () => number = Math.random): number {
  return Math.min(300, Math.round(2 ** failures * (1 + random() / 4)));
}

async function fail(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  failure: ProcessingError,
): Promise<'failed' | 'retry'> {
  const { db, queue, kinds } = context;
  const final = await db.orm.transaction(async (tx) => {
    const { exception: key, suspect } = failure;
    const attempts = await recordFailure(tx, claim, { key, suspect });
    if (!attempts) throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
    if (isFinal(failure, attempts, kinds.get(job.kind)?.retries ?? RETRY_LIMIT)) return true;
    const delay = retryDelaySeconds(attempts.failures);
    const next = message('next_attempt', { reason: failure.reason, seconds: delay });
    expectClaim(await releaseJob(tx, claim, { message: next, delaySeconds: delay }), claim);
    await queue.handBack(tx, queued, delay);
    if (attempts.suspect) await queue.demote(tx, [queued.id]);
    await refreshSession(tx, job.session_id);
    return false;
  });
  if (final) await giveUp(context, queued, claim, job, failure);
  return final ? 'failed' : 'retry';
}

/** Snoozes the job, which costs no attempt, until the next check of the environment. */
async function wait(
  { db, queue }: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  failure: EnvironmentFailure,
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    if (failure === 'database') {
      // The database is back: this was written there.
      const again = { message: message('resuming'), delaySeconds: 0 };
      expectClaim(await releaseJob(tx, claim, again), claim);
      await queue.handBack(tx, queued);
    } else {
      const seconds = await waitForEnvironment(tx, claim, failure);
      if (seconds === null) throw new LostClaim(`The claim on this job is lost: ${claim.jobId}`);
      await queue.handBack(tx, queued, seconds);
    }
    await refreshSession(tx, job.session_id);
  });
}

/**
 * Fails a job for good. Its parts stay readable, and a retry resumes from its checkpoint. Nothing
 * is kept of a file that the app has deleted.
 */
export async function giveUp(
  context: RunContext,
  queued: QueuedJob,
  claim: Claim,
  job: ClaimedJob,
  failure: ProcessingError,
): Promise<void> {
  await context.db.orm.transaction(async (tx) => {
    expectClaim(await failJob(tx, claim, failure), claim);
    const { code, reason } = failure;
    if (job.kind === 'file') {
      await withFreeRows(tx, () => lockFiles(tx, [job.file_id]));
      await failFiles(tx, [{ fileId: job.file_id, code, reason }]);
      // The run began with the removal of the text of another processor version.
      await indexRowText(tx, job.file_id);
      await forgetGone(tx, [job.file_id]);
    }
    await context.queue.putAway(tx, queued);
    await refreshSession(tx, job.session_id);
  });
  await removeWorkDir(context, job);
}

/** Removes the derived data of a file; a disk error leaves it. */
export async function removeWorkDir(context: RunContext, job: ClaimedJob): Promise<void> {
  if (job.kind !== 'file') return;
  await Deno.remove(workDirOf(context, job.file_id), { recursive: true }).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return;
    context.log(`The folder of a file could not be removed: ${error}`);
  });
}
