/**
 * Pausing the whole queue: running jobs continue, no other job is dequeued.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { PROGRESS_CHANNEL } from '../progress/open-board.ts';
import { QUEUE_CHANNEL } from './boss.ts';

/** The user who paused the queue, and the time; null while it is not paused. */
export interface QueuePause {
  readonly by: string;
  /** Name of that user; null if there is no such account. */
  readonly name: string | null;
  /** Epoch seconds. */
  readonly at: number;
}

/** Reads the pause in force. */
export async function queuePause(db: Executor): Promise<QueuePause | null> {
  const [row] = await db.execute<{ by: string; name: string | null; at: number }>(sql`
    select s.value ->> 'by' as by, u.name, (s.value ->> 'at')::float8 as at
    from headway.setting s left join "user" u on u.id = s.value ->> 'by'
    where s.key = 'queue' and (s.value ->> 'paused')::boolean`);
  return row ?? null;
}

export async function isQueuePaused(db: Executor): Promise<boolean> {
  return (await queuePause(db)) !== null;
}

/** Pauses or resumes the queue. False if it was in that state already. */
export async function setQueuePaused(db: Executor, paused: boolean, by: string): Promise<boolean> {
  const rows = await db.execute(sql`
    insert into headway.setting as s (key, value)
    values ('queue', jsonb_build_object('paused', ${paused}::boolean, 'by', ${by}::text,
      'at', floor(extract(epoch from now()))))
    on conflict (key) do update set value = excluded.value, updated_at = now()
      where (s.value ->> 'paused')::boolean is distinct from ${paused}::boolean
    returning 1`);
  if (!paused) await db.execute(sql`select pg_notify(${QUEUE_CHANNEL}, '0')`);
  const changed = rows.length > 0;
  // The status of every waiting session shows the pause.
  if (changed) await db.execute(sql`select pg_notify(${PROGRESS_CHANNEL}, '')`);
  return changed;
}
