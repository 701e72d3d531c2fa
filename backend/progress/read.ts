/**
 * Reading progress: status documents of sessions, with their files on request.
 *
 * @module
 */
import type {
  FileProgress,
  FileStatus,
  SessionStatus,
  SessionStatusDocument,
  Step,
} from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { workDone } from './estimate.ts';
import { nextLookMs, type Outlook } from './next-look.ts';
import { priorityName } from './priority.ts';
import { type QueuePlace, queuePlaces } from './queue-places.ts';

export interface ReadOptions {
  /** Adds the files of each session, or of those that are named. */
  readonly files: boolean | readonly string[];
  /** A live session without an update for this long is called stale. */
  readonly staleSeconds: number;
  /** By how much pollers are slowed down, in `retry_after_ms`. @default 1 */
  readonly load?: number;
}

interface SessionColumns {
  [column: string]: unknown;
  id: string;
  kind: string;
  title: string | null;
  knowledge_id: string | null;
  status: SessionStatus;
  attempt: number;
  total_files: number;
  processed_files: number;
  failed_files: number;
  current_file: string | null;
  progress: number;
  phase: Step | null;
  message: string;
  error: string | null;
  eta_seconds: number | null;
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

/** Waiting sessions that go first: of a higher priority, or of the same and older. */
const queuePosition = sql`case when s.status = 'queued' then (
  select count(*)::int from headway.session o
  where o.finished_at is null and o.status in ('queued', 'processing') and o.id <> s.id
    and (o.priority > s.priority or (o.priority = s.priority and o.created_at < s.created_at))) end`;

/** Expected work of a waiting session's own files. */
const workSeconds = sql`case when s.status = 'queued' and s.eta_seconds is not null then (
  select sum(j.weight)::float8 from headway.job j
  where j.session_id = s.id and j.finished_at is null) end`;
/** A session of a job of the app's own has this one job. */
const title = sql`case when s.kind = 'job' then (
  select name from headway.job where session_id = s.id limit 1) end`;

/** Changes with the session's row; of those named, also with any of their jobs. */
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
    select s.id, s.kind, ${title} as title, s.knowledge_id, s.status, s.attempt, s.total_files, s.processed_files,
      s.failed_files, s.current_file, s.progress, s.phase, s.message, s.error, s.eta_seconds,
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
 * Status documents of the sessions that `condition` (about `headway.session s`) selects, newest
 * first.
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

/** A session as it was read, with what it takes to keep that true. */
export interface SessionRead {
  readonly status: SessionStatusDocument;
  readonly outlook: Outlook;
  readonly ownerId: string;
  /** Another one: the session, or with its files one of them, has been written since. */
  readonly version: string;
  /** Seconds from the reading until it is stale, less than 0 where it is; null: it never is. */
  readonly freshSeconds: number | null;
}

/** A session, with its files or without. */
export interface Wanted {
  readonly id: string;
  readonly files: boolean;
}

/** Reads any number of sessions at once. Null, in its place, for one that does not exist. */
export async function readWanted(
  db: Executor,
  wanted: readonly Wanted[],
  staleSeconds: number,
): Promise<(SessionRead | null)[]> {
  const ids = [...new Set(wanted.map(({ id }) => id))];
  const withFiles = wanted.filter(({ files }) => files).map(({ id }) => id);
  const condition = sql`s.id = any(${sql.param(ids)}::text[])`;
  const page = { limit: ids.length, offset: 0 };
  const rows = await selectSessions(db, { condition, staleSeconds, withFiles, page });
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const files = await readFilesOf(db, withFiles.filter((id) => rowOf.has(id)));
  return wanted.map((each) => {
    const row = rowOf.get(each.id);
    return row ? toRead(row, each.files ? files.get(each.id) : undefined) : null;
  });
}

/** The versions that {@link readWanted} would give; null for a session that does not exist. */
export async function readVersions(
  db: Executor,
  wanted: readonly Wanted[],
): Promise<(string | null)[]> {
  const ids = sql.param(wanted.map(({ id }) => id));
  const withFiles = wanted.filter(({ files }) => files).map(({ id }) => id);
  const rows = await db.execute<{ id: string; version: string; files_version: string | null }>(sql`
    select s.id, ${versions(withFiles)} from headway.session s where s.id = any(${ids}::text[])`);
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
  return {
    session_id: row.id,
    status: row.status,
    total_files: row.total_files,
    processed_files: row.processed_files,
    current_file: row.current_file,
    progress: row.progress,
    message: row.message,
    last_updated: Math.floor(row.updated),
    error: row.error,
    kind: row.kind,
    title: row.title,
    knowledge_id: row.knowledge_id,
    phase: row.phase,
    eta_seconds: row.eta_seconds === null ? null : Math.ceil(row.eta_seconds),
    queue_position: row.queue_position,
    attempt: row.attempt,
    priority: priorityName(row.priority),
    failed_files: row.failed_files,
    created_at: row.created,
    started_at: row.started,
    finished_at: row.finished,
    stale: row.stale,
    retry_after_ms: nextLookMs(toOutlook(row), load),
  };
}

function toOutlook({ status, eta_seconds, work_seconds }: SessionColumns): Outlook {
  return { status, etaSeconds: eta_seconds, workSeconds: work_seconds };
}

/** A row of `headway.job` (as `j`) as {@link fileColumns} selects it. */
export interface FileColumns {
  [column: string]: unknown;
  session_id: string;
  id: string;
  kind: string;
  file_id: string | null;
  name: string;
  size: number | null;
  media_type: string | null;
  status: FileStatus;
  step: Step;
  progress: number;
  message: string;
  error: string | null;
  error_code: string | null;
  attempt: number;
  started: number | null;
  finished: number | null;
  updated: number;
  next_attempt: number | null;
  interruptions: number;
  interrupted_by: string | null;
  work_seconds: number;
  weight: number;
  with_upload: boolean;
  /** Whether its size is known, in whatever unit. */
  known: boolean;
}

export const fileColumns =
  sql`j.session_id, j.id, j.kind, j.file_id, j.name, j.size::float8 as size,
  j.media_type, j.status, j.step, j.progress, j.message, j.error, j.error_code, j.attempt,
  extract(epoch from j.started_at)::float8 as started,
  extract(epoch from j.finished_at)::float8 as finished,
  extract(epoch from j.updated_at)::float8 as updated,
  extract(epoch from j.next_attempt_at)::float8 as next_attempt,
  j.interruptions, j.interrupted_by, j.work_seconds, j.weight, j.with_upload,
  coalesce(j.units, j.size) is not null as known`;

/** One file, by its job. */
export async function readFile(db: Executor, jobId: string): Promise<FileProgress | null> {
  const [file] = await selectFiles(db, sql`j.id = ${jobId}::uuid`);
  return file ?? null;
}

export interface FilePage {
  readonly limit: number;
  readonly offset: number;
}

/**
 * Files that `condition` (about `headway.job j`) selects, with their places in the queue, in the
 * order in which they were named.
 */
export async function selectFiles(
  db: Executor,
  condition: SQL,
  page?: FilePage,
): Promise<FileProgress[]> {
  const rows = await readRows(db, condition, page);
  const places = await placesOf(db, rows);
  return rows.map((row) => toFile(row, places.get(row.id)));
}

function readRows(db: Executor, condition: SQL, page?: FilePage): Promise<FileColumns[]> {
  return db.execute<FileColumns>(sql`
    select ${fileColumns} from headway.job j where ${condition}
    order by j.session_id, j.position
    ${page ? sql`limit ${page.limit} offset ${page.offset}` : sql``}`);
}

function placesOf(db: Executor, rows: readonly FileColumns[]): Promise<Map<string, QueuePlace>> {
  return queuePlaces(db, rows.filter((row) => IN_QUEUE.has(row.status)).map((row) => row.id));
}

const IN_QUEUE: ReadonlySet<FileStatus> = new Set(['queued', 'interrupted', 'processing']);

/** The files of each of these sessions, in the order in which they were named. */
async function readFilesOf(
  db: Executor,
  sessionIds: readonly string[],
): Promise<Map<string, FileProgress[]>> {
  const bySession = new Map(sessionIds.map((id): [string, FileProgress[]] => [id, []]));
  if (bySession.size === 0) return bySession;
  const rows = await readRows(db, sql`j.session_id = any(${sql.param(sessionIds)}::text[])`);
  const places = await placesOf(db, rows);
  for (const row of rows) bySession.get(row.session_id)?.push(toFile(row, places.get(row.id)));
  return bySession;
}

/** A file as it is told. */
export function toFile(row: FileColumns, place?: QueuePlace): FileProgress {
  return {
    job_id: row.id,
    kind: row.kind,
    file_id: row.file_id,
    name: row.name,
    size: row.size,
    media_type: row.media_type,
    status: row.status,
    step: row.step,
    progress: Math.round(row.progress * 10) / 10,
    message: row.message,
    error: row.error,
    error_code: row.error_code,
    eta_seconds: row.status === 'processing' && row.known
      ? Math.ceil(row.weight * (1 - workDone(row.progress, row.with_upload)))
      : null,
    priority: place?.priority ?? null,
    queue_position: place?.ahead ?? null,
    attempt: row.attempt,
    next_attempt_at: row.next_attempt,
    interruptions: row.interruptions,
    interrupted_by: row.interrupted_by,
    work_seconds: Math.round(row.work_seconds * 1000) / 1000,
    started_at: row.started,
    finished_at: row.finished,
    last_updated: row.updated,
  };
}
