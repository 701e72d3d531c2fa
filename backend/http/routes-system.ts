/**
 * The OpenAPI document and its page, health, readiness and metrics.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { formatMessage, type Message, message } from '#contract/messages/catalogue.ts';
import { RemoteStatus } from '#contract/remote.ts';
import { type Context, Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import * as v from 'valibot';
import { countWorkers } from '../progress/workers.ts';
import { ENVIRONMENT_FAILURES } from '../processing/environment.ts';
import { readTroubles } from '../progress/attempts.ts';
import { readRemoteStatuses } from '../queue/remote-status.ts';
import { describeWebhooks } from './describe-webhooks.ts';
import { nameVerbs } from './custom-verbs.ts';
import { operation } from './describe.ts';
import { sendDocsAsset, sendDocsPage } from './docs.ts';
import { sendProblemsPage } from './problems-page.ts';
import { type Env, remoteStatuses, type Services } from './services.ts';

const Health = v.object({ status: v.literal('ok') });
/**
 * A failed precondition that jobs wait for: space, permission, memory, a connection, or rows that
 * are locked or refuse writes.
 */
const Waiting = v.object({
  reason: v.picklist(ENVIRONMENT_FAILURES),
  detail: v.string(),
  jobs: v.pipe(
    v.number(),
    v.description('Jobs that wait; with `rows_refused` rows of knowledge bases and files'),
  ),
  /** Epoch seconds. */
  since: v.number(),
});
/**
 * `degraded`: the API responds, but no worker is running, an external service is down, or jobs wait
 * for a fix of their worker's environment.
 */
const Ready = v.object({
  status: v.picklist(['ok', 'degraded']),
  message: v.optional(v.string()),
  workers: v.pipe(
    v.number(),
    v.description('Workers that are running; without one no file is read'),
  ),
  waiting: v.optional(v.array(Waiting)),
  warnings: v.optional(v.pipe(
    v.array(v.string()),
    v.description("What may not work with this version of the existing app's tables"),
  )),
  services: v.optional(v.array(v.omit(RemoteStatus, ['error']))),
});

/** `app` is the whole application, whose routes the document describes. */
export function systemRoutes(services: Services, app: Hono<Env>): Hono<Env> {
  let document: object | null = null;
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
        summary:
          'Whether this process can do its work: its database answers, and a worker is running',
        answers: { 200: { schema: Ready, as: 'It can' } },
      }),
      (c) => ready(c, services),
    )
    .get(
      '/openapi.json',
      async (c) => c.json(document ??= await describeApi(app)),
    )
    .get('/docs/problems', (c) => sendProblemsPage(c))
    .get('/docs', (c) => sendDocsPage(c))
    .get('/docs/:asset', (c) => sendDocsAsset(c, c.req.param('asset')));
}

async function ready(c: Context<Env>, services: Services): Promise<Response> {
  try {
    const workers = await countWorkers(services.db.orm);
    const shown = (await readRemoteStatuses(services.db.orm, remoteStatuses(services)))
      // The reason of an outage is only for users who may see the queue.
      .map(({ error: _, error_details: __, ...rest }) => rest);
    const isDown = shown.some(({ status }) => status === 'down');
    const waiting = (await readTroubles(services.db.orm)).map(({ failure, jobs, since }) => ({
      reason: failure,
      detail: formatMessage(message('environment', { failure })),
      jobs,
      since,
    }));
    return c.json({
      status: isDown || workers === 0 || waiting.length > 0 ? 'degraded' : 'ok',
      ...(workers === 0 && { message: formatMessage(message('no_worker')) }),
      workers,
      ...(waiting.length > 0 && { waiting }),
      ...(services.hostWarnings.length > 0 && { warnings: services.hostWarnings }),
      ...(shown.length > 0 && { services: shown }),
    });
  } catch (cause) {
    throw new AppError('unavailable', await whyDown(services), {
      cause,
      retryAfterSeconds: 5,
    });
  }
}

/** The cause of an outage of a local database: a full disk, or the reason it could not start. */
async function whyDown({ fullDisk, databaseTrouble }: Services): Promise<Message> {
  const free = await fullDisk();
  if (free !== null) return message('database_full', { free });
  const trouble = await databaseTrouble().catch(() => null);
  return trouble === null
    ? message('database_silent')
    : message('database_restarting', { trouble });
}

async function describeApi(app: Hono<Env>): Promise<object> {
  const document = await generateSpecs(app, {
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
  });
  nameVerbs(document as Parameters<typeof nameVerbs>[0], app.routes);
  return { ...document, webhooks: describeWebhooks() };
}
