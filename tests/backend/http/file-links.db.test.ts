/** Who may link another's file, and what its owner sees and can end of that. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startHeadwayWorker } from '../../../backend/mod.ts';
import {
  type Ask,
  eventually,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

let app: TestApp;
/** The owner's, with a reader and a writer. */
let shared: string;
let file: string;
const tokens: Record<string, string> = {};
const PEOPLE = ['owner', 'reader', 'writer', 'stranger', 'admin'];

beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
  for (const id of PEOPLE) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${`Name of ${id}`}, ${id}, ${id === 'admin' ? 'admin' : 'user'}, 1)`;
    tokens[id] = await signToken({ id });
  }
});
afterAll(() => app.stop());

const as = (person: string): Ask => ({ token: tokens[person]! });
const grant = (principal_id: string, permission: string) => ({
  principal_type: principal_id === '*' ? 'anyone' : 'user',
  principal_id,
  permission,
});

async function makeKnowledge(person: string, access_grants: unknown[]): Promise<string> {
  const body = { name: `Of ${person}`, access_grants };
  return (await app.post('/knowledge/create', body, as(person))).body.id;
}

beforeEach(async () => {
  shared = await makeKnowledge('owner', [grant('reader', 'read'), grant('writer', 'write')]);
  const sent = await app.send('a.txt', crypto.randomUUID(), undefined, {
    process: false,
    ...as('owner'),
  });
  file = sent.body.id;
  expect((await link('owner', shared)).status).toBe(200);
});

const link = (person: string, knowledge: string) =>
  app.post(`/knowledge/${knowledge}/file/add`, { file_id: file }, as(person));

const linksOf = async () =>
  (await app.get(`/files/${file}`, as('owner'))).body.linked_to.map(
    (each: { knowledge_id: string; linked_by: string }) => [each.knowledge_id, each.linked_by],
  );

test('a reader does not share a file by a knowledge base of their own', async () => {
  const own = await makeKnowledge('reader', [grant('*', 'read')]);
  expect(notProblem(await link('reader', own), 'forbidden')).toBeNull();
  const body = { file_ids: [file] };
  const started = await app.post(`/knowledge/${own}/sessions`, body, as('reader'));
  expect(notProblem(started, 'file_not_found')).toBeNull();
  expect(await linksOf()).toEqual([[shared, 'owner']]);
  for (const path of [`/files/${file}`, `/files/${file}/content`]) {
    expect(notProblem(await app.get(path, as('stranger')), 'file_not_found')).toBeNull();
  }
  expect((await app.get(`/files/${file}`, as('reader'))).body).not.toHaveProperty('linked_to');
});

test('the owner sees where a writer linked a file, and takes it out', async () => {
  const own = await makeKnowledge('writer', [grant('*', 'read')]);
  expect((await link('writer', own)).status).toBe(200);
  expect((await app.get(`/files/${file}`, as('stranger'))).status).toBe(200);
  const { body } = await app.get(`/files/${file}?content=false`, as('owner'));
  expect(body.linked_to).toHaveLength(2);
  expect(body.linked_to).toContainEqual({
    knowledge_id: own,
    knowledge_name: 'Of writer',
    linked_by: 'writer',
    linked_by_name: 'Name of writer',
    linked_at: expect.any(Number),
  });
  const end = (person: string, knowledge: string) =>
    app.delete(`/files/${file}/links/${knowledge}`, as(person));
  expect(notProblem(await end('writer', own), 'forbidden')).toBeNull();
  expect(notProblem(await end('owner', 'nowhere'), 'file_not_found')).toBeNull();
  const ended = await end('owner', own);
  expect([ended.status, ended.body.linked_to.length]).toEqual([200, 1]);
  expect(await linksOf()).toEqual([[shared, 'owner']]);
  expect(notProblem(await app.get(`/files/${file}`, as('stranger')), 'file_not_found')).toBeNull();
  expect((await app.get(`/files/${file}/content`, as('owner'))).status).toBe(200);
});

test('a link that a session of another makes is theirs: it gives no right to change', async () => {
  const own = await makeKnowledge('writer', [grant('stranger', 'write')]);
  const body = { file_ids: [file] };
  expect((await app.post(`/knowledge/${own}/sessions`, body, as('writer'))).status).toBe(202);
  const worker = await startHeadwayWorker({ databaseUrl: app.db.url, dataDir: app.dataDir });
  try {
    const links = await eventually(linksOf, (found) => found.length === 2);
    expect(links).toContainEqual([own, 'writer']);
  } finally {
    await worker.stop();
  }
  expect((await app.get(`/files/${file}`, as('stranger'))).status).toBe(200);
  const renamed = await app.post(`/files/${file}/rename`, { filename: 'x' }, as('stranger'));
  expect(notProblem(renamed, 'forbidden')).toBeNull();
});
