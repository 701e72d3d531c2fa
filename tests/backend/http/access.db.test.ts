import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replaceContent } from '../../../backend/knowledge/content.ts';
import {
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

const MISSING = '00000000-0000-4000-8000-000000000000';
const PEOPLE = ['owner', 'reader', 'writer', 'member', 'other', 'admin', 'pending'] as const;
type Person = (typeof PEOPLE)[number];

let app: TestApp;
const tokens = {} as Record<Person, string>;
let shared: { knowledge: string; file: string; session: string; job: string };
let privat: typeof shared;

beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
  for (const id of PEOPLE) {
    const role = id === 'admin' || id === 'pending' ? id : 'user';
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${`${id}@example.org`}, ${role}, 1)`;
    tokens[id] = await signToken({ id });
  }
  await app.sql`insert into "group" (id, name) values ('team', 'Team')`;
  await app.sql`insert into group_member (id, group_id, user_id) values ('m', 'team', 'member')`;
  shared = await fill('owner', [
    { principal_type: 'user', principal_id: 'reader', permission: 'read' },
    { principal_type: 'user', principal_id: 'writer', permission: 'write' },
    { principal_type: 'group', principal_id: 'team', permission: 'write' },
  ]);
  privat = await fill('owner', []);
});
afterAll(() => app.stop());

const as = (person: Person): Ask => ({ token: tokens[person] });

async function fill(person: Person, access_grants: unknown[]): Promise<typeof shared> {
  const ask = as(person);
  const made = await app.post('/knowledge/create', { name: 'Of the owner', access_grants }, ask);
  const knowledge = made.body.id;
  const file = await app.send('a.txt', 'a', { knowledge_id: knowledge }, {
    process: false,
    ...ask,
  });
  const { body } = await app.post(`/knowledge/${knowledge}/sessions`, {}, ask);
  const { body: status } = await app.get(`/progress/${body.session_id}/status?files=true`, ask);
  return {
    knowledge,
    file: file.body.id,
    session: body.session_id,
    job: status.files[0].job_id,
  };
}

type Route = [method: string, path: string, json?: unknown];

const READS = (at: typeof shared): Route[] => [
  ['GET', `/knowledge/${at.knowledge}`],
  ['GET', `/knowledge/${at.knowledge}/files`],
  ['GET', `/knowledge/${at.knowledge}/files/pending`],
  ['GET', `/knowledge/${at.knowledge}/search?q=word`],
  ['GET', `/files/${at.file}`],
  ['GET', `/files/${at.file}/content`],
  ['GET', `/files/${at.file}/parts`],
  ['GET', `/files/${at.file}/process/status`],
  ['GET', `/progress/${at.session}/status`],
];

/** In an order in which each still finds something to do. */
const WRITES = (at: typeof shared): Route[] => [
  ['POST', `/knowledge/${at.knowledge}/update`, { name: 'New' }],
  ['POST', `/knowledge/${at.knowledge}/access/update`, { access_grants: [] }],
  ['POST', `/knowledge/${at.knowledge}/file/add`, { file_id: at.file }],
  ['POST', `/knowledge/${at.knowledge}/file/update`, { file_id: at.file }],
  ['POST', `/knowledge/${at.knowledge}/sessions`, { file_ids: [at.file] }],
  ['POST', `/files/${at.file}/rename`, { filename: 'b.txt' }],
  ['POST', `/sessions/${at.session}/pause`],
  ['POST', `/sessions/${at.session}/files/${at.job}/resume`],
  ['POST', `/sessions/${at.session}/cancel`],
  ['POST', `/sessions/${at.session}/retry`],
  ['POST', `/files/${at.file}/data/content/update`, { content: 'Other.' }],
  ['DELETE', `/progress/${at.session}`],
  ['DELETE', `/files/${at.file}`],
  ['POST', `/knowledge/${at.knowledge}/file/remove`, { file_id: at.file }],
  ['POST', `/knowledge/${at.knowledge}/reset`],
  ['DELETE', `/knowledge/${at.knowledge}/delete`],
];

const OWN: Route[] = [
  ['GET', '/knowledge/'],
  ['GET', '/sessions'],
  ['GET', '/files/'],
  ['GET', '/files/count'],
  ['GET', `/progress/status?ids=${MISSING}`],
  ['POST', '/knowledge/create', { name: 'Mine' }],
];

const ask = ([method, path, json]: Route, more: Ask) =>
  app.ask(method, path, { ...(json !== undefined && { json }), ...more });

const notFound = { knowledge: 'knowledge_not_found', files: 'file_not_found' } as const;
const missingCode = (path: string) =>
  notFound[path.split('/')[1] as keyof typeof notFound] ?? 'session_not_found';

describe('who is asking', () => {
  const everyRoute = () => [...OWN, ...READS(shared), ...WRITES(shared)];

  test('nobody: 401 on every route, with a challenge', async () => {
    for (
      const route of [...everyRoute(), ['GET', '/nothing/here'], ['POST', '/files/']] as Route[]
    ) {
      const answer = await ask(route, {});
      expect([route[1], notProblem(answer, 'unauthenticated')]).toEqual([route[1], null]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.body.detail).toBe('Please sign in');
    }
  });

  test('a token that is expired, forged, of another kind, or nonsense: 401', async () => {
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"id":"owner"}')}.`;
    const bad = [
      await signToken({ id: 'owner' }, { expires: new Date(Date.now() - 60_000) }),
      await signToken({ id: 'owner' }, { secret: 'another secret' }),
      await signToken({ id: 'nobody' }),
      await signToken({}),
      await signToken({ id: 7 }),
      await signToken({ id: '' }),
      unsigned.replaceAll('=', ''),
      'nonsense',
      `${tokens.owner}x`,
    ];
    for (const token of bad) {
      expect([token, notProblem(await app.get('/sessions', { token }), 'unauthenticated')]).toEqual(
        [token, null],
      );
      const cookie = { headers: { cookie: `token=${token}` } };
      expect(notProblem(await app.get('/sessions', cookie), 'unauthenticated')).toBeNull();
    }
  });

  test.each(['token=%', 'token', 'token=', 'x=1; token=%E0%A4%A', '=;;='])(
    'a broken cookie is no sign-in: %s',
    async (cookie) => {
      const answer = await app.get('/sessions', { headers: { cookie } });
      expect(notProblem(answer, 'unauthenticated')).toBeNull();
    },
  );

  test('a pending account: 403 on every route', async () => {
    for (const route of everyRoute()) {
      expect([route, notProblem(await ask(route, as('pending')), 'forbidden')]).toEqual([
        route,
        null,
      ]);
    }
  });

  test('the cookie counts like the header; the header goes first', async () => {
    const cookie = `a=b; token=${tokens.owner}; c=d`;
    const path = `/knowledge/${privat.knowledge}`;
    expect((await app.get(path, { headers: { cookie } })).status).toBe(200);
    expect((await app.get(path, { token: tokens.other, headers: { cookie } })).status).toBe(404);
    const lower = { headers: { authorization: `bearer ${tokens.owner}` } };
    expect((await app.get(path, lower)).status).toBe(200);
  });

  test('an account that was removed or put back to pending is refused at once', async () => {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values ('gone', 'Gone', 'g', 'user', 1)`;
    const token = await signToken({ id: 'gone' });
    expect((await app.get('/sessions', { token })).status).toBe(200);
    await app.sql`update "user" set role = 'pending' where id = 'gone'`;
    expect(notProblem(await app.get('/sessions', { token }), 'forbidden')).toBeNull();
    await app.sql`delete from "user" where id = 'gone'`;
    expect(notProblem(await app.get('/sessions', { token }), 'unauthenticated')).toBeNull();
  });

  test('the contract and the health need no sign-in', async () => {
    for (const path of ['openapi.json', 'docs', 'health', 'ready']) {
      expect((await app.get(path)).status).toBe(200);
    }
  });

  test('a page of another site changes nothing by way of the cookie', async () => {
    const cookie = `token=${tokens.owner}`;
    for (const origin of ['https://evil.example', 'null', 'https://localhost.evil']) {
      const headers = { cookie, origin, host: 'localhost' };
      const answer = await app.post('/knowledge/create', { name: 'x' }, { headers });
      expect(notProblem(answer, 'forbidden')).toBeNull();
    }
    const own = { cookie, origin: 'https://localhost', host: 'localhost' };
    expect((await app.post('/knowledge/create', { name: 'x' }, { headers: own })).status).toBe(200);
  });
});

describe('what they may', () => {
  test.each(['owner', 'reader', 'writer', 'member', 'admin'] as const)(
    '%s reads what is shared',
    async (person) => {
      for (const route of READS(shared)) {
        expect([route[1], (await ask(route, as(person))).status]).toEqual([route[1], 200]);
      }
      const { body } = await app.get(`/progress/status?ids=${shared.session}`, as(person));
      expect([body.sessions.length, body.missing]).toEqual([1, []]);
      const list = await app.get(`/sessions?knowledge_id=${shared.knowledge}`, as(person));
      expect(list.body.total).toBe(1);
      const bases = await app.get('/knowledge/', as(person));
      const item = bases.body.items.find((each: { id: string }) => each.id === shared.knowledge);
      expect(item).toMatchObject({
        write_access: person !== 'reader',
        user: { id: 'owner', name: 'owner' },
      });
    },
  );

  test.each(['other', 'reader', 'writer', 'member'] as const)(
    'for %s what is not shared does not exist',
    async (person) => {
      const missing = { knowledge: MISSING, file: MISSING, session: MISSING, job: MISSING };
      const routes = [...READS(privat), ...WRITES(privat)];
      const unknown = [...READS(missing), ...WRITES(missing)];
      for (const [at, route] of routes.entries()) {
        const answer = await ask(route, as(person));
        const code = missingCode(route[1]);
        expect([route, notProblem(answer, code)]).toEqual([route, null]);
        // Word for word what an id that does not exist answers.
        const plain = await ask(unknown[at] as Route, as(person));
        const withoutIds = (text: string) => text.replace(/[0-9a-f-]{36}/g, 'ID');
        expect(withoutIds(answer.body.detail)).toBe(withoutIds(plain.body.detail));
      }
      const { body } = await app.get(`/progress/status?ids=${privat.session},x`, as(person));
      expect(body).toEqual({ sessions: [], missing: [privat.session, 'x'] });
      const list = await app.get(`/sessions?knowledge_id=${privat.knowledge}`, as(person));
      expect(list.body).toEqual({ items: [], total: 0 });
      const bases = await app.get('/knowledge/', as(person));
      const ids = bases.body.items.map((each: { id: string }) => each.id);
      expect(ids).not.toContain(privat.knowledge);
      const sent = await app.send('a', 'a', { knowledge_id: privat.knowledge }, as(person));
      expect(notProblem(sent, 'knowledge_not_found')).toBeNull();
    },
  );

  test('reader: 403 on every change, and nothing is changed', async () => {
    for (const route of WRITES(shared)) {
      const answer = await ask(route, as('reader'));
      expect([route, notProblem(answer, 'forbidden')]).toEqual([route, null]);
      expect(answer.body.detail).toMatch(/^You may read this .*, but not change it$/);
    }
    const sent = await app.send('a', 'a', { knowledge_id: shared.knowledge }, as('reader'));
    expect(notProblem(sent, 'forbidden')).toBeNull();
    const { body } = await app.get(`/progress/${shared.session}/status`, as('owner'));
    expect(body.status).toBe('queued');
  });

  test.each(['owner', 'writer', 'member', 'admin'] as const)('%s may change', async (person) => {
    const at = await fill('owner', [
      { principal_type: 'user', principal_id: 'writer', permission: 'write' },
      { principal_type: 'group', principal_id: 'team', permission: 'write' },
    ]);
    const grants = (await app.get(`/knowledge/${at.knowledge}`, as('owner'))).body.access_grants;
    for (const [method, path, json] of WRITES(at)) {
      if (path.endsWith('/file/remove')) continue;
      const body = path.endsWith('/access/update') ? { access_grants: grants } : json;
      const { status } = await ask([method, path, body], as(person));
      expect([path, status]).toEqual([path, path.endsWith('/sessions') ? 202 : 200]);
    }
  });

  test('everyone reads what is public', async () => {
    const at = await fill('owner', [
      { principal_type: 'anyone', principal_id: '*', permission: 'read' },
    ]);
    for (const route of READS(at)) {
      expect([route[1], (await ask(route, as('other'))).status]).toEqual([route[1], 200]);
    }
  });

  test("lists of files are the asker's own", async () => {
    await app.send('mine.txt', 'mine', {}, { process: false, ...as('other') });
    const { body } = await app.get('/files/', as('other'));
    expect(body.items.map((row: { filename: string }) => row.filename)).toEqual(['mine.txt']);
    expect((await app.get('/files/count', as('other'))).body).toBe(1);
    const none = await app.get('/files/search?filename=a.txt', as('other'));
    expect(notProblem(none, 'file_not_found')).toBeNull();
  });

  test('search finds what the asker may read, in all and in one knowledge base', async () => {
    for (const { file, knowledge } of [shared, privat]) {
      await app.db.orm.transaction((tx) => replaceContent(tx, file, 'A zeppelin'));
      await app.sql`insert into knowledge_file
          (id, knowledge_id, file_id, user_id, created_at, updated_at)
        values (${file}, ${knowledge}, ${file}, 'owner', 1, 1) on conflict do nothing`;
    }
    const found = async (person: Person, path: string) =>
      (await app.get(`${path}/search?q=zeppelin`, as(person))).body.total;
    const all: Partial<Record<Person, number>> = {};
    for (const person of PEOPLE.filter((each) => each !== 'pending')) {
      all[person] = await found(person, '');
    }
    expect(all).toEqual({ owner: 2, reader: 1, writer: 1, member: 1, other: 0, admin: 2 });
    expect(await found('reader', `/knowledge/${shared.knowledge}`)).toBe(1);
    await app.sql`insert into knowledge_file
        (id, knowledge_id, file_id, user_id, created_at, updated_at)
      values ('a hidden link', ${privat.knowledge}, ${shared.file}, 'owner', 1, 1)`;
    const basesFor = async (person: Person) => {
      const { body } = await app.get('/search?q=zeppelin', as(person));
      const hit = body.hits.find((each: { file_id: string }) => each.file_id === shared.file);
      return hit.knowledge;
    };
    expect(await basesFor('reader')).toMatchObject({ id: shared.knowledge, total: 1 });
    expect((await basesFor('owner')).total).toBe(2);
    await app.sql`delete from knowledge_file where id = 'a hidden link'`;
    expect(notProblem(await app.get('/search?q=zeppelin', as('pending')), 'forbidden')).toBeNull();
  });

  test('the same Operation-Id of two people is two sessions', async () => {
    const start = (person: Person) =>
      app.post(`/knowledge/${shared.knowledge}/sessions`, { file_ids: [] }, {
        ...as(person),
        headers: { 'operation-id': 'same' },
      });
    const [one, other] = [await start('owner'), await start('writer')];
    expect([one.status, other.status]).toEqual([202, 202]);
    expect(one.body.session_id).not.toBe(other.body.session_id);
  });

  test('bytes for an announced file come from who announced it', async () => {
    const { body } = await app.post(`/knowledge/${shared.knowledge}/sessions`, {
      uploads: [{ name: 'a', size: 1 }],
    }, as('owner'));
    const job_id = body.files[0].job_id;
    for (const person of ['reader', 'writer', 'other'] as const) {
      expect(notProblem(await app.send('a', 'a', { job_id }, as(person)), 'conflict')).toBeNull();
    }
    expect((await app.send('a', 'a', { job_id }, as('owner'))).status).toBe(200);
  });
});

describe('a reader with a knowledge base of their own', () => {
  async function linkInto(person: Person, file: string): Promise<string> {
    const own = await app.knowledge('Own', as(person));
    const added = await app.post(`/knowledge/${own}/file/add`, { file_id: file }, as(person));
    expect(notProblem(added, 'forbidden')).toBeNull();
    // As the app, or an earlier release, linked it.
    await app
      .sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      values (${crypto.randomUUID()}, ${own}, ${file}, ${person}, 1, 1)`;
    return own;
  }

  test('may not put a shared file into it, and can neither delete nor change one that is there', async () => {
    const at = await fill('owner', [
      { principal_type: 'user', principal_id: 'reader', permission: 'read' },
    ]);
    const own = await linkInto('reader', at.file);
    for (
      const [method, path, json] of WRITES(at).filter(([, path]) => path.startsWith('/files/'))
    ) {
      expect(notProblem(await ask([method, path, json], as('reader')), 'forbidden')).toBeNull();
    }
    await app.post(`/knowledge/${own}/file/remove`, { file_id: at.file }, as('reader'));
    expect((await app.get(`/files/${at.file}/content`, as('owner'))).body).toBe('a');
  });

  test('deletes it, and neither their own nor anybody else’s files with it', async () => {
    const at = await fill('owner', [
      { principal_type: 'user', principal_id: 'reader', permission: 'read' },
    ]);
    const own = await linkInto('reader', at.file);
    // The owner takes the file out of the shared one: now only the reader's has it.
    await app.sql`update file set meta = (meta::jsonb #- '{data,knowledge_id}')::json
      where id = ${at.file}`;
    const mine = await app.send('mine', 'mine', { knowledge_id: own }, as('reader'));
    expect((await app.delete(`/knowledge/${own}/delete`, as('reader'))).body).toBe(true);
    expect((await app.get(`/files/${at.file}`, as('owner'))).status).toBe(200);
    expect((await app.get(`/files/${mine.body.id}`, as('reader'))).status).toBe(200);
  });

  test('cannot have a file processed that is not in it and not theirs', async () => {
    const at = await fill('owner', [
      { principal_type: 'user', principal_id: 'reader', permission: 'read' },
    ]);
    const own = await app.knowledge('Own', as('reader'));
    for (const path of ['sessions', 'file/update']) {
      const json = path === 'sessions' ? { file_ids: [at.file] } : { file_id: at.file };
      const answer = await app.post(`/knowledge/${own}/${path}`, json, as('reader'));
      expect(notProblem(answer, 'file_not_found')).toBeNull();
    }
  });
});

test('an app may say itself who is asking', async () => {
  const other = await startTestApp({
    authenticate: (request) =>
      Promise.resolve({ id: request.headers.get('x-user') ?? '', name: 'X', role: 'user' }),
  });
  const { body } = await other.post('/knowledge/create', { name: 'x' }, {
    headers: { 'x-user': 'zoe' },
  });
  expect(body.user_id).toBe('zoe');
  const stranger = await other.get(`/knowledge/${body.id}`, { headers: { 'x-user': 'max' } });
  expect(notProblem(stranger, 'knowledge_not_found')).toBeNull();
  await other.stop();
});
