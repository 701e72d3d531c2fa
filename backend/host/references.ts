/**
 * Rows of the app that refer to a file, apart from its links to knowledge bases: attachments of
 * chats and channels are deleted with their file.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../database/connection.ts';

/**
 * SQL: true if no table of the app except `knowledge_file` refers to `file f`: none with a foreign
 * key, and no `chat_file`, which may have none.
 */
export async function unreferenced(db: Executor): Promise<SQL> {
  const rows = await db.execute<{ reference: string }>(sql`
    select format('exists (select 1 from %s r where r.%I = f.id)', c.conrelid::regclass, a.attname)
      as reference
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = to_regclass('file')
      and c.conrelid is distinct from to_regclass('knowledge_file')
    union
    select format('exists (select 1 from %s r where r.file_id = f.id)', a.attrelid::regclass)
    from pg_attribute a
    where a.attrelid = to_regclass('chat_file') and a.attname = 'file_id' and not a.attisdropped`);
  const references = rows.map(({ reference }) => sql.raw(reference));
  return references.length === 0 ? sql`true` : sql`not (${sql.join(references, sql` or `)})`;
}
