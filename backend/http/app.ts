/**
 * The API: all routes, and the middleware that applies to all of them.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE, paths } from '#contract/paths.ts';
import { Hono, type MiddlewareHandler } from 'hono';
import { requireHost } from './host.ts';
import { limitBodies, limitRequests } from './limit-requests.ts';
import { answerOtherMethods } from './methods.ts';
import { refuseForged, shareWith } from './other-sites.ts';
import { problemHandler, problemResponse } from './problems.ts';
import type { ReadyAnswers } from './ready-answers.ts';
import { requestIdOf } from './request-id.ts';
import { tellRequests } from './request-log.ts';
import { analysisRoutes } from './routes-analysis.ts';
import { backgroundRoutes, preferenceRoutes } from './routes-background.ts';
import { contextRoutes } from './routes-context.ts';
import { fileLinkRoutes } from './routes-file-links.ts';
import { fileRoutes } from './routes-files.ts';
import { fileTextRoutes } from './routes-file-text.ts';
import { jobRoutes } from './routes-jobs.ts';
import { knowledgeFileRoutes } from './routes-knowledge-files.ts';
import { knowledgeRoutes } from './routes-knowledge.ts';
import { meRoutes } from './routes-me.ts';
import { fileProcessingRoutes, processingRoutes } from './routes-processing.ts';
import { progressRoutes } from './routes-progress.ts';
import { queueRoutes } from './routes-queue.ts';
import { searchRoutes } from './routes-search.ts';
import { sessionRoutes } from './routes-sessions.ts';
import { startRoutes } from './routes-start-sessions.ts';
import { signedIn } from './signed-in.ts';
import { systemRoutes } from './routes-system.ts';
import { safeHeaders } from './safe-headers.ts';
import { uploadRoutes } from './routes-uploads.ts';
import { webhookRoutes } from './routes-webhooks.ts';
import type { Env, Services } from './services.ts';

/** Everything below `/api/v1`, `/openapi.json`, `/docs`, `/health` and `/ready`. */
export function createApp(services: Services): Hono<Env> {
  const app = new Hono<Env>({ strict: false });
  app.onError(problemHandler(services));
  app.notFound((c) =>
    problemResponse(new AppError('not_found', message('no_route', { path: c.req.path })), c)
  );
  const { allowedOrigins } = services;
  app.use(discardHeadBody, identify);
  if (services.onRequest) app.use(tellRequests(services.onRequest));
  app.use(safeHeaders, shareWith(allowedOrigins), requireHost);
  app.use(
    `${API_BASE}/*`,
    refuseForged(allowedOrigins),
    limitBodies,
    signedIn(services),
    limitRequests(services),
    newsOfChanges(services),
  );
  const routes = routesOf(services);
  app.use(answerOtherMethods(routes));
  app.route('/', routes);
  if (services.ready) readyFirst(app, services.ready);
  return app;
}

/** Every route, without the middleware. Excludes pages that are added to the app later. */
function routesOf(services: Services): Hono<Env> {
  const app = new Hono<Env>();
  app.route(`${API_BASE}/me`, meRoutes());
  app.route(`${API_BASE}/progress`, contextRoutes(services));
  app.route(`${API_BASE}/progress`, progressRoutes(services));
  app.route(`${API_BASE}/sessions`, sessionRoutes(services));
  app.route(API_BASE, searchRoutes(services));
  app.route(`${API_BASE}/knowledge`, startRoutes(services));
  app.route(`${API_BASE}/knowledge`, knowledgeRoutes(services));
  app.route(`${API_BASE}/knowledge`, knowledgeFileRoutes(services));
  app.route(`${API_BASE}/knowledge`, processingRoutes(services));
  app.route(`${API_BASE}/analyzers`, analysisRoutes(services));
  app.route(`${API_BASE}/files`, fileRoutes(services));
  app.route(`${API_BASE}/files`, fileLinkRoutes(services));
  app.route(`${API_BASE}/files`, fileTextRoutes(services));
  app.route(`${API_BASE}/files`, fileProcessingRoutes(services));
  app.route(`${API_BASE}${paths.uploads}`, uploadRoutes(services));
  app.route(`${API_BASE}/background`, backgroundRoutes(services));
  app.route(`${API_BASE}/preferences`, preferenceRoutes(services));
  app.route(`${API_BASE}/jobs`, jobRoutes(services));
  app.route(`${API_BASE}/queue`, queueRoutes(services));
  app.route(`${API_BASE}/webhooks`, webhookRoutes(services));
  return app.route('/', systemRoutes(services, app));
}

/**
 * Releases the source of the body in a response to HEAD. The router answers HEAD with the route of
 * GET and drops its body, which leaves a file or a connection open.
 */
const discardHeadBody: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  // Deno sends a body that was looked at as a stream, without its length.
  if (c.req.method !== 'HEAD') return;
  const { body } = c.res;
  if (!body) return;
  c.res = new Response(null, c.res);
  await body.cancel();
};

const identify: MiddlewareHandler<Env> = async (c, next) => {
  const id = requestIdOf(c.req.header('x-request-id'));
  c.set('requestId', id);
  await next();
  c.header('x-request-id', id);
};

/** Invalidates the caches after a change: read-your-writes for polls. */
function newsOfChanges({ board, accessChanged }: Services): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return;
    board.doubt();
    if (SHARING.test(c.req.path)) accessChanged();
  };
}

/** Routes that change access to a knowledge base, create it or delete it. */
const SHARING = new RegExp(
  `^${API_BASE}/knowledge/(create|[^/]+/(update|access/update|delete))/?$`,
);

/** Answers polls from the cache before they reach the router. */
function readyFirst(app: Hono<Env>, ready: ReadyAnswers): void {
  const route = app.fetch;
  app.fetch = (request, env, context) => ready.answer(request) ?? routed(request, env, context);

  async function routed(...given: Parameters<typeof route>): Promise<Response> {
    const response = await route(...given);
    ready.keep(given[0], response);
    return response;
  }
}
