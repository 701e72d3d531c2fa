/**
 * Files: sending, reading, listing, deleting, in the existing app's paths and shapes.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { FileRow, ProcessStatus } from '#contract/files.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { mayAccessFile, type Permission, requireAccess } from '../access/permissions.ts';
import { storable } from '../database/json.ts';
import { renameFile } from '../host/file-meta.ts';
import { removeBytes } from '../host/stored-files.ts';
import { writeEdited } from '../knowledge/edited-text.ts';
import { deleteFiles, getBytes, getFile, listFiles, readStatus } from '../knowledge/files.ts';
import { readLinks } from '../knowledge/file-links.ts';
import { cleanFilename } from '../uploads/filename.ts';
import { sendBytes } from './content.ts';
import { check, operation } from './describe.ts';
import { flag, isSet, pageNumber } from './parameters.ts';
import { ownsFile } from './routes-file-links.ts';
import { receiveFile } from './receive-file.ts';
import type { Env, Services } from './services.ts';

const MessageAnswer = v.object({ message: v.string() });
const Content = v.object({ content: v.pipe(v.string(), v.maxLength(20_000_000)) });
const UploadQuery = v.object({ process: flag, process_in_background: flag });
const FileList = v.object({ items: v.array(FileRow), total: v.number() });

const file = { schema: FileRow, as: 'The file' };

export function fileRoutes(services: Services): Hono<Env> {
  const { db } = services;
  const allow = (c: Context<Env>, permission: Permission) =>
    requireAccess(db.orm, c.get('actor'), 'file', c.req.param('id') ?? '', permission);

  return new Hono<Env>()
    .post(
      '/',
      operation({
        tag: 'Files',
        summary: 'Send a file',
        description:
          'multipart/form-data: `file`, and `metadata` as JSON text with `knowledge_id`, ' +
          '`language`, or the `job_id` of an announced file (then `metadata` comes first, so that ' +
          'progress shows while the bytes arrive). With `process` not false it is processed in ' +
          'the background and linked to the knowledge base when done.',
        form: {
          metadata: {
            type: 'string',
            contentMediaType: 'application/json',
            description: 'May be left out',
          },
          file: {
            type: 'string',
            contentMediaType: 'application/octet-stream',
            description: 'The bytes',
          },
        },
        answers: { 200: file },
        problems: [
          'invalid',
          'too_large',
          'quota_exceeded',
          'unsupported_media_type',
          'knowledge_not_found',
          'conflict',
          'upload_stalled',
          'insufficient_storage',
        ],
      }),
      check('query', UploadQuery),
      async (c) => {
        const wanted = isSet(c.req.valid('query').process, true);
        const id = await receiveFile(services, c.get('actor'), c.req.raw, wanted);
        return c.json(await getFile(db.orm, id));
      },
    )
    .get(
      '/',
      operation({
        tag: 'Files',
        summary: "The asker's files, newest first, without their text",
        answers: { 200: { schema: FileList, as: 'A page of 30' } },
        problems: ['invalid'],
      }),
      check('query', v.object({ page: pageNumber })),
      async (c) => c.json(await ownFiles(c, services, '', c.req.valid('query').page)),
    )
    .get(
      '/search',
      operation({
        tag: 'Files',
        summary: "The asker's files by name; `*` stands for anything",
        answers: { 200: { schema: v.array(FileRow), as: 'At most 30 files' } },
        problems: ['invalid', 'file_not_found'],
      }),
      check('query', v.object({ filename: v.pipe(v.string(), v.minLength(1), v.maxLength(255)) })),
      async (c) => {
        const { filename } = c.req.valid('query');
        const { items } = await ownFiles(c, services, filename, 1);
        if (items.length > 0) return c.json(items);
        throw new AppError('file_not_found', message('unknown_name', { name: filename }));
      },
    )
    .get(
      '/count',
      operation({
        tag: 'Files',
        summary: 'How many files the asker has',
        answers: { 200: { schema: v.number(), as: 'The number' } },
      }),
      async (c) => c.json((await ownFiles(c, services, '', 1)).total),
    )
    .get(
      '/:id',
      operation({
        tag: 'Files',
        summary: 'One file with its text; `content=false` leaves the text out',
        answers: { 200: file },
        problems: ['invalid', 'file_not_found'],
      }),
      check('query', v.object({ content: flag })),
      async (c) => {
        await allow(c, 'read');
        const content = isSet(c.req.valid('query').content, true);
        const id = c.req.param('id');
        const row = await getFile(db.orm, id, { content });
        if (!(await ownsFile(c, db, id))) return c.json(row);
        return c.json({ ...row, linked_to: await readLinks(db.orm, id) });
      },
    )
    .get(
      '/:id/content',
      operation({
        tag: 'Files',
        summary: 'The bytes of a file',
        description: 'Ranges are answered with 206, so that recordings can be played and sought.',
        answers: {
          200: { schema: null, as: 'All bytes' },
          206: { schema: null, as: 'The bytes of the range' },
          304: { schema: null, as: 'Nothing changed' },
        },
        problems: ['file_not_found', 'range_not_satisfiable'],
      }),
      check('query', v.object({ download: flag })),
      async (c) => {
        await allow(c, 'read');
        const bytes = await getBytes(db.orm, c.req.param('id'));
        return await sendBytes(
          c,
          services.storage,
          bytes,
          isSet(c.req.valid('query').download, false),
        );
      },
    )
    .get(
      '/:id/process/status',
      operation({
        tag: 'Files',
        summary: 'Where its processing stands, in the old form',
        answers: { 200: { schema: ProcessStatus, as: 'The status' } },
        problems: ['file_not_found'],
      }),
      async (c) => {
        await allow(c, 'read');
        return c.json(await processStatus(services, c.req.param('id')));
      },
    )
    .post(
      '/:id/rename',
      operation({
        tag: 'Files',
        summary: 'Rename a file',
        answers: { 200: file },
        problems: ['invalid', 'file_not_found'],
      }),
      check(
        'json',
        v.object({ filename: v.pipe(v.string(), v.maxLength(1024), v.trim(), v.minLength(1)) }),
      ),
      async (c) => {
        await allow(c, 'write');
        const id = c.req.param('id');
        await renameFile(db.orm, id, cleanFilename(c.req.valid('json').filename));
        return c.json(await getFile(db.orm, id));
      },
    )
    .post(
      '/:id/data/content/update',
      operation({
        tag: 'Files',
        summary: 'Put another text in the place of what was read of a file',
        answers: { 200: { schema: Content, as: 'The text' } },
        problems: ['invalid', 'file_not_found'],
      }),
      check('json', Content),
      async (c) => {
        await allow(c, 'write');
        const content = storable(c.req.valid('json').content);
        await rewrite(services, c.req.param('id'), content);
        return c.json({ content });
      },
    )
    .delete(
      '/:id',
      operation({
        tag: 'Files',
        summary: 'Delete a file, its text and its bytes',
        answers: { 200: { schema: MessageAnswer, as: 'Deleted' } },
        problems: ['file_not_found'],
      }),
      async (c) => {
        await allow(c, 'write');
        await remove(services, c.req.param('id'));
        return c.json({ message: 'File deleted successfully' });
      },
    );
}

function ownFiles(
  c: Context<Env>,
  { db }: Services,
  query: string,
  page: number,
): ReturnType<typeof listFiles> {
  const actor = c.get('actor');
  const readable = mayAccessFile(actor, 'read');
  const condition = actor.role === 'admin'
    ? readable
    : sql`f.user_id = ${actor.id} and ${readable}`;
  return listFiles(db.orm, condition, { query, wildcards: true, page });
}

async function processStatus({ db }: Services, id: string): Promise<ProcessStatus> {
  const { status, error } = await readStatus(db.orm, id);
  if (status === 'failed') return { status, error: error ?? 'Processing failed' };
  if (status !== 'pending') return { status };
  const running = await db.orm.execute(
    sql`select 1 from headway.job where file_id = ${id} and status = 'processing' limit 1`,
  );
  return { status: running.length > 0 ? 'processing' : 'pending' };
}

async function rewrite({ db, control }: Services, id: string, text: string): Promise<void> {
  await control.cancelFile(id);
  await db.orm.transaction((tx) => writeEdited(tx, id, text));
}

async function remove({ db, control, storage }: Services, id: string): Promise<void> {
  await control.cancelFile(id);
  const bytes = await db.orm.transaction((tx) => deleteFiles(tx, [id]));
  await removeBytes(db.orm, storage, bytes);
}
