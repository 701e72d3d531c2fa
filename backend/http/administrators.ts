/**
 * Routes for administrators only.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './services.ts';

/** Rejects all other users with this reason. */
export const administrators =
  (reason: MessageDetails): MiddlewareHandler<Env> => async (c, next) => {
    if (c.get('actor').role !== 'admin') throw new AppError('forbidden', reason);
    await next();
  };
