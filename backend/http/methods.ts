/**
 * Answers methods that a known path has no route for, from the router's own table (RFC 9110,
 * sections 9.3.7 and 15.5.6). `hono/method-not-allowed` handles neither OPTIONS nor a route of GET
 * that answers only HEAD.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Context, Hono, MiddlewareHandler, Next } from 'hono';
import { problemResponse } from './problems.ts';
import type { Env } from './services.ts';

/** Marks a route of GET as HEAD only: the router sends HEAD to the route of GET. */
export async function headOnly(c: Context<Env>, next: Next): Promise<void> {
  if (c.req.method === 'GET') throw new AppError('method_not_allowed', message('only_head'));
  await next();
}

/**
 * Handles requests that match a path but no method of `routes`: OPTIONS with the allowed methods,
 * others with `method_not_allowed`. Every 405 has the header Allow.
 */
export function answerOtherMethods(routes: Hono<Env>): MiddlewareHandler<Env> {
  const known = [...new Set(routes.routes.map(({ method }) => method))];
  return async (c, next) => {
    await next();
    const isUnrouted = c.res.status === 404 && !c.error;
    if (!isUnrouted && c.res.status !== 405) return;
    const methods = methodsAt(routes, known, c.req.path);
    if (methods.length === 0) return;
    const allow = [...methods, 'OPTIONS'].sort().join(', ');
    if (isUnrouted) c.res = c.req.method === 'OPTIONS' ? noContent() : refusal(c, allow);
    c.header('allow', allow);
  };
}

function methodsAt(routes: Hono<Env>, known: readonly string[], path: string): string[] {
  return known.filter((method) => method !== 'ALL' && method !== 'OPTIONS').flatMap((method) => {
    const handlers = routes.router.match(method, path)[0]
      .flatMap(([[handler, route]]) => route.method === 'ALL' ? [] : [handler]);
    if (handlers.length === 0) return [];
    if (method !== 'GET') return [method];
    return handlers.includes(headOnly) ? ['HEAD'] : ['GET', 'HEAD'];
  });
}

const noContent = () => new Response(null, { status: 204 });

function refusal(c: Context<Env>, allow: string): Response {
  const reason = message('wrong_method', {
    path: c.req.path,
    method: c.req.method,
    allowed: allow,
  });
  return problemResponse(new AppError('method_not_allowed', reason), c);
}
