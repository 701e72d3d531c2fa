/**
 * How much one person may ask of the API.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { API_BASE } from '#contract/paths.ts';
import type { Context, MiddlewareHandler, Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Budget } from '../access/rates.ts';
import type { Env, Services } from './services.ts';

/** JSON bodies are small; files have a limit of their own. */
const MOST_JSON_BYTES = 8 * 1024 * 1024;

const limitBody = bodyLimit({
  maxSize: MOST_JSON_BYTES,
  onError: () => {
    throw new AppError('too_large', 'This JSON body is larger than the 8 MB that are allowed');
  },
});

/** Types of bodies that are not held in memory, and are limited where they are received. */
const STREAMED = /^(multipart\/|application\/offset\+octet-stream)/i;

/** Refuses bodies that would fill the memory. */
export async function limitBodies(c: Context<Env>, next: Next): Promise<Response | void> {
  if (STREAMED.test(c.req.header('content-type') ?? '')) await next();
  else return await limitBody(c, next);
}

/** What open pages ask again and again. */
const POLLED = new RegExp(`^${API_BASE}/(progress|sessions|queue)(/|$)`);

/** Counts every request of a person against what they may send in a minute. */
export function limitRequests({ rates }: Services): MiddlewareHandler<Env> {
  return async (c, next) => {
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    const budget: Budget = reads && POLLED.test(c.req.path) ? 'poll' : 'call';
    await rates.spend(c.get('actor').id, budget);
    await next();
  };
}
