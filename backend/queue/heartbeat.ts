/**
 * Says that a running job is alive, and finds out when it is to run no longer.
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
/** A session whose job runs is touched this often, so that a long part is no silence. */
const TOUCH_MS = 5_000;

/** Beats until `ended`; aborts `lost` with {@link LostClaim} once the claim is gone. */
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

/** The session is alive, even where nothing new is to be shown. */
async function touch({ db }: RunContext, jobId: string): Promise<void> {
  await db.orm.transaction(async (tx) => {
    const [row] = await tx.execute<{ session_id: string }>(
      sql`select session_id from headway.job where id = ${jobId}::uuid`,
    );
    if (row) await refreshSession(tx, row.session_id);
  });
}
