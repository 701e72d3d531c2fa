/**
 * Knowledge bases and their files, in the existing app's paths and shapes.
 *
 * @module
 */
import { FILE_STATES, FileRow, SearchResults } from '#contract/files.ts';
import { FILE_KINDS } from '#contract/kinds.ts';
import {
  AccessGrant,
  CreateKnowledge,
  FileReference,
  Knowledge,
  KnowledgeFiles,
  KnowledgeList,
} from '#contract/knowledge.ts';
import { FilesToCompare, KnownFiles } from '#contract/known-files.ts';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { mayAccessKnowledge, type Permission, requireAccess } from '../access/permissions.ts';
import {
  createKnowledge,
  getKnowledge,
  listKnowledge,
  PAGE_SIZE,
  replaceGrants,
  updateKnowledge,
  type Visibility,
} from '../knowledge/bases.ts';
import { listPending } from '../knowledge/files.ts';
import { knownFiles } from '../knowledge/known-files.ts';
import { listKnowledgeFiles } from '../knowledge/list-files.ts';
import { search } from '../knowledge/search.ts';
import { cleanFilename } from '../uploads/filename.ts';
import { check, operation } from './describe.ts';
import { addFile, emptyKnowledge, removeFile, updateFile } from './knowledge-files.ts';
import { pageNumber, whole } from './parameters.ts';
import type { Env, Services } from './services.ts';

const text = v.optional(v.string(), '');
const direction = v.optional(v.picklist(['asc', 'desc']), 'desc');
const ListQuery = v.object({
  page: pageNumber,
  query: text,
  order_by: v.optional(v.picklist(['name', 'created_at', 'updated_at']), 'updated_at'),
  direction,
});
const FilesQuery = v.object({
  page: pageNumber,
  query: text,
  order_by: v.optional(
    v.pipe(
      v.picklist(['name', 'filename', 'created_at', 'updated_at', 'size', 'state']),
      v.transform((by) => by === 'name' ? 'filename' as const : by),
    ),
    'updated_at',
  ),
  direction,
  state: v.optional(v.picklist(['all', ...FILE_STATES])),
  kind: v.optional(v.picklist(FILE_KINDS)),
  limit: whole(1, 200, PAGE_SIZE),
});
const SearchQuery = v.object({
  q: v.pipe(v.string(), v.trim(), v.minLength(1, 'Say what to search for'), v.maxLength(400)),
  limit: whole(1, 100, 20),
  offset: whole(0, 100_000, 0),
});
const Grants = v.object({ access_grants: v.array(AccessGrant) });

const base = { schema: Knowledge, as: 'The knowledge base' };

export function knowledgeRoutes(services: Services): Hono<Env> {
  const { db } = services;
  const allow = (c: Context<Env>, permission: Permission) =>
    requireAccess(db.orm, c.get('actor'), 'knowledge', c.req.param('id') ?? '', permission);
  const answer = async (c: Context<Env>, id: string) =>
    c.json(await getKnowledge(db.orm, id, visibilityOf(c)));

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
        answers: { 200: base },
        problems: ['invalid'],
      }),
      check('json', CreateKnowledge),
      async (c) => {
        const input = c.req.valid('json');
        const id = await db.orm.transaction((tx) => createKnowledge(tx, c.get('actor').id, input));
        return answer(c, id);
      },
    )
    .get(
      '/:id',
      operation({
        tag: 'Knowledge',
        summary: 'One knowledge base',
        answers: { 200: base },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allow(c, 'read');
        return answer(c, c.req.param('id'));
      },
    )
    .post(
      '/:id/update',
      operation({
        tag: 'Knowledge',
        summary: 'Rename or describe it, or change who may see it',
        answers: { 200: base },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('json', CreateKnowledge),
      async (c) => {
        await allow(c, 'write');
        const id = c.req.param('id');
        await db.orm.transaction((tx) => updateKnowledge(tx, id, c.req.valid('json')));
        return answer(c, id);
      },
    )
    .post(
      '/:id/access/update',
      operation({
        tag: 'Knowledge',
        summary: 'Change who may see it',
        answers: { 200: base },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('json', Grants),
      async (c) => {
        await allow(c, 'write');
        const id = c.req.param('id');
        await db.orm.transaction((tx) => replaceGrants(tx, id, c.req.valid('json').access_grants));
        return answer(c, id);
      },
    )
    .delete(
      '/:id/delete',
      operation({
        tag: 'Knowledge',
        summary: 'Delete it with its sessions, and the files that belong to no other',
        answers: { 200: { schema: v.boolean(), as: 'true' } },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allow(c, 'write');
        await emptyKnowledge(c, services, true);
        return c.json(true);
      },
    )
    .post(
      '/:id/reset',
      operation({
        tag: 'Knowledge',
        summary: 'Remove everything in it',
        answers: { 200: base },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allow(c, 'write');
        await emptyKnowledge(c, services, false);
        return answer(c, c.req.param('id'));
      },
    )
    .get(
      '/:id/files',
      operation({
        tag: 'Knowledge',
        summary: 'Its files, without their text',
        description:
          'The linked ones; with `state` all that were sent for it too, each with where ' +
          'it stands, and how many there are in each state.',
        answers: { 200: { schema: KnowledgeFiles, as: 'A page of 30, or of `limit`' } },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('query', FilesQuery),
      async (c) => {
        await allow(c, 'read');
        const { order_by: orderBy, ...request } = c.req.valid('query');
        const id = c.req.param('id');
        return c.json(await listKnowledgeFiles(db.orm, id, { ...request, orderBy }));
      },
    )
    .post(
      '/:id/files/known',
      operation({
        tag: 'Knowledge',
        summary: 'Which of these files it has already',
        description: 'Asked before bytes are sent. Where `match` is `size`, the SHA-256 of the ' +
          'bytes, sent in another question, tells whether the file is the same.',
        answers: { 200: { schema: KnownFiles, as: 'Those that are there, or might be' } },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('json', FilesToCompare),
      async (c) => {
        await allow(c, 'read');
        const files = c.req.valid('json').files
          .map((file) => ({ ...file, name: cleanFilename(file.name) }));
        return c.json({ items: await knownFiles(db.orm, c.req.param('id'), files) });
      },
    )
    .get(
      '/:id/files/pending',
      operation({
        tag: 'Knowledge',
        summary: 'Files sent for it that are not ready: waiting, running or failed',
        answers: { 200: { schema: v.array(FileRow), as: 'The files, newest first' } },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        await allow(c, 'read');
        return c.json(await listPending(db.orm, c.req.param('id')));
      },
    )
    .post(
      '/:id/file/add',
      operation({
        tag: 'Knowledge',
        summary: 'Put a file into it; one that was not processed is queued',
        answers: { 200: base },
        problems: ['invalid', 'knowledge_not_found', 'file_not_found'],
      }),
      check('json', FileReference),
      async (c) => {
        await allow(c, 'write');
        await addFile(c, services, c.req.valid('json').file_id);
        return answer(c, c.req.param('id'));
      },
    )
    .post(
      '/:id/file/update',
      operation({
        tag: 'Knowledge',
        summary: 'Process a file of it again',
        answers: { 200: base },
        problems: ['invalid', 'knowledge_not_found', 'file_not_found'],
      }),
      check('json', FileReference),
      async (c) => {
        await allow(c, 'write');
        await updateFile(c, services, c.req.valid('json').file_id);
        return answer(c, c.req.param('id'));
      },
    )
    .post(
      '/:id/file/remove',
      operation({
        tag: 'Knowledge',
        summary: 'Take a file out of it, and delete the file where it belongs to no other',
        answers: { 200: base },
        problems: ['invalid', 'knowledge_not_found', 'file_not_found'],
      }),
      check('json', FileReference),
      async (c) => {
        await allow(c, 'write');
        await removeFile(c, services, c.req.valid('json').file_id);
        return answer(c, c.req.param('id'));
      },
    )
    .get(
      '/:id/search',
      operation({
        tag: 'Search',
        summary: 'Full-text search over what was read of its files',
        description: 'Words, "a phrase", `or`, `-not`. Hits name the page or the time.',
        answers: { 200: { schema: SearchResults, as: 'Hits, best first' } },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('query', SearchQuery),
      async (c) => {
        await allow(c, 'read');
        const { q, limit, offset } = c.req.valid('query');
        const request = { knowledgeId: c.req.param('id'), query: q, limit, offset };
        return c.json(await search(db.orm, request));
      },
    );
}

function visibilityOf(c: Context<Env>): Visibility {
  const actor = c.get('actor');
  return { read: mayAccessKnowledge(actor, 'read'), write: mayAccessKnowledge(actor, 'write') };
}

function list(
  c: Context<Env>,
  { db }: Services,
  query: v.InferOutput<typeof ListQuery>,
): Promise<KnowledgeList> {
  const { order_by: orderBy, ...rest } = query;
  return listKnowledge(db.orm, { ...rest, orderBy }, visibilityOf(c));
}
