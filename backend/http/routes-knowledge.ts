/**
 * Knowledge bases, in the existing app's paths and shapes.
 *
 * @module
 */
import { AccessGrants, CreateKnowledge, KnowledgeList } from '#contract/knowledge.ts';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import {
  createKnowledge,
  listKnowledge,
  replaceGrants,
  updateKnowledge,
} from '../knowledge/bases.ts';
import {
  allowKnowledge,
  answerKnowledge,
  knowledgeAnswer,
  visibilityOf,
} from './answer-knowledge.ts';
import { check, operation } from './describe.ts';
import { emptyKnowledge } from './knowledge-files.ts';
import { direction, pageNumber, words } from './parameters.ts';
import type { Env, Services } from './services.ts';

const ListQuery = v.object({
  page: pageNumber,
  query: words,
  order_by: v.optional(v.picklist(['name', 'created_at', 'updated_at']), 'updated_at'),
  direction,
});
const Grants = v.object({ access_grants: AccessGrants });

export function knowledgeRoutes(services: Services): Hono<Env> {
  const { db } = services;
  return new Hono<Env>()
    .get(
      '/',
      operation({
        tag: 'Knowledge',
        summary: 'Knowledge bases, newest first',
        answers: { 200: { schema: KnowledgeList, as: 'A page of 30' } },
        problems: ['invalid'],
      }),
      check('query', ListQuery),
      async (c) => c.json(await list(c, services, c.req.valid('query'))),
    )
    .get(
      '/search',
      operation({
        tag: 'Knowledge',
        summary: 'Knowledge bases by name or description',
        answers: { 200: { schema: KnowledgeList, as: 'A page of 30' } },
        problems: ['invalid'],
      }),
      check('query', ListQuery),
      async (c) => c.json(await list(c, services, c.req.valid('query'))),
    )
    .post(
      '/create',
      operation({
        tag: 'Knowledge',
        summary: 'Make a knowledge base',
        answers: { 200: knowledgeAnswer },
        problems: ['invalid'],
      }),
      check('json', CreateKnowledge),
      async (c) => {
        const input = c.req.valid('json');
        const id = await db.orm.transaction((tx) => createKnowledge(tx, c.get('actor').id, input));
        return answerKnowledge(c, db, id);
      },
    )
    .get(
      '/:id',
      operation({
        tag: 'Knowledge',
        summary: 'One knowledge base',
        answers: { 200: knowledgeAnswer },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allowKnowledge(c, db, 'read');
        return answerKnowledge(c, db);
      },
    )
    .post(
      '/:id/update',
      operation({
        tag: 'Knowledge',
        summary: 'Rename or describe it, or change who may see it',
        answers: { 200: knowledgeAnswer },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('json', CreateKnowledge),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        const id = c.req.param('id');
        await db.orm.transaction((tx) => updateKnowledge(tx, id, c.req.valid('json')));
        return answerKnowledge(c, db, id);
      },
    )
    .post(
      '/:id/access/update',
      operation({
        tag: 'Knowledge',
        summary: 'Change who may see it',
        answers: { 200: knowledgeAnswer },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('json', Grants),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        const id = c.req.param('id');
        await db.orm.transaction((tx) => replaceGrants(tx, id, c.req.valid('json').access_grants));
        return answerKnowledge(c, db, id);
      },
    )
    .delete(
      '/:id/delete',
      operation({
        tag: 'Knowledge',
        summary: 'Delete it with its sessions; its files stay',
        answers: { 200: { schema: v.boolean(), as: 'true' } },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        await emptyKnowledge(c, services, true);
        return c.json(true);
      },
    )
    .post(
      '/:id/reset',
      operation({
        tag: 'Knowledge',
        summary: 'Take all files out of it, and forget its sessions; the files stay',
        answers: { 200: knowledgeAnswer },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        await emptyKnowledge(c, services, false);
        return answerKnowledge(c, db);
      },
    );
}

function list(
  c: Context<Env>,
  { db }: Services,
  query: v.InferOutput<typeof ListQuery>,
): Promise<KnowledgeList> {
  const { order_by: orderBy, ...rest } = query;
  return listKnowledge(db.orm, { ...rest, orderBy }, visibilityOf(c));
}
