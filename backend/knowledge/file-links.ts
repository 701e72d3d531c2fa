/**
 * Knowledge bases that a file is linked to, for its owner to see.
 *
 * @module
 */
import type { FileLink } from '#contract/files.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

const MOST_LINKS = 1_000;

/** Links of a file, oldest first. */
export async function readLinks(db: Executor, fileId: string): Promise<FileLink[]> {
  const rows = await db.execute<FileLink & { [column: string]: unknown }>(sql`
    select l.knowledge_id, k.name as knowledge_name, l.user_id as linked_by,
      u.name as linked_by_name, l.created_at::float8 as linked_at
    from knowledge_file l join knowledge k on k.id = l.knowledge_id
    left join "user" u on u.id = l.user_id
    where l.file_id = ${fileId} order by l.created_at, l.knowledge_id limit ${MOST_LINKS}`);
  return [...rows];
}
