/**
 * One run of several small texts: claimed together, read one after the other, completed together. A
 * batch handles successes only; any other file runs alone.
 *
 * @module
 */
import { unclaimJobs } from '../progress/job-batches.ts';
import { refreshSession } from '../progress/store.ts';
import type { QueuedJob } from './boss.ts';
import { endBatch } from './end-batch.ts';
import { BEAT_MS } from './heartbeat.ts';
import { returnLeases, touchLeases } from './leases.ts';
import { afterOutage } from './outage.ts';
import { readSmall, type SmallText } from './read-small.ts';
import type { RunContext, RunSignals } from './run-context.ts';
import { Signal } from './signal.ts';
import { type Batch, type SmallJob, takeBatch } from './take-batch.ts';

/** Duration of a round, milliseconds: its texts are completed before more are read. */
const ROUND_MS = 250;

/**
 * Runs the batch that begins with `head`. False if `head` does not suit a batch and must run alone.
 * Files that the batch could not complete are requeued and added to `alone`.
 */
export async function runBatch(
  context: RunContext,
  head: QueuedJob,
  signals: RunSignals,
  alone: Set<string>,
): Promise<boolean> {
  const begunAt = performance.now();
  const batch = await takeBatch(context, head, alone).catch((error) => {
    context.log(`Files could not be taken together: ${error}`);
    return null;
  });
  if (!batch) return false;
  const ended = new AbortController();
  const beating = beat(context, batch, ended.signal);
  try {
    await run(context, batch, { ...signals, alone, begunAt });
  } finally {
    ended.abort();
    await beating;
  }
  return true;
}

interface Running extends RunSignals {
  readonly alone: Set<string>;
  readonly begunAt: number;
}

async function run(context: RunContext, batch: Batch, running: Running): Promise<void> {
  const { giveWay, stop, alone } = running;
  const unread = [...batch.jobs];
  let { begunAt } = running;
  while (unread.length > 0 && !giveWay.aborted && !stop.aborted) {
    const { read, failed } = await readRound(context, batch, unread, running);
    const left = [...failed, ...await end(context, batch, read, begunAt)];
    for (const { claim } of left) alone.add(claim.jobId);
    await putBack(context, batch, left, stop);
    begunAt = performance.now();
  }
  await putBack(context, batch, unread, stop);
}

interface Round {
  readonly read: SmallText[];
  readonly failed: SmallJob[];
}

/** Reads files for the duration of a round and removes them from `unread`. */
async function readRound(
  context: RunContext,
  batch: Batch,
  unread: SmallJob[],
  { giveWay, stop }: RunSignals,
): Promise<Round> {
  const round: Round = { read: [], failed: [] };
  const until = performance.now() + ROUND_MS;
  while (unread[0] && performance.now() < until && !giveWay.aborted && !stop.aborted) {
    const job = unread[0];
    try {
      round.read.push(await readSmall(context, batch, job, stop));
    } catch {
      if (stop.aborted) break;
      round.failed.push(job);
    }
    unread.shift();
  }
  return round;
}

/** Completes the read files, all or none. Returns those that are not completed. */
async function end(
  context: RunContext,
  batch: Batch,
  read: readonly SmallText[],
  begunAt: number,
): Promise<SmallJob[]> {
  if (read.length === 0) return [];
  try {
    const ended = await endBatch(context, batch, read, begunAt);
    for (const id of ended) context.log(`Job ${id}: completed`);
    return read.flatMap(({ job }) => ended.has(job.claim.jobId) ? [] : [job]);
  } catch (error) {
    context.outage.note(error);
    context.log(`Files could not be ended together: ${error}`);
    return read.map(({ job }) => job);
  }
}

/**
 * Requeues jobs in their places if their claims are valid. Claims lost to a database outage cost no
 * attempt.
 */
async function putBack(
  context: RunContext,
  batch: Batch,
  jobs: readonly SmallJob[],
  stop: AbortSignal,
): Promise<void> {
  if (jobs.length === 0) return;
  await afterOutage(
    context,
    `A batch of ${jobs.length}`,
    stop,
    () => release(context, batch, jobs),
  );
}

async function release(
  { db, queue, worker, outage }: RunContext,
  { sessionId, priority }: Batch,
  jobs: readonly SmallJob[],
): Promise<void> {
  await db.orm.transaction(async (tx) => {
    const ours = await unclaimJobs(tx, worker, jobs.map(({ claim }) => claim));
    const leases = jobs.map(({ lease }) => lease);
    const back = await returnLeases(tx, leases.filter(({ id }) => ours.has(id)), priority);
    if (outage.seen) await queue.forgive(tx, leases.filter(({ id }) => !back.has(id)));
    await refreshSession(tx, sessionId);
  });
}

/** Sends heartbeats for the jobs until `ended`. */
async function beat(context: RunContext, { jobs }: Batch, ended: AbortSignal): Promise<void> {
  const timer = new Signal();
  const leases = jobs.map(({ lease }) => lease);
  while (!ended.aborted) {
    await timer.wait(BEAT_MS, ended);
    if (ended.aborted) break;
    await touchLeases(context.db.orm, leases).catch((error) => {
      context.outage.note(error);
      context.log(`A heartbeat failed: ${error}`);
    });
  }
}
