/**
 * Files of a knowledge base, in the existing app's paths and shapes.
 *
 * @module
 */
import { FILE_STATES, FileRow } from '#contract/files.ts';
import { FILE_KINDS } from '#contract/kinds.ts';
import { FileReference, KnowledgeFiles } from '#contract/knowledge.ts';
import { FilesToCompare, KnownFiles } from '#contract/known-files.ts';
import { Hono } from 'hono';
import * as v from 'valibot';
import { PAGE_SIZE } from '../knowledge/bases.ts';
import { listPending } from '../knowledge/files.ts';
import { knownFiles } from '../knowledge/known-files.ts';
import { listKnowledgeFiles } from '../knowledge/list-files.ts';
import { cleanFilename } from '../uploads/filename.ts';
import { allowKnowledge, answerKnowledge, knowledgeAnswer } from './answer-knowledge.ts';
import { check, operation } from './describe.ts';
import { addFile, removeFile, updateFile } from './knowledge-files.ts';
import { direction, flag, isSet, pageNumber, whole, words } from './parameters.ts';
import type { Env, Services } from './services.ts';

const FilesQuery = v.object({
  page: pageNumber,
  query: words,
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

export function knowledgeFileRoutes(services: Services): Hono<Env> {
  const { db } = services;
  return new Hono<Env>()
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
        await allowKnowledge(c, db, 'read');
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
          'bytes, sent in another question, tells whether the file is the same. A file that failed ' +
          'or was cancelled is not there: it is to be sent, or processed, again.',
        answers: { 200: { schema: KnownFiles, as: 'Those that are there, or might be' } },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('json', FilesToCompare),
      async (c) => {
        await allowKnowledge(c, db, 'read');
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
        await allowKnowledge(c, db, 'read');
        return c.json(await listPending(db.orm, c.req.param('id')));
      },
    )
    .post(
      '/:id/file/add',
      operation({
        tag: 'Knowledge',
        summary: 'Put a file into it; one that was not processed is queued',
        answers: { 200: knowledgeAnswer },
        problems: ['invalid', 'knowledge_not_found', 'file_not_found'],
      }),
      check('json', FileReference),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        await addFile(c, services, c.req.valid('json').file_id);
        return answerKnowledge(c, db);
      },
    )
    .post(
      '/:id/file/update',
      operation({
        tag: 'Knowledge',
        summary: 'Process a file of it again; an edited text is kept and indexed',
        description: 'A text that was edited, through `data/content/update` or by the app in its ' +
          'row, is kept, and search finds it. To read the bytes instead, start a session that ' +
          'names the file.',
        answers: { 200: knowledgeAnswer },
        problems: ['invalid', 'knowledge_not_found', 'file_not_found'],
      }),
      check('json', FileReference),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        await updateFile(c, services, c.req.valid('json').file_id);
        return answerKnowledge(c, db);
      },
    )
    .post(
      '/:id/file/remove',
      operation({
        tag: 'Knowledge',
        summary: 'Take a file out of it, and delete the file where nothing else has it',
        description: 'With `delete_file=false` the file stays. It stays as well where another ' +
          'knowledge base, a chat or a channel has it, or where the asker may not delete it.',
        answers: { 200: knowledgeAnswer },
        problems: ['invalid', 'knowledge_not_found', 'file_not_found'],
      }),
      check('query', v.object({ delete_file: flag })),
      check('json', FileReference),
      async (c) => {
        await allowKnowledge(c, db, 'write');
        const deleteFile = isSet(c.req.valid('query').delete_file, true);
        await removeFile(c, services, c.req.valid('json').file_id, deleteFile);
        return answerKnowledge(c, db);
      },
    );
}
