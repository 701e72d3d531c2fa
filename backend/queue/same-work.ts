/**
 * Deduplication in flight: two jobs for the same bytes are not read at the same time. The later one
 * waits for the text of the first.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { messageValue } from '../database/messages.ts';
import { fileFields } from '../host/file-fields.ts';
import { refreshSession } from '../progress/store.ts';
import type { Queue, QueuedJob } from './boss.ts';

const LEAST_SECONDS = 1;
const MOST_SECONDS = 10;

/** Jobs that read the same bytes. */
export interface Reader {
  readonly jobIds: readonly string[];
  /** Seconds until the next check. */
  readonly seconds: number;
}

/**
 * Returns the readers of the same bytes, or null: of the file itself, or of an identical file in
 * the same language. An advisory lock on these bytes is held until the transaction ends. A reader
 * without a recent heartbeat does not count.
 */
export async function readElsewhere(tx: Executor, jobId: string): Promise<Reader | null> {
  await tx.execute(sql`${KEPT}
    select pg_advisory_xact_lock(hashtextextended(${hashOf(sql`f`)}, 0))
    from headway.job j join file f on f.id = j.file_id where j.id = ${jobId}::uuid`);
  const [row] = await tx.execute<{ rest: number; ids: string[] }>(sql`${KEPT}
    select max(other.weight * (1 - other.progress / 100)) as rest,
      json_agg(other.id) as ids
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
  if (!row) return null;
  const seconds = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, row.rest / 4));
  return { jobIds: row.ids, seconds };
}

/**
 * Snoozes a dequeued job whose bytes are being read, until their text is stored. Raises the reader
 * to its priority: a duplicate never preempts its own reader. False if no job reads the same bytes.
 */
export async function joinReader(
  tx: Executor,
  queue: Pick<Queue, 'postpone' | 'raise'>,
  job: QueuedJob,
): Promise<boolean> {
  const reader = await readElsewhere(tx, job.id);
  if (!reader) return false;
  await refreshSessionsOf(tx, await queue.raise(tx, reader.jobIds, job.priority));
  await queue.postpone(tx, job, reader.seconds);
  await showWaiting(tx, job.id);
  return true;
}

/** SQL for the identity of a file's bytes; a file without a hash equals only itself. */
export const hashOf = (file: SQL): SQL => sql`coalesce(${fileFields(file).fileHash}, ${file}.id)`;

async function refreshSessionsOf(tx: Executor, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return;
  const rows = await tx.execute<{ session_id: string }>(sql`
    select distinct session_id from headway.job where id = any(${sql.param(jobIds)}::uuid[])
    order by 1`);
  for (const { session_id } of rows) await refreshSession(tx, session_id);
}

/** Shows the reason of the wait in the job's message. */
async function showWaiting(tx: Executor, jobId: string): Promise<void> {
  await say(tx, jobId, message('waiting_for_same_file'), sql`true`);
}

/** Shows the wait for a worker that knows the job's kind. False if the job does not wait. */
export function waitForKind(tx: Executor, jobId: string): Promise<boolean> {
  return say(
    tx,
    jobId,
    message('waiting_for_kind'),
    sql`kind <> 'file' and released_at is not null`,
  );
}

async function say(
  tx: Executor,
  jobId: string,
  message: MessageDetails,
  condition: SQL,
): Promise<boolean> {
  const [row] = await tx.execute<{ session_id: string }>(sql`
    update headway.job set updated_at = now(), message = ${messageValue(message)}
    where id = ${jobId}::uuid and status in ('queued', 'interrupted') and ${condition}
    returning session_id`);
  if (row) await refreshSession(tx, row.session_id);
  return row !== undefined;
}
