/**
 * Routes that only administrators may ask.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import type { MiddlewareHandler } from 'hono';
import type { Env } from './services.ts';

/** Refuses everybody else with these words. */
export const administrators = (words: string): MiddlewareHandler<Env> => async (c, next) => {
  if (c.get('actor').role !== 'admin') throw new AppError('forbidden', words);
  await next();
};
