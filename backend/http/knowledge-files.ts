/**
 * Commands on the files of a knowledge base: add, remove, reprocess, and empty.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { sql } from 'drizzle-orm';
import type { Context } from 'hono';
import { mayAccessFile, requireAccess } from '../access/permissions.ts';
import type { Executor } from '../database/connection.ts';
import { hostFile } from '../host/file-fields.ts';
import {
  belongsTo,
  belongsToNoneBut,
  keepOut,
  markDelivered,
  mayBelongTo,
  sentFor,
} from '../host/membership.ts';
import { unreferenced } from '../host/references.ts';
import { removeBytes } from '../host/stored-files.ts';
import { deleteKnowledge } from '../knowledge/bases.ts';
import { hasEdited, indexEdited } from '../knowledge/edited-text.ts';
import { deleteFiles, unlinkFiles } from '../knowledge/files.ts';
import { linkFile } from '../knowledge/file-links.ts';
import { lockFiles } from '../knowledge/lock-files.ts';
import { askerOf, type Env, type Services } from './services.ts';
import { startFiles } from './start-files.ts';

export async function addFile(c: Context<Env>, services: Services, fileId: string): Promise<void> {
  const { db } = services;
  const actor = c.get('actor');
  const knowledgeId = c.req.param('id') ?? '';
  await requireLinkable(c, db.orm, knowledgeId, fileId);
  // A file sent here by its owner stays the owner's, even if another user links it first.
  const [row] = await db.orm.execute<{ status: string; sender: string | null }>(sql`
    select ${hostFile.status} as status,
      case when ${sentFor(knowledgeId)} then f.user_id end as sender
    from file f where f.id = ${fileId}`);
  await db.orm.transaction(async (tx) => {
    await markDelivered(tx, knowledgeId, sql`f.id = ${fileId}`);
    await linkFile(tx, { knowledgeId, fileId, userId: row?.sender ?? actor.id });
    if (row?.status !== 'completed') {
      await startFiles(tx, services.queue, {
        ...askerOf(services, actor),
        knowledgeId,
        fileIds: [fileId],
      });
    }
  });
}

/**
 * Requires write access to a file before it is linked: linking shares it with all readers of the
 * knowledge base. A file that is already linked stays.
 */
async function requireLinkable(
  c: Context<Env>,
  db: Executor,
  knowledgeId: string,
  fileId: string,
): Promise<void> {
  const there = await db.execute(
    sql`select 1 from file f where f.id = ${fileId} and ${belongsTo(knowledgeId)}`,
  );
  if (there.length === 0) await requireAccess(db, c.get('actor'), 'file', fileId, 'write');
}

/**
 * Publishes the edited text of a file to search, whether edited here or by the app, as the existing
 * app does. Reprocesses any other file.
 */
export async function updateFile(
  c: Context<Env>,
  services: Services,
  fileId: string,
): Promise<void> {
  const { db, queue, control } = services;
  const knowledgeId = c.req.param('id') ?? '';
  await requireFileOf(db.orm, knowledgeId, fileId);
  const asker = askerOf(services, c.get('actor'));
  const edited = await hasEdited(db.orm, fileId);
  // Must precede the lock of the file: a worker locks its job first.
  if (edited) await control.cancelFile(fileId);
  await db.orm.transaction(async (tx) => {
    if (edited && await indexEdited(tx, fileId)) return;
    await startFiles(tx, queue, { ...asker, knowledgeId, fileIds: [fileId] });
  });
}

export async function requireFileOf(
  db: Executor,
  knowledgeId: string,
  fileId: string,
): Promise<void> {
  const rows = await db.execute(
    sql`select 1 from file f where f.id = ${fileId} and ${belongsTo(knowledgeId)}`,
  );
  if (rows.length > 0) return;
  throw new AppError('file_not_found', message('unknown_file_here', { id: fileId }));
}

/**
 * Removes a file from the knowledge base. With `deleteFile` it is also deleted, as in the existing
 * app: if the actor may delete it, no other knowledge base links it, and nothing else of the app,
 * such as a chat, refers to it.
 */
export async function removeFile(
  c: Context<Env>,
  { db, control, storage }: Services,
  fileId: string,
  deleteFile: boolean,
): Promise<void> {
  const knowledgeId = c.req.param('id') ?? '';
  await requireFileOf(db.orm, knowledgeId, fileId);
  await control.cancelFile(fileId, knowledgeId);
  const bytes = await db.orm.transaction(async (tx) => {
    await keepOut(tx, knowledgeId, sql`f.id = ${fileId}`);
    await lockFiles(tx, [fileId]);
    const deletable = deleteFile && await isDeletable(tx, c, knowledgeId, fileId);
    await unlinkFiles(tx, knowledgeId, [fileId]);
    return deletable ? await deleteFiles(tx, [fileId]) : [];
  });
  await removeBytes(db.orm, storage, bytes);
}

async function isDeletable(
  tx: Executor,
  c: Context<Env>,
  knowledgeId: string,
  fileId: string,
): Promise<boolean> {
  const rows = await tx.execute(sql`
    select 1 from file f where f.id = ${fileId} and ${belongsToNoneBut(knowledgeId)}
      and ${mayAccessFile(c.get('actor'), 'write')} and ${await unreferenced(tx)}`);
  return rows.length > 0;
}

/**
 * Cancels and deletes the sessions of the knowledge base and removes its files; `whole` deletes it
 * as well. The files themselves stay, as in the existing app.
 */
export async function emptyKnowledge(
  c: Context<Env>,
  { db, control }: Services,
  whole: boolean,
): Promise<void> {
  const id = c.req.param('id') ?? '';
  const sessions = await db.orm.execute<{ id: string }>(
    sql`select id from headway.session where knowledge_id = ${id}`,
  );
  for (const session of sessions) await control.clear(session.id);
  await db.orm.transaction(async (tx) => {
    const files = await tx.execute<{ id: string }>(
      sql`select f.id from file f where ${mayBelongTo(id)}`,
    );
    await unlinkFiles(tx, id, files.map((file) => file.id));
    if (whole) await deleteKnowledge(tx, id);
  });
}
