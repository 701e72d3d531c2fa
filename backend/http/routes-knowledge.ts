/**
 * Knowledge bases and their files, in the existing app's paths and shapes.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { FileRow, SearchResults } from '#contract/files.ts';
import {
  AccessGrant,
  CreateKnowledge,
  FileReference,
  Knowledge,
  KnowledgeFiles,
  KnowledgeList,
} from '#contract/knowledge.ts';
import { type SQL, sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import {
  mayAccessFile,
  mayAccessKnowledge,
  type Permission,
  requireAccess,
} from '../access/permissions.ts';
import type { Executor } from '../database/connection.ts';
import {
  createKnowledge,
  deleteKnowledge,
  getKnowledge,
  listKnowledge,
  replaceGrants,
  updateKnowledge,
  type Visibility,
} from '../knowledge/bases.ts';
import {
  belongsTo,
  belongsToNoneBut,
  deleteFiles,
  fileData,
  listKnowledgeFiles,
  listPending,
  unlinkFile,
} from '../knowledge/files.ts';
import { linkFile } from '../knowledge/finish-file.ts';
import { search } from '../knowledge/search.ts';
import { check, operation } from './describe.ts';
import { pageNumber, whole } from './parameters.ts';
import type { Env, Services } from './services.ts';
import { startFiles } from './start-files.ts';

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
      v.picklist(['name', 'filename', 'created_at', 'updated_at']),
      v.transform((by) => by === 'name' ? 'filename' as const : by),
    ),
    'updated_at',
  ),
  direction,
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
        answers: { 200: { schema: KnowledgeFiles, as: 'A page of 30' } },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('query', FilesQuery),
      async (c) => {
        await allow(c, 'read');
        const { page, query, order_by: orderBy, direction } = c.req.valid('query');
        const request = { page, query, orderBy, direction };
        return c.json(await listKnowledgeFiles(db.orm, c.req.param('id'), request));
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

async function addFile(c: Context<Env>, services: Services, fileId: string): Promise<void> {
  const { db } = services;
  const actor = c.get('actor');
  const knowledgeId = c.req.param('id') ?? '';
  await requireAccess(db.orm, actor, 'file', fileId, 'read');
  const [row] = await db.orm.execute<{ status: string | null }>(
    sql`select ${fileData} ->> 'status' as status from file f where f.id = ${fileId}`,
  );
  await db.orm.transaction(async (tx) => {
    await linkFile(tx, { knowledgeId, fileId, userId: actor.id });
    if (row?.status !== 'completed') {
      await startFiles(tx, services.queue, { userId: actor.id, knowledgeId, fileIds: [fileId] });
    }
  });
}

async function updateFile(c: Context<Env>, services: Services, fileId: string): Promise<void> {
  const { db, queue } = services;
  const knowledgeId = c.req.param('id') ?? '';
  await requireFileOf(db.orm, knowledgeId, fileId);
  const userId = c.get('actor').id;
  await db.orm.transaction((tx) =>
    startFiles(tx, queue, { userId, knowledgeId, fileIds: [fileId] })
  );
}

async function requireFileOf(db: Executor, knowledgeId: string, fileId: string): Promise<void> {
  const rows = await db.execute(
    sql`select 1 from file f where f.id = ${fileId} and ${belongsTo(knowledgeId)}`,
  );
  if (rows.length > 0) return;
  throw new AppError('file_not_found', `This knowledge base has no such file: ${fileId}`);
}

async function removeFile(c: Context<Env>, services: Services, fileId: string): Promise<void> {
  const { db, control, storage } = services;
  const knowledgeId = c.req.param('id') ?? '';
  await requireFileOf(db.orm, knowledgeId, fileId);
  await control.cancelFile(fileId, knowledgeId);
  const bytes = await db.orm.transaction(async (tx) => {
    const alone = await tx.execute(
      sql`select 1 from file f where f.id = ${fileId} and ${deletable(c, knowledgeId)}`,
    );
    await unlinkFile(tx, knowledgeId, fileId);
    return alone.length > 0 ? await deleteFiles(tx, [fileId]) : [];
  });
  for (const path of bytes) await storage.remove(path);
}

/** SQL for files that go with a knowledge base: no other has them, and the asker may delete them. */
function deletable(c: Context<Env>, knowledgeId: string): SQL {
  return sql`${belongsToNoneBut(knowledgeId)} and ${mayAccessFile(c.get('actor'), 'write')}`;
}

/** Cancels and forgets its sessions, and removes what belongs to it alone. */
async function emptyKnowledge(c: Context<Env>, services: Services, whole: boolean): Promise<void> {
  const { db, control, storage } = services;
  const id = c.req.param('id') ?? '';
  const sessions = await db.orm.execute<{ id: string }>(
    sql`select id from headway.session where knowledge_id = ${id}`,
  );
  for (const session of sessions) await control.clear(session.id);
  const bytes = await db.orm.transaction(async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      select f.id from file f where ${belongsTo(id)} and ${deletable(c, id)}`);
    await tx.execute(sql`delete from knowledge_file where knowledge_id = ${id}`);
    const paths = await deleteFiles(tx, rows.map((row) => row.id));
    if (whole) await deleteKnowledge(tx, id);
    return paths;
  });
  for (const path of bytes) await storage.remove(path);
}
