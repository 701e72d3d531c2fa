/**
 * Validates `Host` (RFC 9110, section 7.2). The server builds a request's address from the raw
 * header: one with a space gives no valid address, and one with a path names another route.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Context, Next } from 'hono';
import type { Env } from './services.ts';

/** Host and port of a URI (RFC 3986, sections 3.2.2 and 3.2.3), without user information. */
const HOST = /^(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(:\d{1,5})?$/i;

/** Must precede any other middleware that reads the address of a request. */
export async function requireHost(c: Context<Env>, next: Next): Promise<void> {
  const host = c.req.header('host');
  // Without a value the server uses its own address.
  if ((host && !HOST.test(host)) || !URL.canParse(c.req.url)) {
    throw new AppError('bad_request', message('wrong_host'));
  }
  await next();
}
