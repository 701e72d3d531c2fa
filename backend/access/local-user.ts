/**
 * Requests without authentication: one local user at this machine.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Actor, Authenticate } from './actor.ts';

const LOCAL: Actor = { id: 'local', name: 'You', role: 'admin' };

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/;

/** Headers of a proxy: the client is on another machine. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/** True if a name or an address is this machine's own. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Authenticates every request to this machine's loopback, by its own names, as the one local user.
 * Rejects other host names (a page of another site may use DNS rebinding) and requests through a
 * proxy.
 */
export const authenticateLocal: Authenticate = (request: Request): Promise<Actor> => {
  const { hostname } = new URL(request.url);
  const proxied = FORWARDED.some((name) => request.headers.has(name));
  if (isLoopback(hostname) && !proxied) return Promise.resolve(LOCAL);
  const reason = proxied
    ? message('only_localhost_direct')
    : message('only_localhost', { host: hostname });
  return Promise.reject(new AppError('forbidden', reason));
};
