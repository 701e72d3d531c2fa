/** Polls of people who signed in with a token: answered from memory, and true all the same. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import type { RequestEntry } from '../../../backend/mod.ts';
import { createReporter, type ProgressReporter } from '../../../backend/progress/reporting.ts';
import {
  type Answer,
  type Ask,
  eventually,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

const POLLS_PER_MINUTE = 5_000;

let app: TestApp;
/** Another process, as far as the API can tell. */
let elsewhere: Database;
let reporter: ProgressReporter;
const tokens: Record<string, string> = {};
const entries: RequestEntry[] = [];

beforeAll(async () => {
  app = await startTestApp({
    authSecret: SECRET,
    limits: { pollsPerMinute: POLLS_PER_MINUTE },
    // The same question gets the same answer, however busy the machine is.
    pollSlowdown: 1,
    onRequest: (entry) => entries.push(entry),
  });
  elsewhere = connect(app.db.url, { max: 2, name: 'elsewhere' });
  reporter = createReporter(elsewhere);
  for (const id of ['owner', 'reader', 'admin', 'greedy']) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, ${id === 'admin' ? 'admin' : 'user'}, 1)`;
    tokens[id] = await signToken({ id });
  }
});
afterEach(() => void (entries.length = 0));
afterAll(async () => {
  await elsewhere.close();
  await app.stop();
});

const as = (person: string, headers: Record<string, string> = {}): Ask => ({
  token: tokens[person]!,
  headers,
});

/** A session in a knowledge base that the reader may read. */
async function shared(): Promise<{ knowledge: string; id: string; path: string }> {
  const grant = { principal_type: 'user', principal_id: 'reader', permission: 'read' };
  const made = await app.post(
    '/knowledge/create',
    { name: 'Shared', access_grants: [grant] },
    as('owner'),
  );
  const id = crypto.randomUUID();
  await reporter.updateProgress({ sessionId: id, knowledgeId: made.body.id }, { progress: 10 });
  return { knowledge: made.body.id, id, path: `/progress/${id}/status` };
}

/** Asks until the answer is ready: one is made by the router, and after that it is kept. */
async function warm(path: string, ask: Ask): Promise<Answer> {
  const answer = await app.get(path, ask);
  expect(answer.status).toBe(200);
  return answer;
}

/** How long a poll may take before it is taken to wait for a table. */
const WAITS_MS = 3_000;
const ATTEMPTS = 5;

/**
 * Nobody can read a session, a grant or an account meanwhile: whoever asks for one waits. News that
 * were still on their way when the tables were locked make a poll wait once; what is ready does not
 * stay so for ever.
 */
async function withoutTables<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const done = await app.sql.begin(async (tx) => {
      await tx`lock table headway.session, access_grant, "user" in access exclusive mode`;
      const late = Promise.withResolvers<null>();
      const timer = setTimeout(() => late.resolve(null), WAITS_MS);
      const working = work().then((value) => ({ value }));
      working.catch(() => {});
      return await Promise.race([working, late.promise]).finally(() => clearTimeout(timer));
    }) as { value: T } | null;
    if (done) return done.value;
    // What was late has come, and whatever the wait made doubtful is asked for and ready again.
    await work();
  }
  throw new Error(`The polls waited for a table, ${ATTEMPTS} times`);
}

describe('a poll that is ready', () => {
  test.each([
    ['of the owner', 'owner', ''],
    ['of a reader', 'reader', ''],
    ['with files', 'owner', '?files=true'],
  ])('needs no statement: %s', async (_who, person, query) => {
    const { path } = await shared();
    const first = await warm(path + query, as(person));
    const etag = first.headers.get('etag') ?? '';
    await withoutTables(async () => {
      for (let round = 0; round < 50; round++) {
        const again = await app.get(path + query, as(person));
        expect([again.status, again.body]).toEqual([200, first.body]);
        const same = await app.get(path + query, as(person, { 'if-none-match': etag }));
        expect([same.status, same.body]).toEqual([304, '']);
      }
    });
  });

  test('nor does one of many sessions, some of them missing', async () => {
    const some = await Promise.all([shared(), shared(), shared()]);
    const path = `/progress/status?ids=${some.map(({ id }) => id).join()},missing`;
    const first = await warm(path, as('reader'));
    expect(first.body.missing).toEqual(['missing']);
    await withoutTables(async () => {
      expect((await app.get(path, as('reader'))).body).toEqual(first.body);
    });
    await reporter.updateProgress({ sessionId: some[1]!.id }, { progress: 33 });
    const changed = await eventually(
      () => app.get(path, as('reader')),
      ({ body }) => body.sessions.some(({ progress }: { progress: number }) => progress === 33),
    );
    expect(changed.headers.get('etag')).not.toBe(first.headers.get('etag'));
    await reporter.updateProgress({ sessionId: 'missing', userId: 'owner' }, { progress: 1 });
    await eventually(() => app.get(path, as('owner')), ({ body }) => body.missing.length === 0);
    expect((await app.get(path, as('reader'))).body.missing).toEqual(['missing']);
  });

  test('has the headers, the log and the rules of every other', async () => {
    const { path } = await shared();
    const routed = await warm(path, as('owner', { 'x-request-id': 'one' }));
    const [ready, cookie] = await withoutTables(() =>
      Promise.all([
        app.get(path, as('owner', { 'x-request-id': 'two' })),
        app.get(path, { headers: { cookie: `a=b; token=${tokens.owner}` } }),
      ])
    );
    const headersOf = ({ headers }: Answer) =>
      Object.fromEntries([...headers].filter(([name]) => name !== 'x-request-id'));
    for (const answer of [ready, cookie]) expect(headersOf(answer)).toEqual(headersOf(routed));
    expect(ready.headers.get('x-request-id')).toBe('two');
    expect(cookie.headers.get('x-request-id')).toMatch(/^[a-z\d]{6}-[a-z\d]+$/);
    const etag = routed.headers.get('etag') ?? '';
    const unchanged = await app.get(path, as('owner', { 'if-none-match': `"x", ${etag}` }));
    const { 'content-type': _, ...rest } = headersOf(routed);
    expect([unchanged.status, headersOf(unchanged)]).toEqual([304, rest]);
    const entryOf = (id: string) => entries.find(({ request_id }) => request_id === id);
    const { ms: _ms, ...told } = entryOf('one')!;
    expect(entryOf('two')).toMatchObject({ ...told, request_id: 'two', poll: true });

    const https = await app.get(path, as('owner', { 'x-forwarded-proto': 'https' }));
    expect(https.headers.get('strict-transport-security')).not.toBeNull();
    expect((await app.get(path, as('owner'))).headers.get('strict-transport-security')).toBeNull();
    const other = await signToken({ id: 'owner' }, { secret: 'of another app' });
    expect(notProblem(await app.get(path, { token: other }), 'unauthenticated')).toBeNull();
    expect(notProblem(await app.get(path), 'unauthenticated')).toBeNull();
  });

  test('is what the router would have answered, however it is asked', async () => {
    const { path } = await shared();
    const etag = (await warm(path, as('owner'))).headers.get('etag') ?? '';
    const token = tokens.owner!;
    const told = async (headers: Record<string, string>) => {
      const answer = await app.get(path, { headers: { ...headers, 'x-request-id': 'same' } });
      return { ...answer, headers: Object.fromEntries(answer.headers) };
    };
    const authorization = `Bearer ${token}`;
    const ways: [status: number, headers: Record<string, string>][] = [
      [304, { authorization, 'if-none-match': etag }],
      [304, { authorization, 'if-none-match': etag.replace('W/', '') }],
      [304, { authorization, 'if-none-match': `W/"other",${etag} , "third"` }],
      [304, { authorization, 'if-none-match': '*' }],
      [200, { authorization, 'if-none-match': 'W/"other"' }],
      [200, { authorization, 'if-none-match': '' }],
      [200, { authorization: `bearer ${token}` }],
      [200, { authorization: `BEARER   ${token}` }],
      [200, { authorization: 'Basic b3duZXI6', cookie: `token=${token}` }],
      [401, { authorization: 'Basic b3duZXI6' }],
      [401, { authorization: `Bearer ${token} ${token}` }],
      [401, { authorization: `Bearer ${token}x`, cookie: `token=${token}` }],
      [401, { authorization: 'Bearer ' }],
    ];
    for (const [status, headers] of ways) {
      const ready = await told(headers);
      // What is preferred, even no waiting at all, is for the router to read.
      expect(ready).toEqual(await told({ ...headers, prefer: 'wait=0' }));
      expect(ready.status, JSON.stringify(headers)).toBe(status);
    }
    const head = await app.ask('HEAD', path, as('owner'));
    expect([head.status, head.headers.get('etag'), head.body]).toEqual([200, etag, '']);
  });

  test('has an id of its own, however many are answered at once', async () => {
    const { path } = await shared();
    const etag = (await warm(path, as('owner'))).headers.get('etag') ?? '';
    const ids = Array.from({ length: 60 }, (_, at) => `poll-${at}`);
    const answers = await Promise.all(
      ids.map((id, at) =>
        app.get(
          path,
          as('owner', { 'x-request-id': id, ...(at % 2 && { 'if-none-match': etag }) }),
        )
      ),
    );
    expect(answers.map(({ headers }) => headers.get('x-request-id'))).toEqual(ids);
    expect(answers.map(({ status }) => status)).toEqual(ids.map((_, at) => at % 2 ? 304 : 200));
  });

  test('counts against what a person may ask', async () => {
    const sessionId = crypto.randomUUID();
    await reporter.updateProgress({ sessionId, userId: 'greedy' }, {});
    let answer = await warm(`/progress/${sessionId}/status`, as('greedy'));
    for (let polls = 1; polls < POLLS_PER_MINUTE; polls++) {
      answer = await app.get(`/progress/${sessionId}/status`, as('greedy'));
    }
    expect(answer.status).toBe(200);
    answer = await app.get(`/progress/${sessionId}/status`, as('greedy'));
    expect(notProblem(answer, 'too_many_requests')).toBeNull();
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('what was written is told', () => {
  const shows = (path: string, progress: number) =>
    eventually(() => app.get(path, as('owner')), ({ body }) => body.progress === progress);

  test('whatever process wrote it, and by whatever statement', async () => {
    const { id, path } = await shared();
    await warm(path, as('owner'));
    await reporter.updateProgress({ sessionId: id }, { progress: 20 });
    await shows(path, 20);
    await app.sql`update headway.session set progress = 30 where id = ${id}`;
    await shows(path, 30);
    await app.headway.progress.updateProgress({ sessionId: id }, { progress: 40 });
    // One's own change is told at once.
    expect((await app.get(path, as('owner'))).body.progress).toBe(40);
    await app.post(`/sessions/${id}/cancel`, {}, as('owner'));
    expect((await app.get(path, as('owner'))).body.status).toBe('cancelled');
    await app.delete(`/progress/${id}`, as('owner'));
    expect(notProblem(await app.get(path, as('owner')), 'session_not_found')).toBeNull();
  });

  test('when the notification is lost', async () => {
    const { id, path } = await shared();
    await warm(path, as('owner'));
    await app.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx`update headway.session set progress = 50 where id = ${id}`;
    });
    await shows(path, 50);
  });

  test('when the connection that hears of it is cut, also by whoever waits', async () => {
    const { id, path } = await shared();
    const first = await warm(path, as('owner'));
    const headers = { prefer: 'wait=20', 'if-none-match': first.headers.get('etag') ?? '' };
    const waiting = app.get(path, as('owner', headers));
    const cut = await app.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'headway'
        and (query like 'listen %' or query like '% as echo')`;
    expect(cut).toHaveLength(1);
    await reporter.updateProgress({ sessionId: id }, { progress: 60 });
    await shows(path, 60);
    expect((await waiting).body.progress).toBe(60);
    await reporter.updateProgress({ sessionId: id }, { progress: 70 });
    await shows(path, 70);
  });

  test('to hundreds who wait', async () => {
    const { id, path } = await shared();
    const etag = (await warm(path, as('reader'))).headers.get('etag') ?? '';
    const headers = { prefer: 'wait=20; until=step', 'if-none-match': etag };
    const waiting = Array.from({ length: 300 }, () => app.get(path, as('reader', headers)));
    await reporter.updateProgress({ sessionId: id }, { progress: 80 });
    await reporter.markSessionComplete(id);
    for (const { status, body } of await Promise.all(waiting)) {
      expect([status, body.status]).toEqual([200, 'completed']);
    }
  });
});

describe('who may not any more is told so', () => {
  const within = (person: string, path: string, status: number) =>
    eventually(() => app.get(path, as(person)), (answer) => answer.status === status);

  test('a grant is taken back: at once by the API, soon by the app', async () => {
    for (const by of ['the API', 'the app']) {
      const { knowledge, path } = await shared();
      await warm(path, as('reader'));
      await app.get(path, as('reader'));
      if (by === 'the app') {
        await app.sql`delete from access_grant where resource_id = ${knowledge}`;
        await within('reader', path, 404);
      } else {
        const body = { access_grants: [] };
        await app.post(`/knowledge/${knowledge}/access/update`, body, as('owner'));
        const answer = await app.get(path, as('reader'));
        expect(notProblem(answer, 'session_not_found')).toBeNull();
      }
      expect((await app.get(path, as('owner'))).status).toBe(200);
    }
  });

  test('an administrator is one no more; an account is removed', async () => {
    const { path } = await shared();
    const sessionId = crypto.randomUUID();
    await reporter.updateProgress({ sessionId, userId: 'owner' }, {});
    const others = `/progress/${sessionId}/status`;
    for (const asked of [path, others]) await warm(asked, as('admin'));
    await app.sql`update "user" set role = 'user' where id = 'admin'`;
    await within('admin', others, 404);
    await warm(path, as('reader'));
    await app.sql`delete from "user" where id = 'reader'`;
    await within('reader', path, 401);
  });

  test('a token that has expired is refused, remembered or not', async () => {
    const { path } = await shared();
    // The five seconds of tolerance have all but passed.
    const token = await signToken({ id: 'owner' }, { expires: new Date(Date.now() - 3_000) });
    expect((await app.get(path, { token })).status).toBe(200);
    const refused = await eventually(
      () => app.get(path, { token }),
      ({ status }) => status === 401,
      8_000,
    );
    expect(notProblem(refused, 'unauthenticated')).toBeNull();
  });
});
