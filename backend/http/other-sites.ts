/**
 * Rejects cross-site requests that would change something with a signed-in user's cookie, unless
 * the site is allowed (CORS, Fetch Metadata).
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { bearerOf } from '../access/tokens.ts';
import type { Env } from './services.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];
const PREFLIGHT_SECONDS = 600;

/** Response headers that pages of allowed sites may read. */
const READABLE = [
  'Allow',
  'Content-Disposition',
  'Content-Location',
  'Content-Range',
  'ETag',
  'Link',
  'Location',
  'Operation-Location',
  'Preference-Applied',
  'Retry-After',
  'X-Request-Id',
  // tus 1.0
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Resumable',
  'Tus-Version',
  'Upload-Expires',
  'Upload-Length',
  'Upload-Offset',
];

/**
 * Rejects unsafe requests from pages of other sites. A bearer token is proof enough: no browser
 * attaches one by itself.
 */
export function refuseForged(allowed: readonly string[]): MiddlewareHandler<Env> {
  return async (c, next) => {
    const changes = !SAFE_METHODS.includes(c.req.method);
    if (changes && bearerOf(c.req.raw) === null && !isOwnPage(c) && !isAllowed(c, allowed)) {
      throw new AppError('forbidden', message('other_site'));
    }
    await next();
  };
}

/**
 * True for requests from a page of this origin, or from no page at all. Current browsers send
 * Sec-Fetch-Site and Origin with every request that is not a GET; other programs send neither.
 */
function isOwnPage(c: Context<Env>): boolean {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  if (origin === undefined) return true;
  const host = URL.parse(origin)?.host;
  return host !== undefined && host === (c.req.header('host') ?? new URL(c.req.url).host);
}

function isAllowed(c: Context<Env>, allowed: readonly string[]): boolean {
  const origin = c.req.header('origin');
  return origin !== undefined && allowed.includes(origin);
}

/** Allows pages of the given sites to call the API with the user's cookie. */
export function shareWith(allowed: readonly string[]): MiddlewareHandler<Env> {
  if (allowed.length === 0) return (_c, next) => next();
  const share = cors({
    origin: [...allowed],
    credentials: true,
    exposeHeaders: READABLE,
    maxAge: PREFLIGHT_SECONDS,
  });
  return async (c, next) => {
    const answer = await share(c, next);
    if (isAllowed(c, allowed)) c.header('cross-origin-resource-policy', 'cross-origin');
    return answer;
  };
}
