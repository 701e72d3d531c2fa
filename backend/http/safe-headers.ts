/**
 * Secure headers: limit what a browser may do with a response.
 *
 * @module
 */
import { API_BASE } from '#contract/paths.ts';
import type { Context, Next } from 'hono';
import type { Env } from './services.ts';

/** API responses are data: shown as a page, they load and run nothing. */
const DATA_CSP = "default-src 'none'; frame-ancestors 'none'";
/** API responses are personal: neither a proxy nor the disk of a shared computer may store them. */
const PERSONAL = 'private, no-store';
const YEAR_SECONDS = 31_536_000;

/** Default headers of every response; a header that the response sets itself wins. */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['content-security-policy', DATA_CSP],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['referrer-policy', 'same-origin'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
];

export async function safeHeaders(c: Context<Env>, next: Next): Promise<void> {
  await next();
  const { headers } = c.res;
  if (c.req.path.startsWith(API_BASE) && !headers.has('cache-control')) {
    c.header('cache-control', PERSONAL);
  }
  for (const [name, value] of HEADERS) if (!headers.has(name)) c.header(name, value);
  // Browsers ignore it on plain HTTP, so a forged `x-forwarded-proto` does no harm.
  const scheme = c.req.header('x-forwarded-proto') ?? c.req.url.split(':', 1)[0];
  if (scheme === 'https') c.header('strict-transport-security', `max-age=${YEAR_SECONDS}`);
}
