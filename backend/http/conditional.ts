/**
 * Answers with an ETag, and 304 where the client has the same already (RFC 9110).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Env } from './services.ts';

export interface Tagged {
  /** Begins the tag, so that one that comes back tells of what sort the answer was. */
  readonly sort?: string;
  /** A key that may differ between answers that are called the same; the tag is a weak one then. */
  readonly except?: string;
}

/** A JSON answer that need not be sent twice. */
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

/** A tag that begins with the sort of its answer. */
export const sortedTag = (sort: string, tag: string): string =>
  `"${hash(sort).slice(0, 8)}.${tag}"`;

const hash = (text: string) => createHash('sha1').update(text).digest('base64url');

/** Whether If-None-Match names a tag of this sort, whatever changed otherwise. */
export function matchesSort(ifNoneMatch: string | undefined, sort: string): boolean {
  return ifNoneMatch?.includes(`"${hash(sort).slice(0, 8)}.`) === true;
}

/** Whether If-None-Match names the tag, weakly compared as RFC 9110 section 13.1.2 asks. */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  // What was sent comes back as it was, almost always.
  if (ifNoneMatch === etag) return true;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''));
}
