/**
 * Sends a stored file, whole or one range of it (RFC 9110 section 14).
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Context } from 'hono';
import parseRange from 'range-parser';
import type { Bytes } from '../knowledge/files.ts';
import { bytesGone, type Storage } from '../uploads/storage.ts';
import { matches } from './conditional.ts';
import type { Env } from './services.ts';

/** Media types that a browser may show in this origin; all others are downloaded. */
const SAFE_INLINE =
  /^(audio\/|video\/|image\/(png|jpeg|gif|webp|avif)$|application\/pdf$|text\/plain$)/;

/** Only pages of this origin may show a file in a frame. */
const FRAMED = "frame-ancestors 'self'";
const SANDBOX =
  `sandbox; default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; ${FRAMED}`;

export async function sendBytes(
  c: Context<Env>,
  storage: Storage,
  bytes: Bytes,
  download: boolean,
): Promise<Response> {
  const size = await storage.size(bytes.path);
  if (size === null) throw bytesGone();
  const type = plainType(bytes.mediaType);
  const headers: Record<string, string> = {
    'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    'content-disposition': disposition(bytes.filename, download || !SAFE_INLINE.test(type)),
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    // A browser's PDF viewer does not work in a sandbox, and runs none of this origin's scripts.
    'content-security-policy': type === 'application/pdf' ? FRAMED : SANDBOX,
    'x-frame-options': 'SAMEORIGIN',
    'x-content-type-options': 'nosniff',
    ...(bytes.hash && { etag: `"${bytes.hash}"` }),
  };
  if (headers.etag && matches(c.req.header('if-none-match'), headers.etag)) {
    return c.newResponse(null, 304, headers);
  }
  const range = requestedRange(c, size, headers.etag);
  if (!range) {
    const all = { ...headers, 'content-length': `${size}` };
    return c.newResponse(await open(c, storage, bytes.path, 0, size), 200, all);
  }
  const length = range.end - range.start + 1;
  return c.newResponse(await open(c, storage, bytes.path, range.start, length), 206, {
    ...headers,
    'content-length': `${length}`,
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  });
}

/**
 * Returns one range, or null for the whole file: without a range, with several, or with an invalid
 * set (RFC 9110, section 14.2). Throws `range_not_satisfiable` for one beyond the file's end.
 */
function requestedRange(
  c: Context<Env>,
  size: number,
  etag: string | undefined,
): { start: number; end: number } | null {
  const header = c.req.header('range');
  const ifRange = c.req.header('if-range');
  // Ranges are defined for GET alone (section 14.2).
  if (!header || c.req.method !== 'GET' || (ifRange && ifRange !== etag)) return null;
  if (isInvalid(header) || (size === 0 && SUFFIX.test(header))) return null;
  const ranges = parseRange(size, withinSize(header, size));
  if (ranges === -1) {
    c.header('content-range', `bytes */${size}`);
    throw new AppError(
      'range_not_satisfiable',
      message('range_outside', { bytes: size, range: header }),
    );
  }
  if (ranges === -2 || ranges.type.toLowerCase() !== 'bytes' || ranges.length !== 1) return null;
  return ranges[0] ?? null;
}

/** A suffix of at least one byte, which every file satisfies (section 14.1.2). */
const SUFFIX = /[=,]\s*-0*[1-9]/;

/** One range that ends before it starts makes its whole set invalid (section 14.1.1). */
function isInvalid(header: string): boolean {
  return [...header.matchAll(/(\d+)\s*-\s*(\d+)/g)]
    .some(([, first, last]) => Number(first) > Number(last));
}

/** Rewrites suffixes longer than the file to the whole of it (section 14.1.2). */
function withinSize(header: string, size: number): string {
  return header.replace(
    /([=,]\s*)-(\d+)/g,
    (suffix, before, length) => Number(length) > size ? `${before}0-` : suffix,
  );
}

async function open(
  c: Context<Env>,
  storage: Storage,
  path: string,
  start: number,
  length: number,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
  if (c.req.method === 'HEAD' || length === 0) return null;
  return await storage.read(path, { start, length });
}

/** Media type without parameters; the app's rows may hold any text. */
function plainType(mediaType: string): string {
  const type = /^[\w.+-]+\/[\w.+-]+(?=$|\s*;)/.exec(mediaType)?.[0];
  return type?.toLowerCase() ?? 'application/octet-stream';
}

/** RFC 6266: an ASCII name for old clients, the real one for all others. */
export function disposition(filename: string, download: boolean): string {
  const kind = download ? 'attachment' : 'inline';
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(filename).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
