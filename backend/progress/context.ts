/**
 * Aggregate progress of many sessions, and the position of one file among all.
 *
 * @module
 */
import type { GlobalProgress, JobProgress } from '#contract/context.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { readFile } from './read-files.ts';
import { readSessions } from './read.ts';
import { priorityName } from './priority.ts';

const MOST_LIVE = 200;

/** Aggregates the sessions that `condition` (about `headway.session s`) selects. */
export async function readContext(
  db: Executor,
  condition: SQL,
  staleSeconds: number,
): Promise<GlobalProgress> {
  const [live, sums] = await Promise.all([
    readSessions(db, sql`s.finished_at is null and ${condition}`, {
      files: false,
      staleSeconds,
    }, { limit: MOST_LIVE, offset: 0 }),
    sumUp(db, condition),
  ]);
  const left = live.flatMap(({ eta_seconds }) => eta_seconds ?? []);
  return { ...sums, eta_seconds: left.length > 0 ? Math.max(...left) : null, live };
}

type Sums = Omit<GlobalProgress, 'eta_seconds' | 'live'>;
type Counted = GlobalProgress['files'];

interface SumRow {
  [column: string]: unknown;
  progress: number | null;
  since: number | null;
  sessions: Counted;
  files: Counted;
}

const counted = (alias: SQL, waiting: SQL) =>
  sql`json_build_object(
    'running', coalesce(sum(n) filter (where ${alias} in ('processing', 'uploading')), 0),
    'waiting', coalesce(sum(n) filter (where ${alias} in ${waiting}), 0),
    'paused', coalesce(sum(n) filter (where ${alias} = 'paused'), 0),
    'completed', coalesce(sum(n) filter (where ${alias} = 'completed'), 0),
    'failed', coalesce(sum(n) filter (where ${alias} = 'error'), 0),
    'cancelled', coalesce(sum(n) filter (where ${alias} = 'cancelled'), 0))`;

/**
 * Sums the live sessions and those that ended after the oldest live one was created. The progress
 * does not fall when one of two sessions ends. A session without files of its own weighs one
 * second.
 */
async function sumUp(db: Executor, condition: SQL): Promise<Sums> {
  const [row] = await db.execute<SumRow>(sql`
    with began as (
      select min(s.created_at) as at from headway.session s
      where s.finished_at is null and ${condition}
    ), chosen as (
      select s.id, s.status, s.progress, s.finished_at from headway.session s
      where ${condition} and (s.finished_at is null or s.finished_at >= (select at from began))
    ), by_file as (
      select j.session_id, j.status, count(*) as n, sum(j.weight) as weight,
        sum(j.weight * case when j.finished_at is null then j.progress / 100 else 1 end) as done
      from headway.job j join chosen c on c.id = j.session_id group by 1, 2
    ), weighed as (
      select coalesce(sum(b.weight), 1) as weight,
        coalesce(sum(b.done), case when c.finished_at is null then c.progress / 100 else 1 end)
          as done
      from chosen c left join by_file b on b.session_id = c.id
      group by c.id, c.progress, c.finished_at
    )
    select (select 100 * sum(done) / nullif(sum(weight), 0) from weighed) as progress,
      (select extract(epoch from at)::float8 from began) as since,
      (select ${counted(sql`status`, sql`('queued')`)}
        from (select status, count(*) as n from chosen group by 1) c) as sessions,
      (select ${counted(sql`status`, sql`('queued', 'interrupted')`)} from by_file) as files`);
  if (!row) throw new Error('Cannot add up sessions');
  const { progress, since, sessions, files } = row;
  return { progress: progress === null ? null : rounded(progress), since, sessions, files };
}

/** Rounds to one decimal; 100 only when all work is done. */
function rounded(progress: number): number {
  return progress >= 100 - 1e-9 ? 100 : Math.min(99.9, Math.round(progress * 10) / 10);
}

interface PlaceRow {
  [column: string]: unknown;
  session_id: string;
  knowledge_id: string | null;
  priority: number;
  queue_position: number | null;
  parts_done: number;
}

/** Reads one file with its position among all; null if there is no such job. */
export async function readJob(db: Executor, jobId: string): Promise<JobProgress | null> {
  const [place] = await db.execute<PlaceRow>(sql`
    select j.session_id, s.knowledge_id, coalesce(q.priority, s.priority) as priority,
      coalesce((select e.next_index from headway.extraction e where e.file_id = j.file_id), 0)
        as parts_done,
      case when j.finished_at is null and j.status in ('queued', 'interrupted') then
        case when q.id is null then ${heldPosition} else ${queuePosition} end end as queue_position
    from headway.job j join headway.session s on s.id = j.session_id
    left join headway_queue.job q on q.name = 'files' and q.id = j.id
      and q.state in ('created', 'retry', 'active')
    where j.id = ${jobId}::uuid`);
  const file = place && (await readFile(db, jobId));
  if (!file) return null;
  const { session_id, knowledge_id, queue_position, parts_done, priority } = place;
  return {
    ...file,
    session_id,
    knowledge_id,
    priority: priorityName(priority),
    queue_position,
    parts_done,
  };
}

/** The order in which the queue dispatches jobs. */
const queuePosition = sql`(select count(*)::int from headway_queue.job o
  where o.name = 'files' and o.state < 'active' and not o.blocked and o.id <> q.id
    and (o.priority > q.priority or (o.priority = q.priority and o.created_on < q.created_on)))`;

/** Background work outside the queue comes after all that is in it, in the order of its user. */
const heldPosition = sql`((select count(*) from headway_queue.job o
    where o.name = 'files' and o.state < 'active' and not o.blocked)
  + (select count(*) from headway.job h join headway.session hs on hs.id = h.session_id
    where hs.user_id = s.user_id and h.finished_at is null and h.released_at is null
      and h.id < j.id))::int`;
