/**
 * The work of a slot: jobs of the queue, run and settled beside a heartbeat.
 *
 * @module
 */
import { dirname, join } from 'node:path';
import { sql } from 'drizzle-orm';
import type { ReadingLimits } from '../processing/limits.ts';
import { LostClaim, type QueuedJob } from './boss.ts';
import { beat } from './heartbeat.ts';
import type { Host, HostOptions } from './host.ts';
import { afterOutage, Outage } from './outage.ts';
import { isQueuePaused } from './pausing.ts';
import { runBatch } from './run-batch.ts';
import type { RunContext } from './run-context.ts';
import { runJob } from './run-job.ts';
import { joinReader } from './same-work.ts';
import { Slot, type SlotSignals, type SlotWork } from './slot.ts';

export interface LaneContext extends Omit<RunContext, 'host' | 'outage'> {
  /** Limits for reading one file. */
  readonly limits?: ReadingLimits;
  /** Creates the host of this slot. */
  readonly openHost: (options: HostOptions) => Host;
}

/** Creates a slot that runs jobs of the queue until `stopping` aborts. */
export function createLane(context: LaneContext, stopping: AbortSignal): Slot {
  const { db, queue, log, limits } = context;
  const folder = join(dirname(context.workDir), 'sandboxes');
  const host = context.openHost({ folder, log, ...(limits && { limits }) });
  /** Jobs that no batch could complete, until they have run alone, in this slot or elsewhere. */
  const alone = new Set<string>();
  const work: SlotWork = {
    log,
    take: (above) => take(context, above),
    handBack: (job) => db.orm.transaction((tx) => queue.handBack(tx, job)),
    onIdle: () => alone.clear(),
    close: () => host.close(),
    async nameOf(job) {
      const [row] = await db.orm.execute<{ name: string }>(
        sql`select name from headway.job where id = ${job.id}::uuid`,
      );
      return row?.name ?? 'more urgent work';
    },
    run: (job, signals) =>
      runBesideHeartbeat({ ...context, host, outage: new Outage() }, job, signals, alone),
  };
  return new Slot(work, stopping);
}

/**
 * Dequeues the next job. With `above`, the running job is to be preempted for it. Then jobs that
 * wait for the text of a running job are skipped, or it would be preempted by its own duplicate.
 */
async function take({ db, queue }: LaneContext, above?: number): Promise<QueuedJob | null> {
  if (await isQueuePaused(db.orm)) return null;
  while (true) {
    const job = await queue.take(above);
    if (!job || above === undefined) return job;
    const joined = await db.orm.transaction((tx) => joinReader(tx, queue, job)).catch(ignoreLost);
    if (!joined) return job;
  }
}

/** The job was cancelled or paused meanwhile; the next one is tried. */
function ignoreLost(error: unknown): true {
  if (error instanceof LostClaim) return true;
  throw error;
}

const forgive = ({ db, queue }: RunContext, job: QueuedJob) => queue.forgive(db.orm, [job]);

/** Runs a job beside a heartbeat, which ends the run when the claim is lost. */
async function runBesideHeartbeat(
  context: RunContext,
  job: QueuedJob,
  { control, giveWay, stop, onlyWaits }: SlotSignals,
  alone: Set<string>,
): Promise<void> {
  const ended = new AbortController();
  const lost = new AbortController();
  const run = { ...context, control, onlyWaits };
  const signals = { giveWay, stop: AbortSignal.any([stop, lost.signal]) };
  let beating: Promise<void> | null = null;
  try {
    if (await runBatch(run, job, signals, alone)) return;
    alone.delete(job.id);
    beating = beat(run, job, lost, ended.signal);
    const outcome = await runJob(run, job, signals);
    context.log(`Job ${job.id}: ${outcome}`);
    if (outcome === 'lost' && context.outage.seen) {
      await afterOutage(context, `Job ${job.id}`, stop, () => forgive(context, job));
    }
  } finally {
    ended.abort();
    await beating;
  }
}
