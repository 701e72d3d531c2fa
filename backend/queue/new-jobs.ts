/**
 * The jobs of a new session: of files that are here, and of those still to be sent.
 *
 * @module
 */
import type { AnnouncedFile } from '#contract/sessions.ts';
import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import type { Executor } from '../database/connection.ts';
import { expectedOf, expectedSeconds } from '../progress/estimate.ts';
import { insertJobs } from '../progress/jobs.ts';
import type { PaceBook } from '../progress/pace.ts';

interface NewJobs {
  readonly sessionId: string;
  readonly language: string | null;
  readonly book: PaceBook;
}

/**
 * Makes a job for each of the files that are still here, in the order of their names; `held` ones
 * wait outside the queue. Returns the ids of the jobs. What is known of the files goes from table to
 * table: a thousand rows on their way through this process would take longer than all the rest.
 */
export async function insertStored(
  tx: Executor,
  fileIds: readonly string[],
  { sessionId, language, book, held }: NewJobs & { readonly held: boolean },
): Promise<readonly string[]> {
  if (fileIds.length === 0) return [];
  const jobIds = fileIds.map(() => uuidv7());
  const prices = await pricesOf(tx, fileIds, book);
  const { count } = await tx.execute(sql`
    insert into headway.job (id, session_id, file_id, position, name, size, media_type, language,
      status, step, weight, released_at)
    select asked.job_id, ${sessionId}, f.id, asked.place - 1, f.filename, about.size,
      about.media_type, coalesce(about.language, ${language}), 'queued', 'queue',
      coalesce(price.start + coalesce(about.size, 0) * price.per_byte, 1),
      ${held ? sql`null` : sql`now()`}
    from unnest(${sql.param(jobIds)}::uuid[], ${sql.param(fileIds)}::text[])
      with ordinality as asked (job_id, file_id, place)
    join file f on f.id = asked.file_id
    cross join lateral (select f.meta::jsonb as meta offset 0) as parsed
    cross join lateral (select parsed.meta ->> 'content_type' as media_type,
      (parsed.meta ->> 'size')::float8::bigint as size,
      parsed.meta #>> '{data,language}' as language offset 0) as about
    left join json_to_recordset(${JSON.stringify(prices)}::text::json)
      as price (media_type text, start float8, per_byte float8)
      on price.media_type is not distinct from about.media_type
    order by asked.place`);
  return count === jobIds.length ? jobIds : await idsOf(tx, sessionId);
}

/** What a file of a media type is expected to take: seconds in any case, and seconds a byte. */
interface Price {
  readonly media_type: string | null;
  readonly start: number;
  readonly per_byte: number;
}

async function pricesOf(
  tx: Executor,
  fileIds: readonly string[],
  book: PaceBook,
): Promise<Price[]> {
  const rows = await tx.execute<{ media_type: string | null }>(sql`
    select distinct f.meta ->> 'content_type' as media_type from file f
    where f.id = any(${sql.param(fileIds)}::text[])`);
  return rows.map(({ media_type }) => ({
    media_type,
    start: expectedOf({ mediaType: media_type, files: 1, bytes: 0 }, book),
    per_byte: expectedOf({ mediaType: media_type, files: 0, bytes: 1 }, book),
  }));
}

/** Some of the files were deleted meanwhile. */
async function idsOf(tx: Executor, sessionId: string): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(
    sql`select id from headway.job where session_id = ${sessionId} order by position`,
  );
  return rows.map((row) => row.id);
}

/** Makes a job for each file still to be sent; `after` so many others. */
export async function insertAnnounced(
  tx: Executor,
  files: readonly AnnouncedFile[],
  { sessionId, language, book, after }: NewJobs & { readonly after: number },
): Promise<void> {
  await insertJobs(
    tx,
    files.map((file, index) => ({
      id: uuidv7(),
      sessionId,
      fileId: null,
      position: after + index,
      name: file.name,
      size: file.size,
      mediaType: file.media_type ?? null,
      lastModified: file.last_modified ?? null,
      language,
      status: 'uploading',
      step: 'upload',
      weight: expectedSeconds(file.media_type ?? null, file.size, book),
    })),
  );
}
