/**
 * Status documents of sessions, with their files on request.
 *
 * @module
 */
import { formatMessage, isA, message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type {
  FileProgress,
  SessionStatus,
  SessionStatusDocument,
  Step,
} from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { nextLookMs, type Outlook } from './next-look.ts';
import { priorityName } from './priority.ts';
import { readFilesOf } from './read-files.ts';
import { noWorker } from './workers.ts';

export interface ReadOptions {
  /** True adds the files of all sessions; a list of ids, of these sessions only. */
  readonly files: boolean | readonly string[];
  /** Seconds without an update after which a live session is stale. */
  readonly staleSeconds: number;
  /** Load factor of `retry_after_ms`. @default 1 */
  readonly load?: number;
}

interface SessionColumns {
  [column: string]: unknown;
  id: string;
  kind: string;
  job: { readonly kind: string; readonly name: string } | null;
  knowledge_id: string | null;
  status: SessionStatus;
  attempt: number;
  total_files: number;
  processed_files: number;
  failed_files: number;
  noticed_files: number;
  current_file: string | null;
  progress: number;
  phase: Step | null;
  message: MessageDetails;
  error: MessageDetails | null;
  eta_seconds: number | null;
  held_by: NonNullable<SessionStatusDocument['held_by']> | null;
  work_seconds: number | null;
  priority: number;
  queue_position: number | null;
  created: number;
  started: number | null;
  updated: number;
  finished: number | null;
  stale: boolean;
  fresh_seconds: number | null;
  owner: string;
  version: string;
  files_version: string | null;
}

/**
 * Number of sessions ahead of a waiting one: those of higher priority, and older ones of the same.
 */
const queuePosition = sql`case when s.status = 'queued' then (
  select count(*)::int from headway.session o
  where o.finished_at is null and o.status in ('queued', 'processing') and o.id <> s.id
    and (o.priority > s.priority or (o.priority = s.priority and o.created_at < s.created_at))) end`;

/** Expected work of a waiting session's own files. */
const workSeconds = sql`case when s.status = 'queued' and s.eta_seconds is not null then (
  select sum(j.weight)::float8 from headway.job j
  where j.session_id = s.id and j.finished_at is null) end`;

/** Uploads proceed without workers. Jobs in a paused queue wait for an administrator. */
const heldBy = sql`case
  when s.finished_at is not null or s.kind = 'app' then null
  when ${noWorker} and s.hold is null
    and (s.status = 'queued' or (s.status = 'processing' and s.phase is distinct from 'upload'))
    then 'no_worker'
  when s.status = 'queued' and s.kind in ('files', 'job') and exists (
    select 1 from headway.setting where key = 'queue' and (value ->> 'paused')::boolean)
    then 'queue_paused' end`;

/** The message of a session. A blocking reason replaces the part about its turn or its work. */
function messageOf({ held_by: by, status, message: now }: SessionColumns): MessageDetails {
  if (by === null) return now;
  const held = message(by);
  const whole = isA(now, 'files_done') ? now : null;
  const inner = whole ? whole.params.now : now;
  if (status === 'queued' && inner?.code !== 'waiting_for_turn') return now;
  return whole ? message('files_done', { ...whole.params, now: held }) : held;
}

/** The only job of an app job's session. */
const job = sql`case when s.kind = 'job' then (
  select json_build_object('kind', kind, 'name', name) from headway.job
  where session_id = s.id limit 1) end`;

/** Version of the session's row; with files, also of its jobs. */
const versions = (withFiles: readonly string[]) =>
  sql`s.xmin::text as version, ${
    withFiles.length === 0 ? sql`null::text` : sql`(
    select s.xmin::text || ' ' || count(*) || ' ' || max(j.updated_at) from headway.job j
    where j.session_id = s.id and s.id = any(${sql.param(withFiles)}::text[]))`
  } as files_version`;

interface Selection {
  readonly condition: SQL;
  readonly staleSeconds: number;
  readonly withFiles?: readonly string[];
  readonly page?: { readonly limit: number; readonly offset: number };
}

function selectSessions(
  db: Executor,
  { condition, staleSeconds, withFiles = [], page = { limit: 1000, offset: 0 } }: Selection,
): Promise<SessionColumns[]> {
  return db.execute<SessionColumns>(sql`
    select s.id, s.kind, ${job} as job, s.knowledge_id, s.status, s.attempt, s.total_files,
      s.processed_files, s.failed_files, s.noticed_files, s.current_file, s.progress, s.phase, s.error,
      s.message, ${heldBy} as held_by, s.eta_seconds,
      ${workSeconds} as work_seconds, s.priority, ${queuePosition} as queue_position,
      extract(epoch from s.created_at)::float8 as created,
      extract(epoch from s.started_at)::float8 as started,
      extract(epoch from s.updated_at)::float8 as updated,
      extract(epoch from s.finished_at)::float8 as finished,
      s.finished_at is null and s.status in ('queued', 'processing')
        and s.updated_at < now() - make_interval(secs => ${staleSeconds}) as stale,
      case when s.finished_at is null and s.status in ('queued', 'processing') then
        extract(epoch from s.updated_at - now())::float8 + ${staleSeconds}::float8 end
        as fresh_seconds,
      s.user_id as owner, ${versions(withFiles)}
    from headway.session s where ${condition}
    order by s.created_at desc, s.id limit ${page.limit} offset ${page.offset}`);
}

/**
 * Reads the status documents of the sessions that `condition` (about `headway.session s`) selects,
 * newest first.
 */
export async function readSessions(
  db: Executor,
  condition: SQL,
  options: ReadOptions,
  page?: { limit: number; offset: number },
): Promise<SessionStatusDocument[]> {
  const { staleSeconds, files: wanted, load } = options;
  const rows = await selectSessions(db, { condition, staleSeconds, ...(page && { page }) });
  const withFiles = rows.map((row) => row.id)
    .filter((id) => typeof wanted === 'boolean' ? wanted : wanted.includes(id));
  const files = await readFilesOf(db, withFiles);
  return rows.map((row) => ({
    ...toStatus(row, load),
    ...(files.has(row.id) && { files: files.get(row.id) }),
  }));
}

/** A session as read, with its version and the time until it is stale. */
export interface SessionRead {
  readonly status: SessionStatusDocument;
  readonly outlook: Outlook;
  readonly ownerId: string;
  /** Changes when the session is written, or with files, when one of them is. */
  readonly version: string;
  /** Seconds from the read until the session is stale, negative if it is already; null: never. */
  readonly freshSeconds: number | null;
}

/** A requested session, with or without its files. */
export interface Wanted {
  readonly id: string;
  readonly files: boolean;
}

/** Reads any number of sessions at once, with null in the place of an unknown one. */
export async function readWanted(
  db: Executor,
  wanted: readonly Wanted[],
  staleSeconds: number,
): Promise<(SessionRead | null)[]> {
  const ids = [...new Set(wanted.map(({ id }) => id))];
  const withFiles = wanted.filter(({ files }) => files).map(({ id }) => id);
  const condition = sql`s.id = any(${sql.param(ids)}::text[]) and s.cleared_at is null`;
  const page = { limit: ids.length, offset: 0 };
  const rows = await selectSessions(db, { condition, staleSeconds, withFiles, page });
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const files = await readFilesOf(db, withFiles.filter((id) => rowOf.has(id)));
  return wanted.map((each) => {
    const row = rowOf.get(each.id);
    return row ? toRead(row, each.files ? files.get(each.id) : undefined) : null;
  });
}

/** Reads the versions that {@link readWanted} would return; null for an unknown session. */
export async function readVersions(
  db: Executor,
  wanted: readonly Wanted[],
): Promise<(string | null)[]> {
  const ids = sql.param(wanted.map(({ id }) => id));
  const withFiles = wanted.filter(({ files }) => files).map(({ id }) => id);
  const rows = await db.execute<{ id: string; version: string; files_version: string | null }>(sql`
    select s.id, ${versions(withFiles)} from headway.session s
    where s.id = any(${ids}::text[]) and s.cleared_at is null`);
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  return wanted.map(({ id, files }) => versionOf(rowOf.get(id), files));
}

function versionOf(
  row: { readonly version: string; readonly files_version: string | null } | undefined,
  files: boolean,
): string | null {
  return row ? (files && row.files_version) || row.version : null;
}

function toRead(row: SessionColumns, files: FileProgress[] | undefined): SessionRead {
  return {
    status: { ...toStatus(row), ...(files && { files }) },
    outlook: toOutlook(row),
    ownerId: row.owner,
    version: versionOf(row, files !== undefined) ?? '',
    freshSeconds: row.fresh_seconds,
  };
}

function toStatus(row: SessionColumns, load = 1): SessionStatusDocument {
  const { error } = row;
  const now = messageOf(row);
  return {
    session_id: row.id,
    status: row.status,
    total_files: row.total_files,
    processed_files: row.processed_files,
    current_file: row.current_file,
    progress: row.progress,
    message: formatMessage(now),
    message_details: now,
    last_updated: Math.floor(row.updated),
    error: error && formatMessage(error),
    error_details: error,
    kind: row.kind,
    title: row.job?.name ?? null,
    ...(row.job && { job_kind: row.job.kind }),
    knowledge_id: row.knowledge_id,
    phase: row.phase,
    eta_seconds: row.eta_seconds === null || row.held_by ? null : Math.ceil(row.eta_seconds),
    queue_position: row.queue_position,
    attempt: row.attempt,
    priority: priorityName(row.priority),
    failed_files: row.failed_files,
    noticed_files: row.noticed_files,
    created_at: row.created,
    started_at: row.started,
    finished_at: row.finished,
    stale: row.stale,
    ...(row.held_by && { held_by: row.held_by }),
    retry_after_ms: nextLookMs(toOutlook(row), load),
  };
}

function toOutlook({ status, eta_seconds, held_by, work_seconds }: SessionColumns): Outlook {
  const etaSeconds = held_by === 'no_worker' ? null : eta_seconds;
  return { status, etaSeconds, workSeconds: work_seconds };
}
