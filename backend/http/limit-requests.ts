/**
 * Limits on request bodies, and on the request rate of one user.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { API_BASE } from '#contract/paths.ts';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Budget } from '../access/rates.ts';
import { discardRest } from '../uploads/rest-of-body.ts';
import type { Env, Services } from './services.ts';

/** Maximum size of a JSON body, bytes; files have a limit of their own. */
const MOST_JSON_BYTES = 8 * 1024 * 1024;

/** Types of bodies that are streamed, and limited where they are received. */
const STREAMED = /^(multipart\/|application\/offset\+octet-stream)/i;

/**
 * Rejects bodies that would fill the memory, and discards the unread rest of any other. Not
 * `hono/body-limit`: it keeps the reader of a rejected body, so that its sender blocks.
 */
export async function limitBodies(c: Context<Env>, next: Next): Promise<void> {
  const request = c.req.raw;
  const { body } = request;
  try {
    if (body && !STREAMED.test(request.headers.get('content-type') ?? '')) {
      const length = request.headers.get('content-length');
      if (length === null || request.headers.has('transfer-encoding')) {
        c.req.raw = new Request(request, { body: await readWhole(body) });
      } else if (Number(length) > MOST_JSON_BYTES) throw jsonTooLarge();
    }
    await next();
  } finally {
    if (body && !body.locked) discardRest(body.getReader());
  }
}

async function readWhole(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = body.getReader();
  let size = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      size += read.value.length;
      if (size > MOST_JSON_BYTES) throw jsonTooLarge();
      chunks.push(read.value);
    }
  } finally {
    reader.releaseLock();
  }
  return new Blob(chunks);
}

function jsonTooLarge(): AppError {
  return new AppError('too_large', message('body_too_large', { megabytes: 8 }));
}

/** Routes that open pages poll. */
const POLLED = new RegExp(`^${API_BASE}/(progress|sessions|queue)(/|$)`);

/** Counts each request against the user's limit per minute. */
export function limitRequests({ rates }: Services): MiddlewareHandler<Env> {
  return async (c, next) => {
    const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
    const budget: Budget = reads && POLLED.test(c.req.path) ? 'poll' : 'call';
    await rates.spend(c.get('actor').id, budget);
    await next();
  };
}
