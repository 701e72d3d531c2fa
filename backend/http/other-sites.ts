/**
 * Requests that pages of other sites make in a signed-in person's browser: refused where they would
 * change something, unless the site is allowed (CORS, Fetch Metadata).
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

/** Headers of answers that pages of allowed sites may read. */
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
 * Refuses what changes something and comes from a page of another site. A bearer token is proof
 * enough: no browser sends one by itself.
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
 * Whether a page of ours, or no page at all, sent it. Every browser of today says where a request
 * that is no GET comes from, by Sec-Fetch-Site and Origin; other programs say neither.
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

/** Lets pages of the allowed sites call the API with the person's cookie. */
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
