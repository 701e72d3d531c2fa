/**
 * The built pages: static files, and the app shell for every other address.
 *
 * @module
 */
import { extname, join, normalize } from 'node:path';
import { API_PATH } from '#contract/paths.ts';
import type { Context } from 'hono';
import type { Env } from './services.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const CSP = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Creates the handler for a folder of built pages. */
export function createPages(folder: string): (c: Context<Env>) => Promise<Response | null> {
  return async (c) => {
    const path = normalize(decoded(c.req.path));
    if (API_PATH.test(path)) return null;
    const found = await openFile(join(folder, path)) ?? await shellFor(folder, path);
    if (!found) return null;
    const { file, name } = found;
    const immutable = path.includes('/immutable/');
    return c.body(file.readable, 200, {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': CSP,
      'x-frame-options': 'DENY',
    });
  };
}

/** Decodes a path. A malformed escape names no file: the path is returned unchanged. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

interface Opened {
  readonly file: Deno.FsFile;
  readonly name: string;
}

async function openFile(name: string): Promise<Opened | null> {
  try {
    const file = await Deno.open(name, { read: true });
    if ((await file.stat()).isFile) return { file, name };
    file.close();
    return null;
  } catch {
    return null;
  }
}

/** An address of the app, not of a file. */
function shellFor(folder: string, path: string): Promise<Opened | null> {
  if (extname(path)) return Promise.resolve(null);
  return openFile(join(folder, 'index.html'));
}
