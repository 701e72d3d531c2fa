/**
 * Conditional responses: an ETag, and 304 for a client that has the current version (RFC 9110).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Env } from './services.ts';

export interface Tagged {
  /** Prefix of the tag, so that a returned tag identifies the sort of the response. */
  readonly sort?: string;
  /** Key excluded from the comparison; makes the tag weak. */
  readonly except?: string;
}

/** Sends JSON, or 304 if the client has this version. */
export function conditional(
  c: Context<Env>,
  body: unknown,
  headers: Record<string, string> = {},
  { sort, except }: Tagged = {},
): Response {
  const json = JSON.stringify(body);
  const same = except === undefined
    ? json
    : JSON.stringify(body, (key, value) => key === except ? undefined : value);
  const tag = sort === undefined ? `"${hash(same)}"` : sortedTag(sort, hash(same));
  const etag = except === undefined ? tag : `W/${tag}`;
  const all = { ...headers, etag, 'cache-control': 'private, no-store' };
  if (matches(c.req.header('if-none-match'), etag)) return c.newResponse(null, 304, all);
  return c.newResponse(json, 200, { ...all, 'content-type': 'application/json' });
}

/** Creates a tag that begins with the sort of its response. */
export const sortedTag = (sort: string, tag: string): string =>
  `"${hash(sort).slice(0, 8)}.${tag}"`;

const hash = (text: string) => createHash('sha1').update(text).digest('base64url');

/** True if If-None-Match names a tag of this sort, regardless of other changes. */
export function matchesSort(ifNoneMatch: string | undefined, sort: string): boolean {
  return ifNoneMatch?.includes(`"${hash(sort).slice(0, 8)}.`) === true;
}

/** True if If-None-Match names the tag, by weak comparison (RFC 9110, section 13.1.2). */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  // Fast path: the header almost always holds the tag unchanged.
  if (ifNoneMatch === etag) return true;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''));
}
