/**
 * Session history: sessions with their knowledge bases and durations, by page.
 *
 * @module
 */
import type { SessionList, SessionTimes } from '#contract/sessions.ts';
import { MOST_COUNTED } from '#contract/statuses.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { type ReadOptions, readSessions } from './read.ts';

/** Start of a page: an offset, or a cursor after the last session of the page before. */
export interface SessionPage {
  readonly limit: number;
  readonly offset: number;
  readonly after?: string | undefined;
}

/** Longest cursor, `microseconds.id`. Sessions are ordered by creation time, then by id. */
export const MOST_CURSOR_LENGTH = 218;
export const CURSOR = /^\d{1,17}\.[\x21-\x7e]{1,200}$/;

/** The sessions visible to a user. Its SQL is about `headway.session s` and `knowledge k`. */
export interface SessionScope {
  /** True for visible sessions. */
  readonly visible: SQL;
  /**
   * The same as a union of indexed parts: the sessions of one user and, if `knowledge` is set,
   * those in knowledge bases. Null if only `visible` decides.
   */
  readonly parts: { readonly userId: string; readonly knowledge: SQL | null } | null;
}

/**
 * Returns a page of the sessions in `scope` for which `wanted` is true, newest first, with their
 * times.
 */
export async function listSessions(
  db: Executor,
  scope: SessionScope,
  wanted: SQL,
  options: ReadOptions,
  { after, ...page }: SessionPage,
): Promise<SessionList> {
  const sources = await sourcesOf(db, scope);
  const listed = sql`${wanted} and s.cleared_at is null`;
  const from = after === undefined ? listed : sql`${listed} and ${behind(after)}`;
  const [found, total] = await Promise.all([
    db.execute<{ id: string }>(pageQuery(sources, from, page)),
    countUpTo(db, sources, listed),
  ]);
  const ids = found.slice(0, page.limit).map((row) => row.id);
  const named = sql`s.id = any(${sql.param(ids)}::text[])`;
  const [shown, times] = await Promise.all([
    ids.length > 0 ? readSessions(db, named, options) : [],
    readTimes(db, ids),
  ]);
  const items = shown.map((session) => ({ ...session, ...times.get(session.session_id)?.times }));
  const last = found.length > ids.length ? items.at(-1)?.session_id : undefined;
  const cursor = last && times.get(last)?.cursor;
  return { items, total, ...(cursor && { next_cursor: cursor }) };
}

/**
 * Most knowledge bases that are searched one by one; above this, a search of all sessions is
 * faster.
 */
const MOST_LOOKED_INTO = 200;

/** Sources of a page. A user's own session in a knowledge base is found in both. */
export interface SessionSources {
  readonly whole: SQL;
  /** Ids of knowledge bases; an index finds the newest sessions of each. */
  readonly knowledge: readonly string[];
  /** The user whose sessions `whole` finds, if there are knowledge bases. */
  readonly userId: string;
}

async function sourcesOf(db: Executor, { visible, parts }: SessionScope): Promise<SessionSources> {
  const whole = { whole: visible, knowledge: [], userId: '' };
  if (!parts) return whole;
  const { userId, knowledge } = parts;
  const own = sql`(s.user_id = ${userId} and ${visible})`;
  if (!knowledge) return { ...whole, whole: own };
  const rows = await db.execute<{ id: string }>(
    sql`select k.id from knowledge k where ${knowledge} limit ${MOST_LOOKED_INTO + 1}`,
  );
  if (rows.length > MOST_LOOKED_INTO) return whole;
  return { whole: own, knowledge: rows.map(({ id }) => id), userId };
}

/**
 * Selects one row more than the page has, to detect a next page. Each source stops at its newest
 * rows: a source that excluded the other's rows would scan all that it excludes.
 */
export function pageQuery(
  { whole, knowledge }: SessionSources,
  wanted: SQL,
  { limit, offset }: Pick<SessionPage, 'limit' | 'offset'>,
): SQL {
  const newest = sql`order by s.created_at desc, s.id limit ${limit + offset + 1}`;
  const own = sql`select s.id, s.created_at from headway.session s
    where ${whole} and ${wanted} ${newest}`;
  const inKnowledge = sql`select found.* from unnest(${sql.param(knowledge)}::text[]) as b (id)
    cross join lateral (select s.id, s.created_at from headway.session s
      where s.knowledge_id = b.id and ${wanted} ${newest}) found`;
  const all = knowledge.length > 0 ? sql`(${own}) union (${inKnowledge})` : own;
  return sql`select s.id from (${all}) s
    order by s.created_at desc, s.id limit ${limit + 1} offset ${offset}`;
}

const MOST = MOST_COUNTED + 1;

/**
 * Counts up to {@link MOST} in the order of an index. Without an order, the planner prefers a scan
 * of the whole table if it expects the first rows early. Sessions of other users in knowledge bases
 * are counted only if the user's own do not reach the limit. That scan skips the user's own
 * sessions, of which there are few then.
 */
async function countUpTo(
  db: Executor,
  { whole, knowledge, userId }: SessionSources,
  wanted: SQL,
): Promise<number> {
  const own = sql`select count(*)::int from (
    select 1 from headway.session s where ${whole} and ${wanted}
    order by s.created_at desc, s.id limit ${MOST}) counted`;
  const others = sql`select count(*)::int from (
    select 1 from headway.session s where (select n from own) < ${MOST}
      and s.knowledge_id = any(${sql.param(knowledge)}::text[]) and s.user_id <> ${userId}
      and ${wanted} limit ${MOST}) counted`;
  const [row] = await db.execute<{ total: number }>(sql`
    with own (n) as materialized (${own})
    select least(${MOST}, n ${
    knowledge.length > 0 ? sql`+ (${others})` : sql``
  }) as total from own`);
  return row?.total ?? 0;
}

function behind(cursor: string): SQL {
  const dot = cursor.indexOf('.');
  const created = sql`(timestamptz 'epoch'
    + ${cursor.slice(0, dot)}::bigint * interval '1 microsecond')`;
  return sql`(s.created_at < ${created}
    or (s.created_at = ${created} and s.id > ${cursor.slice(dot + 1)}))`;
}

interface TimesRow extends SessionTimes {
  [column: string]: unknown;
  id: string;
  micros: string;
}

async function readTimes(
  db: Executor,
  ids: readonly string[],
): Promise<Map<string, { times: SessionTimes; cursor: string }>> {
  const rows = await db.execute<TimesRow>(sql`
    select s.id, k.name as knowledge_name,
      extract(epoch from s.queued_at)::float8 as queued_at,
      (extract(epoch from s.created_at) * 1000000)::bigint::text as micros,
      coalesce((select sum(j.work_seconds) from headway.job j where j.session_id = s.id
        and (j.finished_at is null or j.finished_at >= s.queued_at)), 0)::float8 as work_seconds
    from headway.session s left join knowledge k on k.id = s.knowledge_id
    where s.id = any(${sql.param(ids)}::text[])`);
  return new Map(
    rows.map(({ id, micros, ...times }) => [id, { times, cursor: `${micros}.${id}` }]),
  );
}
