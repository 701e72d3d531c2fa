/** What is told of requests, and that no secret of theirs is. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RequestEntry } from '../../../backend/mod.ts';
import { SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
let token: string;
const entries: RequestEntry[] = [];
const logged: string[] = [];
beforeAll(async () => {
  app = await startTestApp({
    authSecret: SECRET,
    onRequest: (entry) => entries.push(entry),
    log: (message, fields) => logged.push(JSON.stringify({ message, fields })),
    authorize: ({ actor, standard }) =>
      actor.id === 'unlucky' ? sql`no_such_function(${'the text of a file'})` : standard,
  });
  for (const id of ['ada', 'unlucky']) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, 'user', 1)`;
  }
  token = await signToken({ id: 'ada' });
});
afterAll(() => app.stop());

test('each request is told once, by its template', async () => {
  // As the program does for its pages: it matches everything.
  app.headway.routes.get('/*', (c) => c.notFound());
  const headers = { 'x-request-id': 'mine' };
  await app.get('/knowledge/some-id?query=hush', { token, headers });
  await app.get('/sessions', { token });
  await app.get('/preferences?access_token=hush');
  await app.get('/nothing/hush', { token });
  expect(entries).toMatchObject([
    {
      request_id: 'mine',
      method: 'GET',
      route: '/api/v1/knowledge/:id',
      status: 404,
      user_id: 'ada',
      code: 'knowledge_not_found',
      poll: false,
    },
    { route: '/api/v1/sessions', status: 200, code: null, poll: true },
    { route: '/api/v1/preferences', status: 401, user_id: null, code: 'unauthenticated' },
    { route: '/*', status: 404, code: null },
  ]);
  expect(entries.every(({ ms }) => ms >= 0)).toBe(true);
  expect(JSON.stringify(entries)).not.toMatch(/hush|eyJ/);
});

test('an unexpected error is logged under its request, and shown to nobody', async () => {
  const unlucky = await signToken({ id: 'unlucky' });
  const answer = await app.get('/knowledge/x?q=hush', {
    headers: { cookie: `token=${unlucky}`, 'x-request-id': 'r7' },
  });
  expect(answer.status).toBe(500);
  expect(answer.body).toMatchObject({ code: 'internal', request_id: 'r7' });
  expect(JSON.stringify(answer.body)).not.toMatch(/no_such_function|at /);
  const [line = ''] = logged;
  expect(logged).toHaveLength(1);
  expect(JSON.parse(line).fields).toEqual({ request_id: 'r7' });
  expect(line).toContain('no_such_function');
  expect(line).toContain('GET /api/v1/knowledge/:id [r7]');
  expect(line).not.toMatch(/hush|eyJ|the text of a file/);
});
