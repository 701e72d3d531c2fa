/**
 * Starting sessions: of files of a knowledge base, and of those of another session again.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { formatMessage, message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { SessionAccepted, StartSession } from '#contract/sessions.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import { KEPT } from '../database/kept.ts';
import { mayAccessFile, requireAccess } from '../access/permissions.ts';
import { belongsTo } from '../host/membership.ts';
import { readSessions } from '../progress/read.ts';
import { type StartedFiles, startSession, unprocessedFiles } from '../queue/submit.ts';
import { cleanFilename } from '../uploads/filename.ts';
import { check, operation } from './describe.ts';
import { operationIdOf } from './parameters.ts';
import { askerOf, type Env, type Services } from './services.ts';
import { requestOf } from './start-files.ts';

/** `POST /knowledge/{id}/sessions`. */
export function startRoutes(services: Services): Hono<Env> {
  return new Hono<Env>().post(
    '/:id/sessions',
    operation({
      tag: 'Sessions',
      summary: 'Process files of a knowledge base',
      description:
        'Without `file_ids` and `uploads`, every file of it that is not processed. The same ' +
        '`Operation-Id` again answers with the same session and starts nothing.',
      answers: { 202: { schema: SessionAccepted, as: 'Accepted; poll the address in Location' } },
      problems: ['invalid', 'too_large', 'knowledge_not_found', 'file_not_found', 'conflict'],
    }),
    check('json', StartSession),
    (c) => start(c, services, c.req.param('id'), c.req.valid('json')),
  );
}

async function start(
  c: Context<Env>,
  services: Services,
  knowledgeId: string,
  body: StartSession,
): Promise<Response> {
  const { db, queue } = services;
  const actor = c.get('actor');
  await requireAccess(db.orm, actor, 'knowledge', knowledgeId, 'write');
  const uploads = (body.uploads ?? []).map((file) => ({ ...file, name: cleanFilename(file.name) }));
  const named = body.file_ids ?? (body.uploads ? [] : null);
  if (named) await requireFiles(c, services, knowledgeId, named);
  const fileIds = named ? [...new Set(named)] : await unprocessedFiles(db.orm, knowledgeId);
  requireFewEnough(fileIds.length + uploads.length, services.maxSessionFiles);
  const started = await startSession(db, queue, {
    knowledgeId,
    ...askerOf(services, actor),
    fileIds,
    uploads,
    priority: body.priority ?? (named ? 'high' : 'medium'),
    language: body.language ?? null,
    operationId: operationIdOf(c),
  });
  return await accepted(c, services, started, uploads.length > 0);
}

function requireFewEnough(files: number, most: number): void {
  if (files <= most) return;
  throw new AppError('too_large', message('too_many_files', { most, files }));
}

/**
 * Requires that each file belongs to this knowledge base or that the actor may change it, because
 * processing changes a file.
 */
async function requireFiles(
  c: Context<Env>,
  { db }: Services,
  knowledgeId: string,
  ids: readonly string[],
): Promise<void> {
  const asked = sql`${sql.param(ids)}::text[]`;
  const rows = await db.orm.execute<{ id: string }>(sql`${KEPT}
    select unnest(${asked}) as id except select f.id from file f where f.id = any(${asked})
      and (${belongsTo(knowledgeId)} or ${mayAccessFile(c.get('actor'), 'write')})`);
  if (rows.length === 0) return;
  const unknown = new Set(rows.map((row) => row.id));
  const missing = ids.filter((id) => unknown.has(id));
  const shown = { ids: missing.slice(0, 5), more: missing.length > 5 };
  throw new AppError('file_not_found', message('unknown_files', shown));
}

export async function again(c: Context<Env>, services: Services, id: string): Promise<Response> {
  const { db, queue } = services;
  const actor = c.get('actor');
  await requireAccess(db.orm, actor, 'session', id, 'write');
  const rows = await db.orm.execute<{ file_id: string; knowledge_id: string | null }>(sql`
    select j.file_id, s.knowledge_id from headway.job j
    join headway.session s on s.id = j.session_id join file f on f.id = j.file_id
    where s.id = ${id} and ${mayAccessFile(actor, 'write')} order by j.position`);
  const fileIds = [...new Set(rows.map((row) => row.file_id))];
  if (fileIds.length === 0) throw new AppError('conflict', message('files_gone'));
  const knowledgeId = rows[0]?.knowledge_id ?? null;
  const started = await startSession(
    db,
    queue,
    requestOf({ ...askerOf(services, actor), knowledgeId, fileIds }),
  );
  return await accepted(c, services, started, false);
}

/** Responds with the values just written; only uploads are read back, for their generated ids. */
async function accepted(
  c: Context<Env>,
  services: Services,
  { sessionId, state }: StartedFiles,
  withUploads: boolean,
): Promise<Response> {
  const address = `${API_BASE}${paths.sessionStatus(sessionId)}`;
  const body: SessionAccepted = {
    session_id: sessionId,
    ...(state && !withUploads
      ? { status: state.status, total_files: state.totalFiles, ...told(state.message), files: [] }
      : await readAccepted(services, sessionId, withUploads)),
    status_url: address,
  };
  return c.json(body, 202, {
    location: address,
    'operation-location': address,
    'retry-after': '1',
  });
}

async function readAccepted(
  { db, staleSeconds }: Services,
  id: string,
  files: boolean,
): Promise<
  Pick<SessionAccepted, 'status' | 'total_files' | 'message' | 'message_details' | 'files'>
> {
  const [read] = await readSessions(db.orm, sql`s.id = ${id}`, { files, staleSeconds });
  if (!read) throw new AppError('session_not_found', message('session_cleared', { id }));
  const { status, total_files, message: now, message_details } = read;
  const announced = (read.files ?? []).filter((file) => file.file_id === null);
  return { status, total_files, message: now, message_details, files: announced };
}

const told = (details: MessageDetails) => ({
  message: formatMessage(details),
  message_details: details,
});
