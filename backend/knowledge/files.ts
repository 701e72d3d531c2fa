/**
 * Files: rows of the existing app's table, in its shapes.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import type { FileRow, FileState } from '#contract/files.ts';
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import { noticeDocuments } from '#contract/messages/notices.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { file } from '../database/schema.ts';
import { hostFile } from '../host/file-fields.ts';
import { toFileData, toFileMeta } from '../host/file-shape.ts';
import { markDeleted, recordStored } from '../host/stored-files.ts';
import { learnStates } from '../host/known-states.ts';
import { keepOut, listAnew, markDelivered, sentFor } from '../host/membership.ts';
import { PAGE_SIZE } from './bases.ts';
import { forgetGone } from './gone-files.ts';
import { lockFiles } from './lock-files.ts';

export interface NewFile {
  readonly userId: string;
  readonly filename: string;
  readonly path: string;
  readonly mediaType: string;
  readonly size: number;
  /** SHA-256 of the bytes. */
  readonly fileHash: string;
  /** Metadata sent by the client: `knowledge_id`, `language`, … */
  readonly data: Record<string, unknown>;
}

/** Adds a file for stored bytes. */
export async function createFile(db: Executor, input: NewFile): Promise<string> {
  const id = crypto.randomUUID();
  const now = Math.floor(Date.now() / 1000);
  await db.insert(file).values({
    id,
    userId: input.userId,
    filename: input.filename,
    path: input.path,
    data: { status: 'pending' },
    meta: {
      name: input.filename,
      content_type: input.mediaType,
      size: input.size,
      file_hash: input.fileHash,
      data: input.data,
    },
    createdAt: now,
    updatedAt: now,
  });
  await recordStored(db, [{ fileId: id, path: input.path }]);
  return id;
}

interface Columns {
  [column: string]: unknown;
  id: string;
  user_id: string;
  hash: string | null;
  filename: string;
  data: Record<string, unknown>;
  meta: Record<string, unknown>;
  created: number | null;
  updated: number | null;
  /** Failure of the last reading: the app's row does not contain it if it has text. */
  failure: { readonly code: string; readonly message: MessageDetails } | null;
  notices: readonly Notice[] | null;
  state?: FileState | null;
  /** See `host/known-states.ts`. */
  unlearned: boolean;
}

/** Columns of a file. Lists omit the text: transcripts would add up to megabytes. */
const columns = (withContent: boolean) =>
  sql`f.id, f.user_id, f.hash, f.filename, ${hostFile.meta} as meta, ${
    withContent ? sql`${hostFile.wholeData} || ${hostFile.data}` : hostFile.data
  } as data,
  (select json_build_object('code', e.code, 'message', e.message)
    from headway.file_failure e where e.file_id = f.id) as failure,
  (select e.notices from headway.extraction e where e.file_id = f.id and e.complete) as notices,
  ${hostFile.unlearned} as unlearned, f.created_at::float8 as created, f.updated_at::float8 as updated`;

function failureOf({ failure }: Columns): Partial<FileRow['data']> {
  if (!failure) return {};
  const { code, message: reason } = failure;
  return { status: 'failed', error: formatMessage(reason), error_code: code };
}

function toFileRow(row: Columns): FileRow {
  const { id, user_id, hash, filename } = row;
  return {
    id,
    user_id,
    hash,
    filename,
    data: {
      ...toFileData({ ...row.data, ...failureOf(row) }),
      ...(row.failure && { error_details: row.failure.message }),
    },
    meta: toFileMeta(row.meta),
    created_at: row.created ?? 0,
    updated_at: row.updated,
    ...(row.notices && { notices: noticeDocuments(row.notices) }),
    ...(row.state && { state: row.state }),
  };
}

/** One file, by default with its text. Throws {@link AppError} `file_not_found`. */
export async function getFile(
  db: Executor,
  id: string,
  { content = true }: { content?: boolean } = {},
): Promise<FileRow> {
  const [row] = await db.execute<Columns>(
    sql`select ${columns(content)} from file f where f.id = ${id}`,
  );
  if (!row) throw new AppError('file_not_found', message('unknown_file', { id }));
  return toFileRow(row);
}

/** The host's status of a file and the reason of its failure; the text stays in the database. */
export interface FileStatus {
  readonly status: NonNullable<FileRow['data']['status']>;
  readonly error: string | null;
}

type StatusRow = FileStatus & {
  [column: string]: unknown;
  failure: MessageDetails | null;
  unlearned: boolean;
};

/** Throws {@link AppError} `file_not_found`. */
export async function readStatus(db: Executor, id: string): Promise<FileStatus> {
  const [row] = await db.execute<StatusRow>(
    sql`select case when e.file_id is null then ${hostFile.status} else 'failed' end as status,
      e.message as failure, ${hostFile.error} as error, ${hostFile.unlearned} as unlearned
    from file f left join headway.file_failure e on e.file_id = f.id where f.id = ${id}`,
  );
  if (!row) throw new AppError('file_not_found', message('unknown_file', { id }));
  if (row.unlearned) await learnStates(db, sql`f.id = ${id}`);
  return { status: row.status, error: row.failure ? formatMessage(row.failure) : row.error };
}

/** Path of a file's bytes, and the name and type to send them with. */
export interface Bytes {
  readonly path: string;
  readonly filename: string;
  readonly mediaType: string;
  readonly hash: string | null;
}

/** Throws {@link AppError} `file_not_found` if the file or its bytes are unknown. */
export async function getBytes(db: Executor, id: string): Promise<Bytes> {
  const [row] = await db.execute<
    { path: string | null; filename: string; type: string | null; hash: string | null }
  >(sql`
    select f.path, f.filename, ${hostFile.mediaType} as type, ${hostFile.fileHash} as hash
    from file f where f.id = ${id}`);
  if (!row?.path) throw new AppError('file_not_found', message('unknown_bytes', { id }));
  return {
    path: row.path,
    filename: row.filename,
    mediaType: row.type ?? 'application/octet-stream',
    hash: row.hash,
  };
}

export interface FilePage {
  readonly query: string;
  /** True if `*` in the query matches any text. */
  readonly wildcards?: boolean;
  readonly page: number;
  /** Files per page. @default 30 */
  readonly limit?: number | undefined;
}

/**
 * A page of the files selected by `condition` (about `file f`), newest first, without their text.
 */
export async function listFiles(
  db: Executor,
  condition: SQL,
  request: FilePage,
): Promise<{ items: FileRow[]; total: number }> {
  const { page, limit = PAGE_SIZE } = request;
  const selected = sql`${condition} and f.filename ilike ${matching(request)}`;
  const order = sql`order by f.created_at desc nulls last, f.id`;
  const [items, total] = await Promise.all([
    readListed(
      db,
      sql`select f.id, row_number() over (${order}) as place from file f
      where ${selected} ${order} limit ${limit} offset ${(page - 1) * limit}`,
    ),
    count(db, selected),
  ]);
  return { items, total };
}

/**
 * Reads the files selected by `page`, SQL for their `id` and `place`, without their text; with
 * `state`, SQL for it, each has its state. Files are selected before their data is read, because
 * texts are large. Each is then looked up by id, regardless of the planner's estimate of the app's
 * table.
 */
export async function readListed(
  db: Executor,
  page: SQL,
  state: SQL = sql`null`,
): Promise<FileRow[]> {
  const rows = await db.execute<Columns>(sql`
    select ${columns(false)}, ${state} as state from (${page}) page
    cross join lateral (select xmin, ctid, * from file where id = page.id limit 1) f order by page.place`);
  const unlearned = rows.filter((row) => row.unlearned).map((row) => row.id);
  if (unlearned.length > 0) {
    await learnStates(db, sql`f.id = any(${sql.param(unlearned)}::text[])`);
  }
  return rows.map(toFileRow);
}

/** The pattern of names that contain the query. */
export function matching({ query, wildcards }: Pick<FilePage, 'query' | 'wildcards'>): string {
  const pattern = `%${query.replace(/[\\%_]/g, '\\$&')}%`;
  return wildcards ? pattern.replaceAll('*', '%') : pattern;
}

async function count(db: Executor, selected: SQL): Promise<number> {
  const [row] = await db.execute<{ total: number }>(
    sql`select count(*)::int as total from file f where ${selected}`,
  );
  return row?.total ?? 0;
}

/** Files sent for a knowledge base and not linked to it: waiting, running or failed. */
export async function listPending(db: Executor, knowledgeId: string): Promise<FileRow[]> {
  const rows = await db.execute<Columns>(sql`
    select ${columns(false)} from file f
    where ${sentFor(knowledgeId)} and not exists (
        select 1 from knowledge_file l where l.file_id = f.id and l.knowledge_id = ${knowledgeId})
    order by f.created_at desc, f.id limit 1000`);
  return rows.map(toFileRow);
}

/**
 * Deletes files with all their content. Returns the paths of their bytes that Headway stored, to be
 * removed next.
 */
export async function deleteFiles(db: Executor, ids: readonly string[]): Promise<string[]> {
  await lockFiles(db, ids);
  const all = sql`any(${sql.param(ids)}::text[])`;
  await db.execute(sql`delete from knowledge_file where file_id = ${all}`);
  await db.execute(sql`delete from file where id = ${all}`);
  await forgetGone(db, ids);
  return await markDeleted(db, ids);
}

/** Removes files from a knowledge base, also those only sent for it. The files themselves stay. */
export async function unlinkFiles(
  db: Executor,
  knowledgeId: string,
  fileIds: readonly string[],
): Promise<void> {
  const all = sql`any(${sql.param(fileIds)}::text[])`;
  const files = sql`f.id = ${all}`;
  await keepOut(db, knowledgeId, files);
  await lockFiles(db, fileIds);
  await markDelivered(db, knowledgeId, files);
  await db.execute(sql`
    delete from knowledge_file where knowledge_id = ${knowledgeId} and file_id = ${all}`);
  // Files that were not linked yet change no row of the app, so that no trigger runs.
  await listAnew(db, fileIds);
}
