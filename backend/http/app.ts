/**
 * The API: every route under one roof, with the rules that hold for all of them.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { API_BASE } from '#contract/paths.ts';
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { problemHandler, problemResponse } from './problems.ts';
import { backgroundRoutes, preferenceRoutes } from './routes-background.ts';
import { contextRoutes } from './routes-context.ts';
import { fileRoutes } from './routes-files.ts';
import { knowledgeRoutes } from './routes-knowledge.ts';
import { progressRoutes } from './routes-progress.ts';
import { queueRoutes } from './routes-queue.ts';
import { sessionRoutes, startRoutes } from './routes-sessions.ts';
import { systemRoutes } from './routes-system.ts';
import type { Env, Services } from './services.ts';

/** JSON bodies are small; files have a limit of their own. */
const MOST_JSON_BYTES = 8 * 1024 * 1024;

/** Everything below `/api/v1`, `/openapi.json`, `/docs`, `/health` and `/ready`. */
export function createApp(services: Services): Hono<Env> {
  const app = new Hono<Env>({ strict: false });
  app.onError(problemHandler(services));
  app.notFound((c) =>
    problemResponse(new AppError('not_found', `There is nothing at ${c.req.path}`), c)
  );
  app.use(identify, secure);
  app.use(`${API_BASE}/*`, sameOrigin, smallJson, signedIn(services));
  app.route(`${API_BASE}/progress`, contextRoutes(services));
  app.route(`${API_BASE}/progress`, progressRoutes(services));
  app.route(`${API_BASE}/sessions`, sessionRoutes(services));
  app.route(`${API_BASE}/knowledge`, startRoutes(services));
  app.route(`${API_BASE}/knowledge`, knowledgeRoutes(services));
  app.route(`${API_BASE}/files`, fileRoutes(services));
  app.route(`${API_BASE}/background`, backgroundRoutes(services));
  app.route(`${API_BASE}/preferences`, preferenceRoutes(services));
  app.route(`${API_BASE}/queue`, queueRoutes(services));
  app.route('/', systemRoutes(services, app));
  return app;
}

/** Every answer names its request, so that a person can tell an operator which one failed. */
const identify: MiddlewareHandler<Env> = async (c, next) => {
  const given = c.req.header('x-request-id');
  const id = given && /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID();
  c.set('requestId', id);
  await next();
  c.header('x-request-id', id);
};

const secure: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  c.header('x-content-type-options', 'nosniff');
  c.header('referrer-policy', 'same-origin');
};

/** A page of another site must not make a signed-in browser change things here. */
const sameOrigin: MiddlewareHandler<Env> = async (c, next) => {
  const origin = c.req.header('origin');
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
  if (
    changes && origin && !c.req.header('authorization') && hostOf(origin) !== c.req.header('host')
  ) {
    throw new AppError('forbidden', 'This request came from a page of another site');
  }
  await next();
};

function hostOf(origin: string): string | null {
  return URL.parse(origin)?.host ?? null;
}

const limitJson = bodyLimit({
  maxSize: MOST_JSON_BYTES,
  onError: () => {
    throw new AppError('too_large', 'This JSON body is larger than the 8 MB that are allowed');
  },
});

const smallJson: MiddlewareHandler<Env> = (c, next) =>
  c.req.header('content-type')?.startsWith('multipart/') ? next() : limitJson(c, next);

function signedIn({ authenticate }: Services): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set('actor', await authenticate(c.req.raw));
    await next();
  };
}
