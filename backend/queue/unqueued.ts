/**
 * Deferred enqueueing of large sessions. The transaction that starts a session enqueues its first
 * jobs and notes that others remain. The rest follows right after, so that the request does not
 * wait for it. If that fails, the maintenance loop enqueues it.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { QUEUE_CHANNEL } from './boss.ts';
import { ENTRY_COLUMNS, entryOf } from './entry.ts';

/** Number of jobs that are enqueued at the start of a session, enough for workers to begin. */
export const FIRST_JOBS = 50;

/** Notes that jobs of this session remain to be enqueued. */
export async function leaveRest(tx: Executor, sessionId: string): Promise<void> {
  await tx.execute(sql`${KEPT}
    insert into headway.unqueued (session_id) values (${sessionId})`);
}

/** Enqueues the remaining jobs of all sessions, one transaction each. */
export async function queueRests(db: Database): Promise<void> {
  const any = sql`select 1 from headway.unqueued limit 1`;
  const next = sql`(select session_id from headway.unqueued limit 1 for update skip locked)`;
  const [row] = await db.orm.execute(any);
  let more = row !== undefined;
  while (more) more = await db.orm.transaction((tx) => queueLeft(tx, next));
}

/** Enqueues the remaining jobs of this session, if any, before a change of all its jobs. */
export async function queueRest(tx: Executor, sessionId: string): Promise<void> {
  await queueLeft(tx, sql`${sessionId}`);
}

async function queueLeft(tx: Executor, which: SQL): Promise<boolean> {
  const [left] = await tx.execute<{ session_id: string }>(sql`
    delete from headway.unqueued where session_id = ${which} returning session_id`);
  if (left) await fill(tx, left.session_id);
  return left !== undefined;
}

/**
 * Enqueues jobs with the time of their session, in the places they would have had among the first.
 * Locks them: a concurrent cancel or pause either comes first, and they are left out, or finds them
 * in the queue.
 */
async function fill(tx: Executor, sessionId: string): Promise<void> {
  await tx.execute(sql`
    insert into headway_queue.job (${ENTRY_COLUMNS})
    select ${
    entryOf({
      id: sql`j.id`,
      priority: sql`s.priority`,
      at: sql`s.created_at`,
      place: sql`j.position`,
    })
  }
    from headway.session s
    join headway_queue.queue q on q.name = 'files'
    join headway.job j on j.session_id = s.id
    where s.id = ${sessionId} and j.status = 'queued' and j.released_at is not null
      and not exists (select 1 from headway_queue.job known
        where known.name = q.name and known.id = j.id)
    order by j.position for share of j
    on conflict do nothing`);
  await tx.execute(sql`
    select pg_notify(${QUEUE_CHANNEL}, priority::text) from headway.session where id = ${sessionId}`);
}
