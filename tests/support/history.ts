/**
 * Work of the past, and of now, in any amount: written by the database itself.
 *
 * @module
 */
import type postgres from 'postgres';

export interface HistoryOptions {
  readonly sessions: number;
  /** Owners `past-user-1` … and their knowledge bases `past-base-1` …; made where they are absent. */
  readonly users: number;
  readonly bases: number;
}

/** Ended sessions `past-1` … of one file each, a minute apart, the newest first; one in fifty failed. */
export async function fillHistory(sql: postgres.Sql, options: HistoryOptions): Promise<void> {
  const { sessions, users, bases } = options;
  await sql`
    insert into "user" (id, name, email, role, created_at)
    select 'past-user-' || i, 'User ' || i, i || '@past.example', 'user', 0
    from generate_series(1, ${users}::int) i on conflict do nothing`;
  await sql`
    insert into knowledge (id, user_id, name, description, created_at, updated_at)
    select 'past-base-' || i, 'past-user-' || (i % ${users}::int + 1), 'Base ' || i, '', 0, 0
    from generate_series(1, ${bases}::int) i on conflict do nothing`;
  await sql`
    insert into headway.session (id, knowledge_id, user_id, priority, status, total_files,
      processed_files, failed_files, progress, created_at, queued_at, started_at, updated_at,
      finished_at, published)
    select 'past-' || i, 'past-base-' || (i % ${bases}::int + 1),
      'past-user-' || (i % ${users}::int + 1), 1,
      case when i % 50 = 0 then 'error' else 'completed' end, 1, 1, (i % 50 = 0)::int, 100,
      at, at, at, at, at, false
    from generate_series(1, ${sessions}::int) i, lateral (select now() - i * interval '1 min') t (at)`;
  await sql`
    insert into headway.job (id, session_id, file_id, position, name, size, media_type, status,
      step, progress, error_code, error, work_seconds, created_at, released_at, started_at,
      updated_at, finished_at)
    select uuidv7(-(i * interval '1 min')), 'past-' || i, 'past-file-' || i, 0, i || '.pdf', 1000,
      'application/pdf', case when i % 50 = 0 then 'error' else 'completed' end, 'index', 100,
      case when i % 50 = 0 then 'processing_failed' end,
      case when i % 50 = 0 then '{"code": "text", "params": {"text": "Broken"}}'::jsonb end, 1,
      at, at, at, at, at
    from generate_series(1, ${sessions}::int) i, lateral (select now() - i * interval '1 min') t (at)`;
}

/** Live sessions `live-1` … of one file each, which wait in the queue. */
export async function fillLive(sql: postgres.Sql, sessions: number): Promise<void> {
  await sql`
    insert into headway.session (id, knowledge_id, user_id, priority, status, total_files,
      waiting_seconds)
    select 'live-' || i, 'past-base-' || (i % 100 + 1), 'past-user-1', 1, 'queued', 1, 1
    from generate_series(1, ${sessions}::int) i`;
  await sql`
    insert into headway.job (id, session_id, file_id, position, name, size, media_type, status, step)
    select uuidv7(), 'live-' || i, 'live-file-' || i, 0, i || '.pdf', 1000, 'application/pdf',
      'queued', 'queue' from generate_series(1, ${sessions}::int) i`;
  await sql`
    insert into headway_queue.job (id, name, priority)
    select id, 'files', 1 from headway.job where session_id like 'live-%'`;
}

/** What the planner knows is what is there. */
export async function analyze(sql: postgres.Sql): Promise<void> {
  const tables = [
    'headway.session',
    'headway.job',
    'headway.failed_change',
    'headway.listed_file',
    'headway.listed_change',
    'headway_queue.job_common',
    'knowledge',
    'knowledge_file',
    'file',
  ];
  for (const table of tables) await sql`vacuum analyze ${sql(table)}`;
}
