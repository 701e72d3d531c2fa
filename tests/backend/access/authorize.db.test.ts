/** An app's own rule of who may see what, in every kind of route. */
import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import type { Authorize } from '../../../backend/mod.ts';
import { type Ask, notProblem, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
afterEach(() => app.stop());

async function start(authorize: Authorize): Promise<void> {
  app = await startTestApp({
    authorize,
    authenticate: (request) => {
      const id = request.headers.get('x-user') ?? '';
      return Promise.resolve({ id, name: id, role: id === 'root' ? 'admin' : 'user' });
    },
  });
}

const as = (id: string): Ask => ({ headers: { 'x-user': id } });

interface Place {
  knowledge: string;
  file: string;
  session: string;
}

async function makePlace(name: string, access_grants: unknown[] = []): Promise<Place> {
  const made = await app.post('/knowledge/create', { name, access_grants }, as('owner'));
  const data = { knowledge_id: made.body.id };
  const file = await app.send('a.txt', 'a', data, { process: false, ...as('owner') });
  const session = await app.post(`/knowledge/${made.body.id}/sessions`, {}, as('owner'));
  return { knowledge: made.body.id, file: file.body.id, session: session.body.session_id };
}

/** What of a place somebody reaches, one by one and in lists. */
async function reach(id: string, { knowledge, file, session }: Place): Promise<unknown> {
  const statuses: number[] = [];
  for (const path of [`/knowledge/${knowledge}`, `/files/${file}`, `/progress/${session}/status`]) {
    statuses.push((await app.get(path, as(id))).status);
  }
  const bases = await app.get('/knowledge/', as(id));
  const sessions = await app.get('/sessions', as(id));
  const batch = await app.get(`/progress/status?ids=${session}`, as(id));
  return { statuses, listed: [bases.body.total, sessions.body.total, batch.body.sessions.length] };
}

const ALL = { statuses: [200, 200, 200], listed: [1, 1, 1] };
const NOTHING = { statuses: [404, 404, 404], listed: [0, 0, 0] };

test('a rule that answers with the standard changes nothing', async () => {
  await start(({ standard }) => standard);
  const place = await makePlace('Novels', [
    { principal_type: 'user', principal_id: 'reader', permission: 'read' },
  ]);
  for (const id of ['owner', 'reader', 'root']) expect(await reach(id, place)).toEqual(ALL);
  expect(await reach('other', place)).toEqual(NOTHING);
});

test('narrowed: what the standard allows and the rule does not is not there', async () => {
  await start(({ subject, standard }) =>
    subject === 'knowledge' ? sql`${standard} and k.name <> 'Locked'` : standard
  );
  const place = await makePlace('Open', [
    { principal_type: 'anyone', principal_id: '*', permission: 'write' },
  ]);
  expect(await reach('other', place)).toEqual(ALL);
  await app.sql`update knowledge set name = 'Locked'`;
  expect(await reach('other', place)).toEqual(NOTHING);
  expect(await reach('root', place)).toEqual(NOTHING);
  // Their own files people see in any case; a session goes with its knowledge base.
  const { statuses } = await reach('owner', place) as typeof ALL;
  expect(statuses).toEqual([404, 200, 404]);
});

test('replaced: an auditor reads everything and changes nothing', async () => {
  await start(({ actor, permission, standard }) =>
    actor.id === 'auditor' ? permission === 'read' : standard
  );
  const place = await makePlace('Novels');
  expect(await reach('auditor', place)).toEqual(ALL);
  for (const path of [`/knowledge/${place.knowledge}/reset`, `/sessions/${place.session}/cancel`]) {
    expect(notProblem(await app.post(path, {}, as('auditor')), 'forbidden')).toBeNull();
  }
  const { body } = await app.get('/knowledge/', as('auditor'));
  expect(body.items[0].write_access).toBe(false);
});
