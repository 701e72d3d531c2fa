/**
 * Operations on several queue entries by one statement each: lease, heartbeat, complete and return.
 * pg-boss itself handles entries one by one.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { announce, LostClaim, type QueuedJob } from './boss.ts';

/** A queue entry leased by a worker; `retryCount` distinguishes this lease from an earlier one. */
export type Lease = Pick<QueuedJob, 'id' | 'retryCount'>;

/**
 * Leases the entries that were never started and are not locked, as pg-boss would. Does not wait
 * for locks.
 */
export async function leaseNew(tx: Executor, ids: readonly string[]): Promise<Lease[]> {
  return await tx.execute<{ id: string; retryCount: number }>(sql`${KEPT}
    update headway_queue.job q set state = 'active', started_on = headway_queue.job_now(),
      heartbeat_on = headway_queue.job_now()
    from (select id from headway_queue.job
      where name = 'files' and id = any(${sql.param(ids)}::uuid[]) and state = 'created'
        and started_on is null and not blocked and start_after <= headway_queue.job_now()
      for update skip locked) free
    where q.name = 'files' and q.id = free.id
    returning q.id, q.retry_count as "retryCount"`);
}

const held = (leases: readonly Lease[]) =>
  sql`unnest(${sql.param(leases.map(({ id }) => id))}::uuid[],
    ${sql.param(leases.map(({ retryCount }) => retryCount))}::int[]) as held (id, retry_count)
    where q.name = 'files' and q.id = held.id and q.retry_count = held.retry_count
      and q.state = 'active'`;

/** Sends a heartbeat for all of them. */
export async function touchLeases(db: Executor, leases: readonly Lease[]): Promise<void> {
  await db.execute(sql`${KEPT}
    update headway_queue.job q set heartbeat_on = headway_queue.job_now() from ${held(leases)}`);
}

/** Completes all of them. Throws {@link LostClaim} if a lease is lost. */
export async function completeLeases(tx: Executor, leases: readonly Lease[]): Promise<void> {
  const rows = await tx.execute(sql`${KEPT}
    update headway_queue.job q set state = 'completed', completed_on = headway_queue.job_now()
    from ${held(leases)} returning 1`);
  if (rows.length < leases.length) {
    throw new LostClaim(`${leases.length - rows.length} of ${leases.length} claims are lost`);
  }
}

/**
 * Returns entries to the queue as if never leased, and notifies workers. Returns the ids of those
 * whose leases were valid.
 */
export async function returnLeases(
  tx: Executor,
  leases: readonly Lease[],
  priority: number,
): Promise<Set<string>> {
  const rows = await tx.execute<{ id: string }>(sql`${KEPT}
    update headway_queue.job q set state = 'created', started_on = null, heartbeat_on = null
    from ${held(leases)} returning q.id`);
  await announce(tx, priority);
  return new Set(rows.map(({ id }) => id));
}
