/**
 * Finds duplicates in a knowledge base by size, name and hash. Excludes files that failed, so that
 * these are uploaded or processed again.
 *
 * @module
 */
import type { FileToCompare, KnownFile } from '#contract/known-files.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { learnStates } from '../host/known-states.ts';
import { belongsTo, linkedTo } from '../host/membership.ts';

/**
 * Compares files about to be sent with those in a knowledge base or on their way to it. Each is
 * joined with at most one file per criterion, so that ten thousand files of one size cost no more
 * than others. A file with stored bytes comes first, because it can be compared.
 */
export async function knownFiles(
  db: Executor,
  knowledgeId: string,
  files: readonly FileToCompare[],
): Promise<KnownFile[]> {
  if (files.length === 0) return [];
  await learnStates(db, linkedTo(knowledgeId));
  const asked = JSON.stringify(
    files.map(({ name, size, sha256 }, index) => ({ index, name, size, sha256 })),
  );
  const rows = await db.execute<KnownFile & Record<string, unknown>>(sql`
    with asked as materialized (
      select index, name, size, lower(sha256) as sha256 from json_to_recordset(${asked}::text::json)
        as given (index int, name text, size float8, sha256 text)),
    there as materialized (
      select f.id, f.filename as name, ${hostFile.size} as size,
        lower(${hostFile.fileHash}) as sha256, f.created_at::float8 as created
      from file f where ${belongsTo(knowledgeId)} and ${hostFile.status} <> 'failed'
      union all
      select null, j.name, j.size::float8, null, floor(extract(epoch from j.created_at))::float8
      from headway.job j join headway.session s on s.id = j.session_id
      where s.knowledge_id = ${knowledgeId} and j.status = 'uploading' and j.file_id is null),
    by_hash as (
      select distinct on (sha256) * from there where sha256 is not null
      order by sha256, created desc),
    by_name as (
      select distinct on (name, size) * from there order by name, size, id is null, created desc),
    by_size as (select distinct on (size) * from there order by size, id is null, created desc)
    select a.index, case when h.sha256 is not null then 'content' when n.name is not null
        then 'name' else 'size' end as match,
      case when h.sha256 is not null then h.id when n.name is not null then n.id else z.id end
        as file_id,
      coalesce(h.name, n.name, z.name) as name, coalesce(h.created, n.created, z.created, 0)
        as created_at
    from asked a
    left join by_hash h on h.sha256 = a.sha256
    left join by_name n on n.name = a.name and n.size = a.size
      and (a.sha256 is null or n.sha256 is null)
    left join by_size z on z.size = a.size and a.sha256 is null
    where coalesce(h.name, n.name, z.name) is not null
    order by a.index`);
  return rows.map(({ index, match, file_id, name, created_at }) => ({
    index,
    match,
    file_id,
    name,
    created_at,
  }));
}
