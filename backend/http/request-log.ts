/**
 * Logs every request and its outcome: never its query, headers or body.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes, routePath } from 'hono/route';
import type { Env } from './services.ts';

export interface RequestEntry {
  readonly request_id: string;
  readonly method: string;
  /** The route's template, free of ids and names. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly user_id: string | null;
  /** Problem code of the response. */
  readonly code: string | null;
  /** True for the polls that open pages send continually. */
  readonly poll: boolean;
}

const POLL = /\/(progress|sessions|queue|health|ready)(\/|$)/;

/** The template of the route that matched, also for a request that was rejected before it. */
export function routeOf(c: Context<Env>): string {
  const reached = routePath(c);
  if (!reached.endsWith('*')) return reached;
  return matchedRoutes(c).find(({ path }) => !path.endsWith('*'))?.path ?? reached;
}

/** Reports every request to `tell` when its response begins. */
export function tellRequests(tell: (entry: RequestEntry) => void): MiddlewareHandler<Env> {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const { method } = c.req;
    const route = routeOf(c);
    tell({
      request_id: c.get('requestId'),
      method,
      route,
      status: c.res.status,
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
      user_id: c.get('actor')?.id ?? null,
      code: c.error instanceof AppError ? c.error.code : null,
      poll: method === 'GET' && c.res.status < 400 && POLL.test(route),
    });
  };
}
