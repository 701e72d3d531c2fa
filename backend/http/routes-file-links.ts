/**
 * Unlinks a file from a knowledge base: its owner may remove any link, including those made by
 * others.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { FileRow } from '#contract/files.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import { requireAccess } from '../access/permissions.ts';
import type { Database } from '../database/connection.ts';
import { readLinks } from '../knowledge/file-links.ts';
import { getFile, unlinkFiles } from '../knowledge/files.ts';
import { operation } from './describe.ts';
import { requireFileOf } from './knowledge-files.ts';
import type { Env, Services } from './services.ts';

/** `DELETE /files/{id}/links/{knowledge_id}`. */
export function fileLinkRoutes({ db, control }: Services): Hono<Env> {
  return new Hono<Env>().delete(
    '/:id/links/:knowledge_id',
    operation({
      tag: 'Files',
      summary: 'Take a file out of a knowledge base, as its owner',
      description: 'Whoever linked it there. The file and its other links stay.',
      answers: { 200: { schema: FileRow, as: 'The file without its text, with its other links' } },
      problems: ['file_not_found'],
    }),
    async (c) => {
      const { id, knowledge_id: knowledgeId } = c.req.param();
      await requireAccess(db.orm, c.get('actor'), 'file', id, 'read');
      if (!(await ownsFile(c, db, id))) {
        throw new AppError('forbidden', message('only_owner_unlinks'));
      }
      await requireFileOf(db.orm, knowledgeId, id);
      await control.cancelFile(id, knowledgeId);
      await db.orm.transaction((tx) => unlinkFiles(tx, knowledgeId, [id]));
      const file = await getFile(db.orm, id, { content: false });
      return c.json({ ...file, linked_to: await readLinks(db.orm, id) });
    },
  );
}

/** True for owners and administrators, who decide where a file is linked. */
export async function ownsFile(c: Context<Env>, { orm }: Database, id: string): Promise<boolean> {
  const actor = c.get('actor');
  if (actor.role === 'admin') return true;
  const rows = await orm.execute(
    sql`select 1 from file where id = ${id} and user_id = ${actor.id}`,
  );
  return rows.length > 0;
}
