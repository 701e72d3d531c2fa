/**
 * The signed-in user, for pages that show more to administrators.
 *
 * @module
 */
import { Me } from '#contract/me.ts';
import { Hono } from 'hono';
import { operation } from './describe.ts';
import type { Env } from './services.ts';

/** `GET /me`. */
export function meRoutes(): Hono<Env> {
  return new Hono<Env>().get(
    '/',
    operation({
      tag: 'System',
      summary: 'Who is asking',
      answers: { 200: { schema: Me, as: 'The signed-in person' } },
    }),
    (c) => {
      const { id, name, role } = c.get('actor');
      return c.json({ id, name, role });
    },
  );
}
