/**
 * The right to put files into a knowledge base, asked again when they are read: it may have been
 * taken away since they were accepted.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { ProcessingError } from '../processing/processor.ts';

/** Whether a person may still put files into a knowledge base. */
export type MayAdd = (
  person: { readonly userId: string; readonly role: string | null },
  knowledgeId: string,
) => Promise<boolean>;

interface Asking {
  readonly db: Database;
  readonly mayAdd?: MayAdd | undefined;
}

/**
 * Passes where the files are in the knowledge base of their session, or whoever started that may
 * still put them there. Throws {@link ProcessingError} otherwise.
 */
export async function expectMayAdd(
  { db, mayAdd }: Asking,
  sessionId: string,
  fileIds: readonly string[],
): Promise<void> {
  if (!mayAdd) return;
  const [session] = await db.orm.execute<
    { knowledge_id: string; user_id: string; user_role: string | null }
  >(sql`
    select s.knowledge_id, s.user_id, s.user_role
    from headway.session s join knowledge k on k.id = s.knowledge_id
    where s.id = ${sessionId} and exists (
      select 1 from unnest(${sql.param(fileIds)}::text[]) as given (id) where not exists (
        select 1 from knowledge_file l
        where l.knowledge_id = s.knowledge_id and l.file_id = given.id))`);
  if (!session) return;
  const person = { userId: session.user_id, role: session.user_role };
  if (await mayAdd(person, session.knowledge_id)) return;
  const reason = 'Whoever sent this file may not add to the knowledge base any more';
  throw new ProcessingError('job_failed', reason);
}
