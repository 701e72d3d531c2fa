/**
 * Enqueues background work in small numbers. Few jobs of each user wait in the queue, so that the
 * many files of one user do not block the few of another. Little then has to be withdrawn from the
 * queue when quiet hours begin.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import { databaseNow } from '../database/clock.ts';
import type { Database, Executor } from '../database/connection.ts';
import { messageValue } from '../database/messages.ts';
import { refreshSession } from '../progress/store.ts';
import type { Queue } from './boss.ts';
import { clockIn, quietUntil } from './quiet-hours.ts';

export interface ReleaseOptions {
  /** Most background jobs of one user that are enqueued within a minute. */
  readonly jobsPerMinute: number;
  /** Most background jobs of one user that wait in the queue. @default 2 */
  readonly waitingPerUser?: number;
  /** @default the database's clock */
  readonly now?: () => Date;
}

/** A user with live background work. */
interface Owner {
  [column: string]: unknown;
  user_id: string;
  background: boolean;
  quiet_from: number | null;
  quiet_to: number | null;
  time_zone: string;
  /** Number of jobs that wait in the queue. */
  waiting: number;
  /** Number of jobs enqueued within the last minute. */
  released: number;
}

const LOW = 0;

/**
 * Enqueues the due jobs of all users in round-robin order; one process at a time. In a user's quiet
 * hours it withdraws waiting jobs instead. Returns the ids of the enqueued jobs.
 */
export async function releaseBackground(
  db: Database,
  queue: Queue,
  options: ReleaseOptions,
): Promise<string[]> {
  const [any] = await db.orm.execute(
    sql`select 1 from headway.session where kind = 'background' and finished_at is null limit 1`,
  );
  return any ? await db.orm.transaction((tx) => release(tx, queue, options)) : [];
}

async function release(
  tx: Executor,
  queue: Queue,
  { jobsPerMinute, waitingPerUser = 2, now }: ReleaseOptions,
): Promise<string[]> {
  const [turn] = await tx.execute<{ mine: boolean }>(sql`
    select pg_try_advisory_xact_lock(hashtextextended('headway release', 0)) as mine`);
  if (!turn?.mine) return [];
  const at = now?.() ?? await databaseNow(tx);
  const turns: string[][] = [];
  for (const owner of await owners(tx)) {
    const until = endOfQuiet(owner, at);
    await explain(tx, owner, until);
    if (!owner.background || until) {
      await hold(tx, queue, owner.user_id);
      continue;
    }
    const room = Math.min(waitingPerUser - owner.waiting, jobsPerMinute - owner.released);
    if (room > 0) turns.push(await letIn(tx, owner.user_id, Math.floor(room)));
  }
  const ids = inTurn(turns);
  await queue.requeue(tx, ids, LOW);
  return ids;
}

function endOfQuiet({ quiet_from, quiet_to, time_zone }: Owner, at: Date): Date | null {
  return quietUntil({ from: quiet_from, to: quiet_to, timeZone: time_zone }, at);
}

/** Sets or clears the reason of the hold of background sessions: the end of the quiet hours. */
async function explain(tx: Executor, owner: Owner, until: Date | null): Promise<void> {
  const clock = until && clockIn(owner.time_zone, until);
  const reason = messageValue(clock === null ? null : message('quiet_hours', { until: clock }));
  const rows = await tx.execute<{ id: string }>(sql`
    update headway.session set hold = ${reason}
    where user_id = ${owner.user_id} and kind = 'background' and finished_at is null
      and hold is distinct from ${reason}
    returning id`);
  for (const { id } of rows) await refreshSession(tx, id);
}

/** Round-robin: the first of each list, then the second of each, and so on. */
function inTurn(lists: readonly string[][]): string[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}

/** Users with live background work, least recently served first. */
async function owners(tx: Executor): Promise<Owner[]> {
  return await tx.execute<Owner>(sql`
    with live as (
      select distinct user_id from headway.session
      where kind = 'background' and finished_at is null
    ), lately as (
      select s.user_id, count(*)::int as released, max(j.released_at) as last
      from headway.job j join headway.session s on s.id = j.session_id and s.kind = 'background'
      where j.released_at > j.created_at and j.released_at between now() - interval '1 minute' and now()
      group by s.user_id
    ), waiting as (
      select s.user_id, count(*)::int as waiting
      from headway.job j join headway.session s on s.id = j.session_id and s.kind = 'background'
      where j.finished_at is null and j.status in ('queued', 'interrupted')
        and j.released_at is not null
      group by s.user_id
    )
    select user_id, coalesce(p.background, true) as background, p.quiet_from, p.quiet_to,
      coalesce(p.time_zone, 'UTC') as time_zone, coalesce(waiting.waiting, 0) as waiting,
      coalesce(lately.released, 0) as released
    from live left join headway.preference p using (user_id)
      left join lately using (user_id) left join waiting using (user_id)
    order by lately.last nulls first, user_id`);
}

/**
 * Marks a user's next jobs as enqueued. Ids grow in execution order, as positions do within a
 * session. The inner query orders by position: by id, the planner would rather scan the jobs of all
 * users.
 */
async function letIn(tx: Executor, userId: string, most: number): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    update headway.job set released_at = clock_timestamp() where id = any(array(
      select j.id from headway.session s
      cross join lateral (
        select id from headway.job
        where session_id = s.id and released_at is null and status in ('queued', 'interrupted')
        order by position limit ${most}) j
      where s.user_id = ${userId} and s.kind = 'background' and s.finished_at is null
      order by j.id limit ${most}))
    returning id`);
  return rows.map((row) => row.id).sort();
}

/**
 * Withdraws waiting jobs. A worker that takes one at the same moment either claims it first or
 * skips it.
 */
async function hold(tx: Executor, queue: Queue, userId: string): Promise<void> {
  const rows = await tx.execute<{ id: string }>(sql`
    update headway.job j set released_at = null from headway.session s
    where s.id = j.session_id and s.user_id = ${userId} and s.kind = 'background'
      and s.finished_at is null and j.status in ('queued', 'interrupted')
      and j.released_at is not null
    returning j.id`);
  await queue.withdraw(tx, rows.map((row) => row.id));
}

/**
 * Deletes a user's background jobs that have not started. Returns the ids of empty sessions; the
 * others end with the completed work.
 */
export async function takeBack(tx: Executor, queue: Queue, userId: string): Promise<string[]> {
  await hold(tx, queue, userId);
  const rows = await tx.execute<{ session_id: string }>(sql`
    delete from headway.job j using headway.session s
    where s.id = j.session_id and s.user_id = ${userId} and s.kind = 'background'
      and s.finished_at is null and j.released_at is null
    returning j.session_id`);
  const emptied: string[] = [];
  for (const id of new Set(rows.map((row) => row.session_id))) {
    const [left] = await tx.execute(
      sql`select 1 from headway.job where session_id = ${id} limit 1`,
    );
    if (left) await refreshSession(tx, id);
    else emptied.push(id);
  }
  return emptied;
}
