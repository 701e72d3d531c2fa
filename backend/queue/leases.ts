/**
 * Several entries of the queue at once: taken, kept alive, settled and returned by one statement
 * each, where pg-boss itself takes them one by one.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { announce, LostClaim, type QueuedJob } from './boss.ts';

/** An entry that a worker holds; `retryCount` tells this holding from an earlier one. */
export type Lease = Pick<QueuedJob, 'id' | 'retryCount'>;

/**
 * Takes those of the entries that nobody has begun and nobody is about to take, as pg-boss would.
 * Waits for nobody.
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

/** Says that all of them are still worked on. */
export async function touchLeases(db: Executor, leases: readonly Lease[]): Promise<void> {
  await db.execute(sql`${KEPT}
    update headway_queue.job q set heartbeat_on = headway_queue.job_now() from ${held(leases)}`);
}

/** Settles all of them as done. Throws {@link LostClaim} where one is not held any more. */
export async function completeLeases(tx: Executor, leases: readonly Lease[]): Promise<void> {
  const rows = await tx.execute(sql`${KEPT}
    update headway_queue.job q set state = 'completed', completed_on = headway_queue.job_now()
    from ${held(leases)} returning 1`);
  if (rows.length < leases.length) {
    throw new LostClaim(`${leases.length - rows.length} of ${leases.length} claims are lost`);
  }
}

/** Puts them back as if they had never been taken, and tells workers. Returns those still held. */
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
