/**
 * The administrators' list of jobs, and the replay of failed ones.
 *
 * @module
 */
import type { FailureCode } from '#contract/problem.ts';
import type { FileStatus, Priority } from '#contract/progress.ts';
import type { QueueJob, QueueJobs, RetriedFailed } from '#contract/queue.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { type FileColumns, fileColumns, toFile } from '../progress/read-files.ts';
import type { Control } from './control.ts';
import { PRIORITY_LEVELS, priorityName } from '../progress/priority.ts';

export interface JobQuery {
  readonly state?: FileStatus | undefined;
  readonly knowledgeId?: string | undefined;
  readonly priority?: Priority | undefined;
  /** Id of a knowledge base, or part of its name. */
  readonly knowledge?: string | undefined;
  /** Id of a user, or part of the name. */
  readonly user?: string | undefined;
  /** Reason of the failure. */
  readonly errorCode?: FailureCode | undefined;
  /** Part of a file's name. */
  readonly text?: string | undefined;
  readonly limit: number;
  /** Cursor: the id of the last job of the page before. */
  readonly after?: string | undefined;
}

type Row = FileColumns & Omit<QueueJob, keyof ReturnType<typeof toFile> | 'priority'> & {
  level: number;
};

/** Returns a page of jobs, newest first. Their ids grow with time and are the cursor. */
export async function listJobs(db: Executor, query: JobQuery): Promise<QueueJobs> {
  const { after, limit } = query;
  const conditions = [
    ...conditionsOf(query),
    ...(after ? [sql`j.id < ${after}::uuid`] : []),
  ];
  const rows = await db.execute<Row>(sql`
    select ${fileColumns}, s.knowledge_id, k.name as knowledge_name, s.user_id,
      u.name as user_name, ${level} as level, j.released_at is null as held, j.worker,
      extract(epoch from j.created_at)::float8 as created_at
    from headway.job j join headway.session s on s.id = j.session_id
    left join knowledge k on k.id = s.knowledge_id
    left join "user" u on u.id = s.user_id
    where ${sql.join(conditions, sql` and `)}
    order by j.id desc limit ${limit + 1}`);
  const items = rows.slice(0, limit).map(toQueueJob);
  return { items, next_cursor: rows.length > limit ? items.at(-1)?.job_id ?? null : null };
}

/**
 * The priority of a job in the queue, else that of its session. A subquery per job: a join would be
 * planned by statistics of the queue's table, which are always out of date.
 */
const level = sql`coalesce((select q.priority from headway_queue.job q
  where q.name = 'files' and q.id = j.id and q.state in ('created', 'retry', 'active')), s.priority)`;

function conditionsOf({ state, knowledgeId, text, ...query }: JobQuery): SQL[] {
  const { priority, knowledge, user, errorCode } = query;
  return [
    sql`true`,
    ...(state ? [isIn(state)] : []),
    ...(knowledgeId ? [sql`s.knowledge_id = ${knowledgeId}`] : []),
    ...(text ? [sql`j.name ilike ${containing(text)}`] : []),
    ...(priority ? [ofPriority(priority)] : []),
    ...(knowledge ? [sql`(k.id = ${knowledge} or k.name ilike ${containing(knowledge)})`] : []),
    ...(user ? [sql`(s.user_id = ${user} or u.name ilike ${containing(user)})`] : []),
    ...(errorCode ? [sql`j.status = 'error' and j.error_code = ${errorCode}`] : []),
  ];
}

/** A condition that can use the index of live jobs, or of failed and cancelled ones. */
function isIn(state: FileStatus): SQL {
  const is = sql.raw(`j.status = '${state}'`);
  return ENDED.has(state) ? is : sql`${is} and j.finished_at is null`;
}

const ENDED: ReadonlySet<FileStatus> = new Set(['completed', 'error', 'cancelled']);

const containing = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** A level outside the range counts as the nearest class. */
function ofPriority(priority: Priority): SQL {
  if (priority === 'low') return sql`${level} <= ${PRIORITY_LEVELS.low}`;
  if (priority === 'high') return sql`${level} >= ${PRIORITY_LEVELS.high}`;
  return sql`${level} = ${PRIORITY_LEVELS[priority]}`;
}

function toQueueJob(row: Row): QueueJob {
  const { session_id, knowledge_id, knowledge_name, user_id, held, worker, created_at } = row;
  return {
    ...toFile(row),
    session_id,
    knowledge_id,
    knowledge_name,
    user_id,
    user_name: row.user_name,
    priority: priorityName(row.level),
    held,
    worker,
    created_at,
  };
}

/** The session of a job, or null if there is no such job. */
export async function sessionOfJob(db: Executor, jobId: string): Promise<string | null> {
  const [row] = await db.execute<{ session_id: string }>(
    sql`select session_id from headway.job where id = ${jobId}::uuid`,
  );
  return row?.session_id ?? null;
}

/** Retries all failed jobs, or those that failed for one reason; one session at a time. */
export async function replayFailed(
  db: Executor,
  control: Control,
  code: FailureCode | 'any',
): Promise<RetriedFailed> {
  const rows = await db.execute<{ session_id: string }>(sql`
    select distinct session_id from headway.job
    where status = 'error' ${code === 'any' ? sql`` : sql`and error_code = ${code}`}
      and (file_id is not null or kind <> 'file')`);
  let files = 0;
  let sessions = 0;
  for (const { session_id } of rows) {
    const retried = await control.retry({ sessionId: session_id, failed: code });
    files += retried;
    if (retried > 0) sessions++;
  }
  return { files, sessions };
}
