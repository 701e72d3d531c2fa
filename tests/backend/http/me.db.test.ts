import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Me } from '../../../backend/contract/me.ts';
import { notProblem, SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
});
afterAll(() => app.stop());

test.each(['user', 'admin'])('GET /me tells a signed-in %s who they are', async (role) => {
  await app.sql`insert into "user" (id, name, email, role, created_at)
    values (${role}, 'Elinor', ${`${role}@example.org`}, ${role}, 1)`;
  const { status, body } = await app.get('/me', { token: await signToken({ id: role }) });
  expect(status).toBe(200);
  expect(v.parse(v.strictObject(Me.entries), body)).toEqual({ id: role, name: 'Elinor', role });
});

test('GET /me needs a sign-in', async () => {
  expect(notProblem(await app.get('/me'), 'unauthenticated')).toBeNull();
});
