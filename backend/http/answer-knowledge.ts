/**
 * Access check and response shared by the routes of a knowledge base.
 *
 * @module
 */
import { Knowledge } from '#contract/knowledge.ts';
import type { Context } from 'hono';
import {
  mayAccessKnowledge,
  mayChangeKnowledge,
  type Permission,
  requireAccess,
} from '../access/permissions.ts';
import type { Database } from '../database/connection.ts';
import { getKnowledge, type Visibility } from '../knowledge/bases.ts';
import type { Env } from './services.ts';

/** The response of most of these routes. */
export const knowledgeAnswer = { schema: Knowledge, as: 'The knowledge base' };

/** Throws where the actor may not, as if there were no such knowledge base. */
export async function allowKnowledge(
  c: Context<Env>,
  db: Database,
  permission: Permission,
): Promise<void> {
  const id = c.req.param('id') ?? '';
  await requireAccess(db.orm, c.get('actor'), 'knowledge', id, permission);
}

/** Responds with the current state of the knowledge base, as this actor sees it. */
export async function answerKnowledge(
  c: Context<Env>,
  db: Database,
  id = c.req.param('id') ?? '',
): Promise<Response> {
  return c.json(await getKnowledge(db.orm, id, visibilityOf(c)));
}

export function visibilityOf(c: Context<Env>): Visibility {
  const actor = c.get('actor');
  return { read: mayAccessKnowledge(actor, 'read'), write: mayChangeKnowledge(actor) };
}
