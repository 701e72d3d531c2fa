/**
 * Answers with an ETag, and 304 where the client has the same already (RFC 9110).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Env } from './services.ts';

/** A JSON answer that need not be sent twice. */
export function conditional(
  c: Context<Env>,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  const json = JSON.stringify(body);
  const etag = `"${createHash('sha1').update(json).digest('base64url')}"`;
  const all = { ...headers, etag, 'cache-control': 'private, no-cache' };
  if (matches(c.req.header('if-none-match'), etag)) return c.newResponse(null, 304, all);
  return c.newResponse(json, 200, { ...all, 'content-type': 'application/json' });
}

/** Whether If-None-Match names the tag, weakly compared as RFC 9110 section 13.1.2 asks. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''));
}
