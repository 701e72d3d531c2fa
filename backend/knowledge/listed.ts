/**
 * The file index of a knowledge base, for sorting and counting: maintained by triggers on the app's
 * tables where these exist (see `0019_file_list.sql`), otherwise read from the app's tables each
 * time.
 *
 * @module
 */
import type { FileState } from '#contract/files.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { sentFor } from '../host/membership.ts';
import { STATE_ORDER, stateOf } from './file-states.ts';

/** Files linked to a knowledge base, or sent for it. */
export interface Listed {
  readonly knowledgeId: string;
  readonly kept: boolean;
  /** SQL for `(…) l`: `file_id`, `linked`, `filename`, `created_at`, `updated_at`, `size`. */
  readonly rows: SQL;
}

/** Returns the file index of a knowledge base. */
export async function listedFiles(db: Executor, knowledgeId: string): Promise<Listed> {
  const [row] = await db.execute<{ kept: boolean }>(sql`select headway.keeps_file_list() as kept`);
  const kept = row?.kept === true;
  return { knowledgeId, kept, rows: kept ? keptRows(knowledgeId) : derivedRows(knowledgeId) };
}

const keptRows = (knowledgeId: string) =>
  sql`(select * from headway.listed_file where knowledge_id = ${knowledgeId}) l`;

function derivedRows(knowledgeId: string): SQL {
  const keys = sql`f.filename, coalesce(f.created_at, 0) as created_at,
    coalesce(f.updated_at, 0) as updated_at, ${hostFile.size} as size`;
  return sql`(
    select f.id as file_id, true as linked, ${keys}
    from knowledge_file k join file f on f.id = k.file_id where k.knowledge_id = ${knowledgeId}
    union all
    select f.id, false, ${keys} from file f
    where ${sentFor(knowledgeId)} and not exists (
      select 1 from knowledge_file k where k.file_id = f.id and k.knowledge_id = ${knowledgeId})) l`;
}

export interface ListOrder {
  readonly orderBy: 'filename' | 'created_at' | 'updated_at' | 'size' | 'state';
  readonly direction: 'asc' | 'desc';
}

/**
 * ORDER BY clause that matches the indexes of the stored list; only the first 200 characters of a
 * name count.
 */
export function orderOf({ orderBy, direction }: ListOrder): SQL {
  const way = sql.raw(direction);
  if (orderBy === 'filename') return sql`left(l.filename, 200) ${way}, l.file_id ${way}`;
  if (orderBy === 'size') return sql`l.size ${way} nulls last, l.file_id ${way}`;
  if (orderBy !== 'state') return sql`${sql.raw(`l.${orderBy}`)} ${way}, l.file_id ${way}`;
  const places = sql.param([...STATE_ORDER]);
  return sql`array_position(${places}::text[], l.state) ${way}, l.created_at desc, l.file_id desc`;
}

const working = sql`select j.file_id from headway.job j
  where j.finished_at is null and j.file_id is not null`;
const failed = sql`select j.file_id from headway.job j
  where j.status = 'error' and j.file_id is not null`;

/**
 * {@link stateOf} for many files: only files with a failed job, or without a link, need a lookup of
 * their latest job.
 */
export const stateOfListed = (knowledgeId: string): SQL =>
  sql`case when l.file_id in (${working}) then 'working'
    when not l.linked or l.file_id in (${failed}) then ${stateOf(knowledgeId, sql`l.file_id`)}
    else 'ready' end`;

/**
 * Counts the files that `condition` (about `l`) selects. Without one, the stored count is used if
 * there is one.
 */
export async function countListed(
  db: Executor,
  { knowledgeId, kept, rows }: Listed,
  { linked, condition }: { linked: boolean; condition: SQL | null },
): Promise<number> {
  const counted = linked ? sql`sum(linked)` : sql`sum(files)`;
  const [row] = await db.execute<{ total: number }>(
    kept && !condition
      ? sql`select coalesce(${counted}, 0)::int as total from headway.listed_change
        where knowledge_id = ${knowledgeId}`
      : sql`select count(*)::int as total from ${rows}
        where ${condition ?? sql`true`} ${linked ? sql`and l.linked` : sql``}`,
  );
  return row?.total ?? 0;
}

/**
 * Counts the files in each state. Looks up the working ones and those that may need attention: all
 * others are ready.
 */
export async function countStates(
  db: Executor,
  listed: Listed,
  condition: SQL | null,
): Promise<Record<FileState, number>> {
  const wanted = condition ?? sql`true`;
  const state = stateOf(listed.knowledgeId, sql`l.file_id`);
  const [[row], total] = await Promise.all([
    db.execute<{ working: number; attention: number }>(sql`
      select (select count(*)::int from (select distinct w.file_id from (${working}) w) w
          join ${listed.rows} on l.file_id = w.file_id where ${wanted}) as working,
        (select count(*)::int from ${listed.rows} where not l.linked and ${wanted}
            and ${state} = 'attention')
          + (select count(*)::int from (select distinct e.file_id from (${failed}) e) e
            join ${listed.rows} on l.file_id = e.file_id
            where l.linked and ${wanted} and ${state} = 'attention') as attention`),
    countListed(db, listed, { linked: false, condition }),
  ]);
  const { working: works = 0, attention = 0 } = row ?? {};
  return { ready: Math.max(0, total - works - attention), working: works, attention };
}

/** Number of changes of one knowledge base that are read unsummed. */
const FEW_CHANGES = 100;

/** Sums up the changes that {@link countListed} reads. Safe to run concurrently. */
export async function addUpListed(db: Executor): Promise<void> {
  await db.execute(sql`
    with gone as (
      delete from headway.listed_change where knowledge_id in (
        select knowledge_id from headway.listed_change group by 1
        having count(*) > ${FEW_CHANGES}::int) returning *
    )
    insert into headway.listed_change
    select knowledge_id, sum(files), sum(linked) from gone
    group by 1 having sum(files) <> 0 or sum(linked) <> 0`);
}
