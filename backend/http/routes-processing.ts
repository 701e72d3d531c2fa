/**
 * How the files of a knowledge base are read.
 *
 * @module
 */
import { ChangeProcessing, ProcessingSettings } from '#contract/analysis.ts';
import { AppError } from '#contract/error.ts';
import { Hono } from 'hono';
import { requireAccess } from '../access/permissions.ts';
import { changeProcessing, readProcessing } from '../knowledge/processing-settings.ts';
import { check, operation } from './describe.ts';
import type { Env, Services } from './services.ts';

/** `GET` and `PATCH /knowledge/{id}/processing`. */
export function processingRoutes({ db, analysis }: Services): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/:id/processing',
      operation({
        tag: 'Analysis',
        summary: 'How the files of a knowledge base are read',
        answers: { 200: { schema: ProcessingSettings, as: 'The settings' } },
        problems: ['knowledge_not_found'],
      }),
      async (c) => {
        const id = c.req.param('id');
        await requireAccess(db.orm, c.get('actor'), 'knowledge', id, 'read');
        return c.json(await readProcessing(db.orm, id));
      },
    )
    .patch(
      '/:id/processing',
      operation({
        tag: 'Analysis',
        summary: 'Have the files of a knowledge base analysed by a remote service',
        description: 'Holds for files that are read from now on. What is left out stays; an ' +
          '`analyzer` of null reads them here again.',
        answers: { 200: { schema: ProcessingSettings, as: 'The settings afterwards' } },
        problems: ['invalid', 'knowledge_not_found', 'analyzer_not_found'],
      }),
      check('json', ChangeProcessing),
      async (c) => {
        const id = c.req.param('id');
        const change = c.req.valid('json');
        await requireAccess(db.orm, c.get('actor'), 'knowledge', id, 'write');
        if (change.analyzer && !analysis) {
          throw new AppError('analyzer_not_found', 'No analysis service is set up here');
        }
        return c.json(await changeProcessing(db.orm, id, change));
      },
    );
}
