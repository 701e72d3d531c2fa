/**
 * The contract and how to read it, and what operators scrape.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { sql } from 'drizzle-orm';
import { type Context, Hono } from 'hono';
import { openAPIRouteHandler } from 'hono-openapi';
import * as v from 'valibot';
import { operation } from './describe.ts';
import { sendDocsAsset, sendDocsPage } from './docs.ts';
import type { Env, Services } from './services.ts';

const Health = v.object({ status: v.literal('ok') });

/** `app` is the whole application, whose routes the document describes. */
export function systemRoutes(services: Services, app: Hono<Env>): Hono<Env> {
  return new Hono<Env>()
    .get(
      '/health',
      operation({
        tag: 'System',
        summary: 'Whether this process answers',
        answers: { 200: { schema: Health, as: 'It does' } },
      }),
      (c) => c.json({ status: 'ok' }),
    )
    .get(
      '/ready',
      operation({
        tag: 'System',
        summary: 'Whether this process can do its work: its database answers',
        answers: { 200: { schema: Health, as: 'It can' } },
      }),
      (c) => ready(c, services),
    )
    .get(
      '/openapi.json',
      openAPIRouteHandler(app, {
        documentation: {
          openapi: '3.1.0',
          info: {
            title: 'Headway',
            version: '1',
            description: 'File processing with progress that everybody can follow by polling. ' +
              'Errors are `application/problem+json` (RFC 9457).',
          },
          components: {
            securitySchemes: {
              bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
              cookie: { type: 'apiKey', in: 'cookie', name: 'token' },
            },
          },
          security: [{ bearer: [] }, { cookie: [] }, {}],
        },
        defaultValidationErrorResponse: false,
        // OPTIONS is part of tus, not only of CORS.
        excludeMethods: [],
      }),
    )
    .get('/docs', (c) => sendDocsPage(c))
    .get('/docs/:asset', (c) => sendDocsAsset(c, c.req.param('asset')));
}

async function ready(c: Context<Env>, { db }: Services): Promise<Response> {
  try {
    await db.orm.execute(sql`select 1`);
    return c.json({ status: 'ok' });
  } catch (cause) {
    throw new AppError('unavailable', 'The database does not answer', {
      cause,
      retryAfterSeconds: 5,
    });
  }
}
