/**
 * What happens to the files of a knowledge base when somebody puts one in, takes one out, has one
 * read again, or empties it.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Context } from 'hono';
import { mayAccessFile, requireAccess } from '../access/permissions.ts';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import {
  belongsTo,
  belongsToNoneBut,
  keepOut,
  markDelivered,
  sentFor,
} from '../host/membership.ts';
import { deleteKnowledge } from '../knowledge/bases.ts';
import { deleteFiles, unlinkFile } from '../knowledge/files.ts';
import { linkFile } from '../knowledge/finish-file.ts';
import type { Env, Services } from './services.ts';
import { startFiles } from './start-files.ts';

export async function addFile(c: Context<Env>, services: Services, fileId: string): Promise<void> {
  const { db } = services;
  const actor = c.get('actor');
  const knowledgeId = c.req.param('id') ?? '';
  await requireAccess(db.orm, actor, 'file', fileId, 'read');
  // A file that its owner sent here stays the owner's, whoever links it first.
  const [row] = await db.orm.execute<{ status: string; sender: string | null }>(sql`
    select ${hostFile.status} as status,
      case when ${sentFor(knowledgeId)} then f.user_id end as sender
    from file f where f.id = ${fileId}`);
  await db.orm.transaction(async (tx) => {
    await markDelivered(tx, knowledgeId, sql`f.id = ${fileId}`);
    await linkFile(tx, { knowledgeId, fileId, userId: row?.sender ?? actor.id });
    if (row?.status !== 'completed') {
      await startFiles(tx, services.queue, { userId: actor.id, knowledgeId, fileIds: [fileId] });
    }
  });
}

export async function updateFile(
  c: Context<Env>,
  services: Services,
  fileId: string,
): Promise<void> {
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

export async function removeFile(
  c: Context<Env>,
  services: Services,
  fileId: string,
): Promise<void> {
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
export async function emptyKnowledge(
  c: Context<Env>,
  services: Services,
  whole: boolean,
): Promise<void> {
  const { db, control, storage } = services;
  const id = c.req.param('id') ?? '';
  const sessions = await db.orm.execute<{ id: string }>(
    sql`select id from headway.session where knowledge_id = ${id}`,
  );
  for (const session of sessions) await control.clear(session.id);
  const bytes = await db.orm.transaction(async (tx) => {
    await keepOut(tx, id, belongsTo(id));
    const rows = await tx.execute<{ id: string }>(sql`
      select f.id from file f where ${belongsTo(id)} and ${deletable(c, id)}
      order by f.id for update of f`);
    await markDelivered(tx, id, belongsTo(id));
    await tx.execute(sql`delete from knowledge_file where knowledge_id = ${id}`);
    const paths = await deleteFiles(tx, rows.map((row) => row.id));
    if (whole) await deleteKnowledge(tx, id);
    return paths;
  });
  for (const path of bytes) await storage.remove(path);
}
