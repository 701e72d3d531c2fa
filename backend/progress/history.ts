/**
 * What ended: sessions with where they belong and how long they took, page by page.
 *
 * @module
 */
import type { SessionList, SessionTimes } from '#contract/sessions.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { countSessions, type ReadOptions, readSessions } from './read.ts';

/** Where a page of sessions begins, by number or behind the last session of the page before. */
export interface SessionPage {
  readonly limit: number;
  readonly offset: number;
  readonly after?: string | undefined;
}

/** `microseconds.id`: sessions are ordered by when they were created, then by id. */
export const CURSOR = /^\d{1,17}\.[\x21-\x7e]{1,200}$/;

/** Sessions that `condition` (about `headway.session s`) selects, newest first, with their times. */
export async function listSessions(
  db: Executor,
  condition: SQL,
  options: ReadOptions,
  { after, ...page }: SessionPage,
): Promise<SessionList> {
  const from = after === undefined ? condition : sql`${condition} and ${behind(after)}`;
  const [found, total] = await Promise.all([
    readSessions(db, from, options, { ...page, limit: page.limit + 1 }),
    countSessions(db, condition),
  ]);
  const shown = found.slice(0, page.limit);
  const times = await readTimes(db, shown.map(({ session_id }) => session_id));
  const items = shown.map((session) => ({ ...session, ...times.get(session.session_id)?.times }));
  const last = found.length > shown.length ? items.at(-1)?.session_id : undefined;
  const cursor = last && times.get(last)?.cursor;
  return { items, total, ...(cursor && { next_cursor: cursor }) };
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
