/**
 * Processing settings of knowledge bases and of single files.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import {
  ChangeProcessing,
  FileProcessing,
  KnowledgeProcessing,
  type ProcessingSettings,
} from '#contract/processing.ts';
import { Hono } from 'hono';
import { requireAccess } from '../access/permissions.ts';
import { declareFileLanguage } from '../host/file-meta.ts';
import {
  changeProcessing,
  fileLanguage,
  readProcessing,
} from '../knowledge/processing-settings.ts';
import { EMBEDDED_LANGUAGES } from '../processing/transcribe/language.ts';
import { setLanguage } from '../progress/jobs.ts';
import { check, operation } from './describe.ts';
import type { Env, Services } from './services.ts';

/** `GET` and `PATCH /knowledge/{id}/processing`. */
export function processingRoutes({ db, analysis, transcription }: Services): Hono<Env> {
  const described = (settings: ProcessingSettings): KnowledgeProcessing => ({
    ...settings,
    speech_languages: transcription ? null : [...EMBEDDED_LANGUAGES],
  });
  return new Hono<Env>()
    .get(
      '/:id/processing',
      operation({
        tag: 'Processing',
        summary: 'How the files of a knowledge base are read',
        answers: { 200: { schema: KnowledgeProcessing, as: 'The settings' } },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        const id = c.req.param('id');
        await requireAccess(db.orm, c.get('actor'), 'knowledge', id, 'read');
        return c.json(described(await readProcessing(db.orm, id)));
      },
    )
    .patch(
      '/:id/processing',
      operation({
        tag: 'Processing',
        summary: 'Set the language of a knowledge base, or have its files analysed elsewhere',
        description: 'Holds for files that are read from now on. What is left out stays; an ' +
          '`analyzer` of null reads them here again. A file that declares a language keeps it.',
        answers: { 200: { schema: KnowledgeProcessing, as: 'The settings afterwards' } },
        problems: ['invalid', 'knowledge_not_found', 'analyzer_not_found'],
      }),
      check('json', ChangeProcessing),
      async (c) => {
        const id = c.req.param('id');
        const change = c.req.valid('json');
        await requireAccess(db.orm, c.get('actor'), 'knowledge', id, 'write');
        if (change.analyzer && !analysis) {
          throw new AppError('analyzer_not_found', message('no_analysis_service'));
        }
        return c.json(described(await changeProcessing(db.orm, id, change)));
      },
    );
}

/** `GET` and `PATCH /files/{id}/processing`. */
export function fileProcessingRoutes({ db }: Services): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/:id/processing',
      operation({
        tag: 'Processing',
        summary: 'The language that a file declares',
        answers: { 200: { schema: FileProcessing, as: 'The language' } },
        problems: ['file_not_found'],
      }),
      async (c) => {
        const id = c.req.param('id');
        await requireAccess(db.orm, c.get('actor'), 'file', id, 'read');
        return c.json({ language: await fileLanguage(db.orm, id) });
      },
    )
    .patch(
      '/:id/processing',
      operation({
        tag: 'Processing',
        summary: 'Declare the language of a file',
        description: 'Holds from the next time that it is read: what waits, or is tried again. ' +
          'Null leaves it to the knowledge base.',
        answers: { 200: { schema: FileProcessing, as: 'The language afterwards' } },
        problems: ['invalid', 'file_not_found'],
      }),
      check('json', FileProcessing),
      async (c) => {
        const id = c.req.param('id');
        const { language } = c.req.valid('json');
        await requireAccess(db.orm, c.get('actor'), 'file', id, 'write');
        await db.orm.transaction(async (tx) => {
          // Jobs first: every transaction locks them in this order.
          await setLanguage(tx, id, language);
          await declareFileLanguage(tx, id, language);
        });
        return c.json({ language });
      },
    );
}
