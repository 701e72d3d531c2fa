/**
 * Large sessions are put into the queue in two parts, so that whoever starts one does not wait for
 * the second: the first jobs in the transaction that starts it, the rest right after. That there is
 * a rest is part of the same transaction; whoever looks next puts it in where nobody came to it.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Database, Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { QUEUE_CHANNEL } from './boss.ts';
import { ENTRY_COLUMNS, entryOf } from './entry.ts';

/** So many jobs are in the queue when a session has started; workers have these to begin with. */
export const FIRST_JOBS = 50;

/** Notes that jobs of this session are still to be put into the queue. */
export async function leaveRest(tx: Executor, sessionId: string): Promise<void> {
  await tx.execute(sql`${KEPT}
    insert into headway.unqueued (session_id) values (${sessionId})`);
}

/** Puts into the queue what is left of all sessions, one transaction each. */
export async function queueRests(db: Database): Promise<void> {
  const any = sql`select 1 from headway.unqueued limit 1`;
  const next = sql`(select session_id from headway.unqueued limit 1 for update skip locked)`;
  const [row] = await db.orm.execute(any);
  let more = row !== undefined;
  while (more) more = await db.orm.transaction((tx) => queueLeft(tx, next));
}

/** Puts into the queue what is left of this session, if anything is: for whoever changes all of it. */
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
 * They stand where they would stand had they been put in with the first: the time of the session is
 * theirs. Their jobs are locked, so that a cancel or a pause either comes before, and they are left
 * out, or finds them in the queue.
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
