import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  GlobalProgress,
  JobProgress,
  KnowledgeProgress,
} from '../../../backend/contract/context.ts';
import { refreshSession } from '../../../backend/progress/store.ts';
import {
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

const MISSING = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
  for (const id of ['me', 'other']) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${`${id}@example.org`}, 'user', 1)`;
    tokens[id] = await signToken({ id });
  }
});
beforeEach(async () => {
  await app.sql`delete from headway.session`;
  await app.sql`delete from headway_queue.job`;
});
afterAll(() => app.stop());

const as = (id: string): Ask => ({ token: tokens[id]! });
const NONE = { running: 0, waiting: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };

/** A session of files of equal weight. */
async function start(names: string[], priority = 'medium'): Promise<[string, string]> {
  const knowledge = await app.knowledge('Mine', as('me'));
  const file_ids: string[] = [];
  for (const name of names) {
    const sent = await app.send(name, name, { knowledge_id: knowledge }, {
      process: false,
      ...as('me'),
    });
    file_ids.push(sent.body.id);
  }
  const { body } = await app.post(`/knowledge/${knowledge}/sessions`, { file_ids, priority }, {
    ...as('me'),
  });
  return [body.session_id, knowledge];
}

const jobs = async (sessionId: string): Promise<string[]> =>
  (await app.sql`select id from headway.job where session_id = ${sessionId} order by position`)
    .map((row) => row.id);

async function set(jobId: string, status: string, progress: number): Promise<void> {
  const over = ['completed', 'error', 'cancelled'].includes(status);
  const [row] = await app.sql`update headway.job set status = ${status}, progress = ${progress},
    finished_at = case when ${over} then now() end where id = ${jobId} returning session_id`;
  await app.db.orm.transaction((tx) => refreshSession(tx, row?.session_id));
}

describe('GET /progress/global', () => {
  test('without any work', async () => {
    const { status, body } = await app.get('/progress/global', as('me'));
    expect(status).toBe(200);
    expect(v.parse(v.strictObject(GlobalProgress.entries), body)).toEqual({
      progress: null,
      eta_seconds: null,
      sessions: NONE,
      files: NONE,
      since: null,
      live: [],
    });
  });

  test('adds up what runs, waits and was done, and does not fall when a part ends', async () => {
    const [one] = await start(['a', 'b']);
    const [two] = await start(['c', 'd']);
    const [a, b] = await jobs(one) as [string, string];
    const [c] = await jobs(two) as [string];
    await set(c, 'processing', 50);
    await set(a, 'completed', 100);
    const read = async () => (await app.get('/progress/global', as('me'))).body;
    expect(await read()).toMatchObject({
      progress: 37.5,
      sessions: { ...NONE, running: 2 },
      files: { ...NONE, running: 1, waiting: 2, completed: 1 },
      live: [{ session_id: two }, { session_id: one }],
    });
    await set(b, 'error', 0);
    await app.sql`update headway.session set created_at = created_at - interval '1 minute'`;
    expect(await read()).toMatchObject({
      progress: 62.5,
      sessions: { ...NONE, running: 1, completed: 1 },
      files: { ...NONE, running: 1, waiting: 1, completed: 1, failed: 1 },
      live: [{ session_id: two }],
      since: expect.any(Number),
    });
    expect((await app.get('/progress/global', as('other'))).body.live).toEqual([]);
  });

  test('counts work that an app reports itself', async () => {
    await app.headway.progress.updateProgress({ sessionId: 'report', userId: 'me' }, {
      progress: 40,
    });
    expect((await app.get('/progress/global', as('me'))).body).toMatchObject({
      progress: 40,
      sessions: { ...NONE, running: 1 },
      files: NONE,
    });
  });

  test('says 304 where nothing changed, and when to ask again', async () => {
    const [session] = await start(['a']);
    const first = await app.get('/progress/global', as('me'));
    expect(first.headers.get('retry-after')).toBe('1');
    const etag = first.headers.get('etag') ?? '';
    const again = () =>
      app.get('/progress/global', { ...as('me'), headers: { 'if-none-match': etag } });
    expect((await again()).status).toBe(304);
    const [job] = await jobs(session);
    await set(job!, 'processing', 5);
    expect((await again()).status).toBe(200);
  });
});

describe('GET /progress/knowledge/{id}', () => {
  test('adds up its sessions alone', async () => {
    const [session, knowledge] = await start(['a']);
    await start(['b', 'c']);
    const { status, body } = await app.get(`/progress/knowledge/${knowledge}`, as('me'));
    expect(status).toBe(200);
    expect(v.parse(v.strictObject(KnowledgeProgress.entries), body)).toMatchObject({
      knowledge_id: knowledge,
      files: { ...NONE, waiting: 1 },
      live: [{ session_id: session }],
    });
  });

  test('is 404 for others and for none', async () => {
    const [, knowledge] = await start(['a']);
    for (const [id, person] of [[knowledge, 'other'], [MISSING, 'me']] as const) {
      const answer = await app.get(`/progress/knowledge/${id}`, as(person));
      expect(notProblem(answer, 'knowledge_not_found')).toBeNull();
    }
  });
});

describe('GET /progress/job/{id}', () => {
  test('tells the file, its session and how many go first', async () => {
    const [low] = await start(['low'], 'low');
    const [session, knowledge] = await start(['a', 'b'], 'high');
    const [, b] = await jobs(session);
    const { status, body } = await app.get(`/progress/job/${b}`, as('me'));
    expect(status).toBe(200);
    expect(v.parse(v.strictObject(JobProgress.entries), body)).toMatchObject({
      job_id: b,
      name: 'b',
      session_id: session,
      knowledge_id: knowledge,
      priority: 'high',
      status: 'queued',
      parts_done: 0,
    });
    const [last] = await jobs(low);
    expect((await app.get(`/progress/job/${last}`, as('me'))).body.queue_position).toBe(2);
    await set(b!, 'processing', 12);
    expect((await app.get(`/progress/job/${b}`, as('me'))).body).toMatchObject({
      queue_position: null,
      progress: 12,
    });
  });

  test('says 304 where nothing changed', async () => {
    const [session] = await start(['a']);
    const [job] = await jobs(session);
    const etag = (await app.get(`/progress/job/${job}`, as('me'))).headers.get('etag') ?? '';
    const ask = { ...as('me'), headers: { 'if-none-match': etag } };
    expect((await app.get(`/progress/job/${job}`, ask)).status).toBe(304);
  });

  test('is 404 for others, for none and for what is no id', async () => {
    const [session] = await start(['a']);
    const [job] = await jobs(session);
    for (const [id, person] of [[job, 'other'], [MISSING, 'me'], ['x', 'me']] as const) {
      const answer = await app.get(`/progress/job/${id}`, as(person));
      expect(notProblem(answer, 'file_not_found')).toBeNull();
    }
  });
});
