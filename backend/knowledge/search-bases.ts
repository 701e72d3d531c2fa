/**
 * Knowledge bases of the files that a search found.
 *
 * @module
 */
import type { HitKnowledge } from '#contract/files.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { nextBaseOf } from '../host/membership.ts';

/**
 * Reads, for each file, the first by name of its knowledge bases among those that a condition on
 * `knowledge` (as `k`) allows, and their number. A file in none has no entry. What is linked is read
 * once: the app's table has no index by file.
 */
export async function basesOfFiles(
  db: Executor,
  fileIds: readonly string[],
  readable: SQL,
): Promise<Map<string, HitKnowledge>> {
  if (fileIds.length === 0) return new Map();
  const ids = [...new Set(fileIds)];
  const rows = await db.execute<HitKnowledge & { [column: string]: unknown; file_id: string }>(sql`
    select near.file_id, count(*)::int as total,
      (array_agg(k.id order by lower(k.name), k.id))[1] as id,
      (array_agg(k.name order by lower(k.name), k.id))[1] as name
    from (
      select l.file_id, l.knowledge_id as id from knowledge_file l where l.file_id in ${ids}
      union select f.id, next.id from file f cross join lateral ${nextBaseOf} next where f.id in ${ids}
    ) near
    join knowledge k on k.id = near.id
    where ${readable}
    group by near.file_id`);
  return new Map(rows.map(({ file_id, id, name, total }) => [file_id, { id, name, total }]));
}
