/**
 * Two jobs for the same bytes are not read at the same time: the later one waits for the text that
 * the first will have.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { fileFields } from '../host/file-fields.ts';
import { refreshSession } from '../progress/store.ts';

const LEAST_SECONDS = 1;
const MOST_SECONDS = 10;

/**
 * Seconds after which to look again, or null where nobody reads the same: the file itself, or other
 * bytes like it in the same language. Between this and the end of the transaction nobody else
 * decides about these bytes. A reader whose heartbeat has ceased keeps nobody waiting.
 */
export async function readElsewhere(tx: Executor, jobId: string): Promise<number | null> {
  await tx.execute(sql`${KEPT}
    select pg_advisory_xact_lock(hashtextextended(${hashOf(sql`f`)}, 0))
    from headway.job j join file f on f.id = j.file_id where j.id = ${jobId}::uuid`);
  const [row] = await tx.execute<{ rest: number }>(sql`${KEPT}
    select max(other.weight * (1 - other.progress / 100)) as rest
    from headway.job mine join file f on f.id = mine.file_id
    join headway.job other on other.status = 'processing' and other.finished_at is null
      and other.id <> mine.id
    join file g on g.id = other.file_id
    join headway_queue.job q on q.name = 'files' and q.id = other.id and q.state = 'active'
      and coalesce(q.heartbeat_on, q.started_on)
        > now() - make_interval(secs => coalesce(q.heartbeat_seconds, 60))
    where mine.id = ${jobId}::uuid and mine.status in ('queued', 'interrupted')
      and (f.id = g.id or (${hashOf(sql`f`)} = ${hashOf(sql`g`)}
        and lower(coalesce(mine.language, '')) = lower(coalesce(other.language, ''))))
    having count(*) > 0`);
  return row ? Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, row.rest / 4)) : null;
}

/** SQL for what tells the bytes of a file from others: one without a hash is like itself alone. */
export const hashOf = (file: SQL): SQL => sql`coalesce(${fileFields(file).fileHash}, ${file}.id)`;

/** Tells people what a job waits for. */
export async function showWaiting(tx: Executor, jobId: string): Promise<void> {
  await say(tx, jobId, 'The same file is being read already; waiting for its text', sql`true`);
}

/** Whether a job waits whose kind this worker does not know; people are told. */
export function waitForKind(tx: Executor, jobId: string): Promise<boolean> {
  return say(
    tx,
    jobId,
    'Waiting for a worker that knows this kind of work',
    sql`kind <> 'file' and released_at is not null`,
  );
}

async function say(tx: Executor, jobId: string, message: string, condition: SQL): Promise<boolean> {
  const [row] = await tx.execute<{ session_id: string }>(sql`
    update headway.job set updated_at = now(), message = ${message}
    where id = ${jobId}::uuid and status in ('queued', 'interrupted') and ${condition}
    returning session_id`);
  if (row) await refreshSession(tx, row.session_id);
  return row !== undefined;
}
