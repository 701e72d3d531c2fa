/**
 * Lets background work into the queue a little at a time: few jobs of each user wait there at once,
 * so that the many files of one do not lock out the few of another, and nothing that everybody
 * waits behind has to be taken out again when quiet hours begin.
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
  /** Background jobs of one user let into the queue within a minute, at most. */
  readonly jobsPerMinute: number;
  /** Background jobs of one user waiting in the queue, at most. @default 2 */
  readonly waitingPerUser?: number;
  /** @default the database's clock */
  readonly now?: () => Date;
}

/** A user with background work that lives. */
interface Owner {
  [column: string]: unknown;
  user_id: string;
  background: boolean;
  quiet_from: number | null;
  quiet_to: number | null;
  time_zone: string;
  /** Jobs that wait in the queue. */
  waiting: number;
  /** Jobs let into the queue within the last minute. */
  released: number;
}

const LOW = 0;

/**
 * Lets in what is due, one job of each user in turn; one process at a time. In a user's quiet hours
 * it takes out what still waits instead. Returns the ids of the jobs it let in.
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

/** Says in the messages of what is held until when it is. */
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

/** The first of each, then the second of each, and so on. */
function inTurn(lists: readonly string[][]): string[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat();
}

/** Whoever was let in least lately comes first. */
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
 * Job ids grow in the order in which the jobs are to be done, as positions do within a session. By
 * position, for ordered by id the planner would rather walk through the jobs of everybody.
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

/** A worker that takes one of these at the same moment either claims it first or leaves it. */
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
 * Removes the jobs of a user's background work that have not begun. Returns the ids of sessions of
 * which nothing is left; the others end with what they have done.
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
