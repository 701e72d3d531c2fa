/**
 * Progress of files, by job, with their positions in the queue.
 *
 * @module
 */
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import { noticeDocuments } from '#contract/messages/notices.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import type { FileProgress, FileStatus, Step } from '#contract/progress.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { workDone } from './estimate.ts';
import { type QueuePlace, queuePlaces } from './queue-places.ts';
import { noWorker } from './workers.ts';

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
  message: MessageDetails;
  error: MessageDetails | null;
  error_code: string | null;
  notices: readonly Notice[] | null;
  attempt: number;
  started: number | null;
  finished: number | null;
  updated: number;
  next_attempt: number | null;
  interruptions: number;
  interrupted_by: MessageDetails | null;
  work_seconds: number;
  weight: number;
  with_upload: boolean;
  /** True if the size is known, in any unit. */
  known: boolean;
  /** True if no worker is running. */
  no_worker: boolean;
}

export const fileColumns =
  sql`j.session_id, j.id, j.kind, j.file_id, j.name, j.size::float8 as size,
  j.media_type, j.status, j.step, j.progress, j.message, j.error, j.error_code, j.notices,
  j.attempt,
  extract(epoch from j.started_at)::float8 as started,
  extract(epoch from j.finished_at)::float8 as finished,
  extract(epoch from j.updated_at)::float8 as updated,
  extract(epoch from j.next_attempt_at)::float8 as next_attempt,
  j.interruptions, j.interrupted_by, j.work_seconds, j.weight, j.with_upload,
  coalesce(j.units, j.size) is not null as known, ${noWorker} as no_worker`;

/** Reads one file by its job. */
export async function readFile(db: Executor, jobId: string): Promise<FileProgress | null> {
  const [file] = await selectFiles(db, sql`j.id = ${jobId}::uuid`);
  return file ?? null;
}

export interface FilePage {
  readonly limit: number;
  readonly offset: number;
}

/**
 * Reads the files that `condition` (about `headway.job j`) selects, with their positions in the
 * queue, in the order in which they were listed.
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

/** Reads the files of each session, in the order in which they were listed. */
export async function readFilesOf(
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

/** Reports whether a job is in the queue while no worker runs. */
const isLeftAlone = ({ no_worker, status }: FileColumns, place?: QueuePlace) =>
  no_worker && place !== undefined && status !== 'processing';

/** The response document of a file. */
export function toFile(row: FileColumns, place?: QueuePlace): FileProgress {
  const { error, interrupted_by: by } = row;
  const now = isLeftAlone(row, place) ? message('no_worker') : row.message;
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
    message: formatMessage(now),
    message_details: now,
    error: error && formatMessage(error),
    error_details: error,
    error_code: row.error_code,
    notices: noticeDocuments(row.notices),
    eta_seconds: row.status === 'processing' && row.known && !row.no_worker
      ? Math.ceil(row.weight * (1 - workDone(row.progress, row.with_upload)))
      : null,
    priority: place?.priority ?? null,
    queue_position: place?.ahead ?? null,
    attempt: row.attempt,
    next_attempt_at: row.next_attempt,
    interruptions: row.interruptions,
    interrupted_by: by && formatMessage(by),
    interrupted_by_details: by,
    work_seconds: Math.round(row.work_seconds * 1000) / 1000,
    started_at: row.started,
    finished_at: row.finished,
    last_updated: row.updated,
  };
}
