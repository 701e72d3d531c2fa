/**
 * Jobs and entries of the queue: each queued or running job must be in both.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { refreshSession } from '../../progress/store.ts';
import { requeueLost } from '../../progress/sweep.ts';
import type { Place } from '../place.ts';
import type { Check, Finding } from './finding.ts';

export const jobLost: Check = {
  kind: 'job that the queue has lost',
  async find({ db, queue }) {
    const rows = await db.orm.execute<{ id: string; name: string; status: string }>(sql`
      select id, name, status from headway.job
      where status in ('queued', 'interrupted', 'processing') and released_at is not null
        and file_id is not null
        and session_id not in (select session_id from headway.unqueued) order by id`);
    const lost = new Set(await queue.lost(db.orm, rows.map((row) => row.id)));
    return rows.filter((row) => lost.has(row.id)).map(({ id, name, status }): Finding => ({
      id,
      detail: `${name} is ${status}, and the queue does not have it`,
    }));
  },
  async repair(place, id) {
    const [row] = await place.db.orm.execute<{ session_id: string }>(
      sql`select session_id from headway.job where id = ${id}::uuid`,
    );
    if (row) await requeueSession(place, row.session_id);
    return row && (await place.queue.lost(place.db.orm, [id])).length === 0
      ? 'put into the queue again'
      : null;
  },
};

/** Returns the lost jobs of a session to the queue; they continue from their checkpoints. */
export async function requeueSession({ db, queue }: Place, sessionId: string): Promise<number> {
  return await db.orm.transaction(async (tx) => {
    const [session] = await tx.execute<{ id: string; priority: number }>(
      sql`select id, priority from headway.session where id = ${sessionId}`,
    );
    if (!session) return 0;
    const count = await requeueLost(tx, session, { ...queue, lostJobs: queue.lost });
    if (count > 0) await refreshSession(tx, sessionId);
    return count;
  });
}

const unowned = sql`
  from headway_queue.job q where q.name = 'files' and q.state in ('created', 'retry', 'active')
    and not exists (select 1 from headway.job j where j.id = q.id
      and j.status in ('queued', 'interrupted', 'processing'))`;

export const queuedWithoutJob: Check = {
  kind: 'queue entry without a job',
  async find({ db }) {
    const rows = await db.orm.execute<{ id: string; state: string }>(
      sql`select q.id, q.state::text ${unowned} order by q.id`,
    );
    return rows.map(({ id, state }) => ({ id, detail: `${state} in the queue for nothing` }));
  },
  repair: ({ db, queue }, id) =>
    db.orm.transaction(async (tx) => {
      const [row] = await tx.execute(sql`select 1 ${unowned} and q.id = ${id}::uuid`);
      if (!row) return null;
      await queue.withdraw(tx, [id]);
      return 'taken out of the queue';
    }),
};
