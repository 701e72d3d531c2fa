/**
 * Completion of files of a batch: texts, jobs, session and queue in one transaction.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { storeWholeTexts } from '../knowledge/whole-texts.ts';
import { completeJobs, lockClaims } from '../progress/job-batches.ts';
import { learnPace } from '../progress/pace.ts';
import { refreshSession } from '../progress/store.ts';
import { completeLeases } from './leases.ts';
import { withFreeRows } from './locked-rows.ts';
import { expectMayAdd } from './may-add.ts';
import type { SmallText } from './read-small.ts';
import type { RunContext } from './run-context.ts';
import type { Batch } from './take-batch.ts';

/**
 * Completes the jobs whose claims are valid. Leaves out a job that was cancelled, paused or cleared
 * meanwhile, or is locked for that. Returns the ids of the completed jobs. Distributes the batch's
 * overhead since `begunAt` among the files.
 */
export async function endBatch(
  context: RunContext,
  { sessionId, plan }: Batch,
  read: readonly SmallText[],
  begunAt: number,
): Promise<ReadonlySet<string>> {
  await expectMayAdd(context, sessionId, read.map(({ job }) => job.file_id));
  await context.expectSpace?.();
  const { db, worker } = context;
  return await db.orm.transaction(async (tx) => {
    const ours = await lockClaims(tx, worker, read.map(({ job }) => job.claim));
    const ends = read.filter(({ job }) => ours.has(job.claim.jobId));
    if (ends.length === 0) return ours;
    const texts = ends.map(({ job, ...text }) => ({ ...text, fileId: job.file_id }));
    await withFreeRows(tx, () => storeWholeTexts(tx, texts, plan.knowledgeId));
    await completeLeases(tx, ends.map(({ job }) => job.lease));
    const secondsOf = stopwatch(ends, begunAt);
    const measured = ends.map((text) => measure(text, secondsOf(text)));
    await completeJobs(tx, worker, message('ready'), measured);
    await refreshSession(tx, sessionId);
    await learnPace(tx, ends.map((text) => ({ ...workOf(text), seconds: secondsOf(text) })));
    return ours;
  });
}

/** Seconds of a file up to now: its own reading, and its share of the batch's overhead. */
function stopwatch(read: readonly SmallText[], begunAt: number): (text: SmallText) => number {
  const readMs = read.reduce((sum, text) => sum + text.readMs, 0);
  return (text) => (text.readMs + (performance.now() - begunAt - readMs) / read.length) / 1000;
}

const workOf = ({ reader, size, job }: SmallText) => ({
  processor: reader.id,
  size,
  bytes: job.size,
});

const measure = ({ job, reader, size }: SmallText, workedSeconds: number) => ({
  claim: job.claim,
  processor: reader.id,
  unit: size?.unit ?? null,
  units: size?.units ?? null,
  workedSeconds,
});
