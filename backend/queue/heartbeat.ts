/**
 * The heartbeat of a running job; it also detects a lost claim.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { holdsClaim } from '../progress/jobs.ts';
import { refreshSession } from '../progress/store.ts';
import { LostClaim, type QueuedJob } from './boss.ts';
import type { RunContext } from './run-context.ts';
import type { Signal } from './signal.ts';

export const BEAT_MS = 1_000;
/**
 * Interval at which the session of a running job is touched, milliseconds, to prevent staleness
 * during a long part.
 */
const TOUCH_MS = 5_000;

/** Sends heartbeats until `ended`; aborts `lost` with {@link LostClaim} once the claim is lost. */
export async function beat(
  context: RunContext & { readonly control: Signal },
  queued: QueuedJob,
  lost: AbortController,
  ended: AbortSignal,
): Promise<void> {
  const { db, queue, worker, control, outage } = context;
  const claim = { jobId: queued.id, worker, attempt: queued.retryCount + 1 };
  let touchedAt = performance.now();
  let claimed = false;
  while (!ended.aborted) {
    await control.wait(BEAT_MS, ended);
    if (ended.aborted) break;
    try {
      const held = await holdsClaim(db.orm, claim);
      claimed ||= held;
      if ((claimed && !held) || !(await queue.touch(queued))) {
        lost.abort(new LostClaim(`The claim on this job is lost: ${queued.id}`));
        break;
      }
      outage.end();
      if (performance.now() - touchedAt > TOUCH_MS) {
        touchedAt = performance.now();
        await touch(context, claim.jobId);
      }
    } catch (error) {
      outage.note(error);
      context.log(`A heartbeat failed: ${error}`);
    }
  }
}

/** Refreshes the session's time of update, even without new progress. */
async function touch({ db }: RunContext, jobId: string): Promise<void> {
  await db.orm.transaction(async (tx) => {
    const [row] = await tx.execute<{ session_id: string }>(
      sql`select session_id from headway.job where id = ${jobId}::uuid`,
    );
    if (row) await refreshSession(tx, row.session_id);
  });
}
