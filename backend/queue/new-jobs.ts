/**
 * The jobs of a new session: of stored files, and of files still to be uploaded.
 *
 * @module
 */
import type { AnnouncedFile } from '#contract/sessions.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';
import { metaFields } from '../host/file-fields.ts';
import { textAtRequest } from '../host/file-text.ts';
import { readableObject } from '../host/json.ts';
import { expectedSeconds, prices } from '../progress/estimate.ts';
import { insertJobs } from '../progress/jobs.ts';
import type { PaceBook } from '../progress/pace.ts';
import { newJobIds } from './job-ids.ts';

interface NewStoredJobs extends NewJobs {
  readonly knowledgeId: string | null;
  readonly held: boolean;
}

const about = metaFields(sql`read.meta`);

interface NewJobs {
  readonly sessionId: string;
  readonly language: string | null;
  readonly book: PaceBook;
}

/**
 * Inserts a job for each file that still exists, in the given order; `held` ones stay outside the
 * queue. Returns the ids of the jobs. File data goes from table to table: a thousand rows through
 * this process would take longer than all the rest.
 */
export async function insertStored(
  tx: Executor,
  fileIds: readonly string[],
  { sessionId, knowledgeId, language, book, held }: NewStoredJobs,
): Promise<readonly string[]> {
  if (fileIds.length === 0) return [];
  const jobIds = newJobIds(fileIds.length);
  const { count } = await tx.execute(sql`${KEPT}
    with asked as materialized (
      select given.job_id, given.place, f.id, f.filename, ${about.mediaType} as media_type,
        ${about.size}::bigint as size, ${about.language} as language,
        not exists (select 1 from knowledge_file l where l.file_id = f.id
          and l.knowledge_id = ${knowledgeId}) as joins
      from unnest(${sql.param(jobIds)}::uuid[], ${sql.param(fileIds)}::text[])
        with ordinality as given (job_id, file_id, place)
      join file f on f.id = given.file_id
      cross join lateral (select ${readableObject(sql`f.meta`)} as meta offset 0) read
    ), price as (
      select kind.media_type, known.start, known.per_byte
      from (select distinct coalesce(media_type, '') as media_type from asked) kind
      cross join lateral (
        select start, per_byte from rows from (
          json_to_recordset(${JSON.stringify(prices(book))}::text::json)
            as (pattern text, start float8, per_byte float8)) with ordinality
          as price (pattern, start, per_byte, place)
        where kind.media_type ~ pattern order by place limit 1) known
    )
    insert into headway.job (id, session_id, file_id, position, name, size, media_type, language,
      joins, status, step, weight, checkpoint, released_at)
    select asked.job_id, ${sessionId}, asked.id, asked.place - 1, asked.filename, asked.size,
      asked.media_type, coalesce(asked.language, ${language}), asked.joins, 'queued', 'queue',
      price.start + coalesce(asked.size, 0) * price.per_byte, ${textAtRequest(sql`asked.id`)},
      case when ${held}::boolean then null else now() end
    from asked join price on price.media_type = coalesce(asked.media_type, '')
    order by asked.place`);
  return count === jobIds.length ? jobIds : await idsOf(tx, sessionId);
}

/** Reads the ids when some of the files were deleted meanwhile. */
async function idsOf(tx: Executor, sessionId: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(
    sql`select id from headway.job where session_id = ${sessionId} order by position`,
  );
  return rows.map((row) => row.id);
}

/** Inserts a job for each file still to be uploaded, behind `after` other jobs. */
export async function insertAnnounced(
  tx: Executor,
  files: readonly AnnouncedFile[],
  { sessionId, language, book, after }: NewJobs & { readonly after: number },
): Promise<void> {
  const ids = newJobIds(files.length);
  await insertJobs(
    tx,
    files.map((file, index) => ({
      id: ids[index]!,
      sessionId,
      fileId: null,
      position: after + index,
      name: file.name,
      size: file.size,
      mediaType: file.media_type ?? null,
      lastModified: file.last_modified ?? null,
      folder: file.folder ?? null,
      language,
      status: 'uploading',
      step: 'upload',
      weight: expectedSeconds(file.media_type ?? null, file.size, book),
    })),
  );
}
