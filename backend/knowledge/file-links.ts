/**
 * Links between files and knowledge bases: creates them, and lists those of a file for its owner.
 *
 * @module
 */
import type { FileLink } from '#contract/files.ts';
import { sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';
import { KEPT } from '../database/kept.ts';

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

interface Link {
  readonly knowledgeId: string;
  readonly fileId: string;
  readonly userId: string;
}

/** Links a file to an existing knowledge base. Idempotent. */
export async function linkFile(tx: Executor, link: Link): Promise<void> {
  await linkFiles(tx, [link]);
}

/**
 * Records each link in the statement that creates it. If the link is missing later, the app has
 * removed it, and a reading in progress must not create it again.
 */
export async function linkFiles(tx: Executor, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  const column = (of: (link: Link) => string) => sql`${sql.param(links.map(of))}::text[]`;
  await tx.execute(sql`${KEPT}
    with made as (
      insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      select link.id, k.id, link.file_id, link.user_id, extract(epoch from now())::bigint,
        extract(epoch from now())::bigint
      from unnest(${column(() => crypto.randomUUID())}, ${column((link) => link.knowledgeId)},
        ${column((link) => link.fileId)}, ${column((link) => link.userId)})
        as link (id, knowledge_id, file_id, user_id)
      join knowledge k on k.id = link.knowledge_id
      on conflict (knowledge_id, file_id) do nothing
      returning file_id, knowledge_id
    )
    insert into headway.delivered_file (file_id, knowledge_id)
    select file_id, knowledge_id from made order by file_id, knowledge_id on conflict do nothing`);
}
