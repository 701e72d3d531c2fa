import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { conditional, matchesSort } from '../../../backend/http/conditional.ts';
import type { Env } from '../../../backend/http/services.ts';

/** Asks for a body with a wait in it, which is no part of what is called the same. */
async function ask(body: unknown, etag = ''): Promise<Response> {
  const app = new Hono<Env>()
    .get('/', (c) => conditional(c, body, {}, { sort: 'extract', except: 'retry_after_ms' }));
  return await app.request('/', { headers: { 'if-none-match': etag } });
}

test('an answer that differs only in what is left out of the tag is not sent again', async () => {
  const first = await ask({ sessions: [{ progress: 1, retry_after_ms: 1_000 }] });
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^W\/"/);
  expect(await first.json()).toEqual({ sessions: [{ progress: 1, retry_after_ms: 1_000 }] });
  expect((await ask({ sessions: [{ progress: 1, retry_after_ms: 4_000 }] }, etag)).status).toBe(
    304,
  );
  expect((await ask({ sessions: [{ progress: 2, retry_after_ms: 1_000 }] }, etag)).status).toBe(
    200,
  );
});

test('a tag tells the sort of its answer', async () => {
  const etag = (await ask({ progress: 1 })).headers.get('etag') ?? '';
  expect(matchesSort(etag, 'extract')).toBe(true);
  expect(matchesSort(etag, 'index')).toBe(false);
  expect(matchesSort(undefined, 'extract')).toBe(false);
});
