/**
 * The right to add files to a knowledge base, checked again when they are read: it may have been
 * revoked since the upload.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Database } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import { isOnItsWay } from '../host/membership.ts';
import { accessRevoked } from './right-check.ts';

/** Checks the right of an absent user to add files to a knowledge base. */
export type MayAdd = (
  person: { readonly userId: string; readonly role: string | null },
  knowledgeId: string,
) => Promise<boolean>;

interface Asking {
  readonly db: Database;
  readonly mayAdd?: MayAdd | undefined;
}

/** A link to create, and the user whose right to add applies. */
interface Link {
  readonly [column: string]: unknown;
  readonly knowledge_id: string;
  readonly user_id: string;
  readonly user_role: string | null;
}

/**
 * Passes if there is no new link, or if the users behind the links may still add. For the session's
 * knowledge base that is the user who started it; for a file's target, its owner. Throws
 * {@link accessRevoked} otherwise.
 */
export async function expectMayAdd(
  { db, mayAdd }: Asking,
  sessionId: string,
  fileIds: readonly string[],
): Promise<void> {
  if (!mayAdd) return;
  const links = await db.orm.execute<Link>(sql`
    with given as materialized (
      select f.id, f.user_id, s.knowledge_id as of_session, s.user_id as starter, s.user_role,
        case when ${hostFile.sentFor} is distinct from s.knowledge_id and ${isOnItsWay}
          then ${hostFile.sentFor} end as sent_for
      from headway.session s join file f on f.id = any(${sql.param(fileIds)}::text[])
      where s.id = ${sessionId}
    )
    select asked.* from (
      select of_session as knowledge_id, starter as user_id, user_role from given
      where not exists (select 1 from knowledge_file l
        where l.knowledge_id = of_session and l.file_id = given.id)
      union
      select sent_for, user_id, null from given
    ) asked join knowledge k on k.id = asked.knowledge_id`);
  for (const { knowledge_id, user_id, user_role } of links) {
    if (await mayAdd({ userId: user_id, role: user_role }, knowledge_id)) continue;
    throw accessRevoked(message('right_to_add_revoked'));
  }
}
