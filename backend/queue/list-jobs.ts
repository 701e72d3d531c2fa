/**
 * Lists of app jobs, by which another device finds them and old results.
 *
 * @module
 */
import type { JobList } from '#contract/jobs.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { listSessions, type SessionPage } from '../progress/history.ts';
import type { ReadOptions } from '../progress/read.ts';

/** Filter of the list; absent fields match everything. */
export interface JobFilter {
  readonly kind?: string | undefined;
  /** Keys and values that the input must contain. */
  readonly input?: Readonly<Record<string, unknown>> | undefined;
}

interface JobColumns {
  [column: string]: unknown;
  id: string;
  kind: string;
  input: unknown;
}

/** Lists the jobs whose sessions `condition` (about `headway.session s`) selects, newest first. */
export async function listJobs(
  db: Executor,
  condition: SQL,
  { kind, input }: JobFilter,
  options: ReadOptions & SessionPage,
): Promise<JobList> {
  const isAsked = sql.join([
    sql`j.session_id = s.id and j.kind <> 'file'`,
    ...(kind === undefined ? [] : [sql`j.kind = ${kind}`]),
    ...(input === undefined ? [] : [sql`j.input @> ${JSON.stringify(input)}::text::jsonb`]),
  ], sql` and `);
  const found = await listSessions(
    db,
    { visible: condition, parts: null },
    sql`s.kind = 'job' and exists (select 1 from headway.job j where ${isAsked})`,
    options,
    options,
  );
  const jobs = await readJobs(db, found.items.map(({ session_id }) => session_id));
  const items = found.items.flatMap((session) => {
    const job = jobs.get(session.session_id);
    return job ? [{ ...session, job_kind: job.kind, input: job.input }] : [];
  });
  return { ...found, items };
}

async function readJobs(
  db: Executor,
  sessionIds: readonly string[],
): Promise<Map<string, JobColumns>> {
  const rows = await db.execute<JobColumns>(sql`
    select session_id as id, kind, input from headway.job
    where session_id = any(${sql.param(sessionIds)}::text[]) and kind <> 'file'`);
  return new Map(rows.map((row) => [row.id, row]));
}
