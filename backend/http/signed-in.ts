/**
 * Authenticates requests, and authenticates again during a long poll.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE } from '#contract/paths.ts';
import type { Context, MiddlewareHandler } from 'hono';
import { isLoopback } from '../access/local-user.ts';
import type { Env, Services } from './services.ts';

type Needs = Pick<Services, 'authenticate' | 'authorize' | 'localOnly' | 'signIns'>;

const STATUS_POLL = new RegExp(`^${API_BASE}/progress/(.+/)?status/?$`);

/** Sets the actor of a request. The one local user must be on this machine. */
export function signedIn(services: Needs): MiddlewareHandler<Env> {
  return async (c, next) => {
    const peer = (c.env as Partial<Deno.ServeHandlerInfo<Deno.NetAddr>> | undefined)?.remoteAddr;
    if (services.localOnly && peer?.hostname && !isLoopback(peer.hostname)) {
      throw new AppError('forbidden', message('only_local_user'));
    }
    await signIn(c, services);
    await next();
  };
}

/**
 * Sets the actor from the current state of the account. Throws {@link AppError} `unauthenticated`
 * or `forbidden` where the account is gone, was demoted, or its token has expired.
 */
export async function signIn(
  c: Context<Env>,
  { authenticate, authorize, signIns }: Needs,
): Promise<void> {
  if (signIns && c.req.method === 'GET' && STATUS_POLL.test(c.req.path)) {
    const found = await signIns.of(c.req.raw);
    c.set('signIn', found);
    c.set('actor', found.actor);
    return;
  }
  const actor = await authenticate(c.req.raw);
  c.set('actor', authorize ? { authorize, ...actor } : actor);
}
