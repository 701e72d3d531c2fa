/**
 * `GET /sessions?live=false` as a history, and running one of its sessions again.
 *
 * @module
 */
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ListedSession, SessionList } from '../../../backend/contract/sessions.ts';
import {
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

let app: TestApp;
let knowledgeId: string;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
  for (const [id, role] of [['me', 'user'], ['other', 'user'], ['boss', 'admin']] as const) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${`${id}@example.org`}, ${role}, 1)`;
    tokens[id] = await signToken({ id });
  }
});
beforeEach(async () => {
  await app.sql`delete from headway.session`;
  knowledgeId = await app.knowledge('Mine', as('me'));
});
afterAll(() => app.stop());

const as = (id: string): Ask => ({ token: tokens[id]! });

const list = async (query: string, who = 'me') =>
  (await app.get(`/sessions?live=false${query}`, as(who))).body;

interface Past {
  readonly id: string;
  readonly userId?: string;
  readonly status?: string;
  readonly failed?: number;
  /** Minutes ago. */
  readonly created?: number;
}

async function addPast(past: Past): Promise<void> {
  const { id, userId = 'me', status = 'completed', failed = 0, created = 10 } = past;
  await app.sql`insert into headway.session (id, knowledge_id, user_id, status, failed_files,
      created_at, queued_at, started_at, finished_at)
    values (${id}, ${knowledgeId}, ${userId}, ${status}, ${failed},
      ${app.sql`now() - ${created}::int * interval '1 minute'`}, now() - interval '9 minutes',
      now() - interval '8 minutes', now() - interval '5 minutes')`;
}

describe('GET /sessions?live=false', () => {
  test('tells where, what was waited for and what was worked', async () => {
    await addPast({ id: 'a' });
    await app.sql`insert into headway.job (id, session_id, position, name, status, step,
        work_seconds, finished_at) values
      (gen_random_uuid(), 'a', 0, 'now', 'completed', 'index', 40.5, now() - interval '6 minutes'),
      (gen_random_uuid(), 'a', 1, 'before', 'completed', 'index', 7, now() - interval '1 day')`;
    const body = await list('');
    expect(v.parse(v.strictObject(SessionList.entries), body).next_cursor).toBeUndefined();
    const [item] = body.items;
    expect(v.parse(v.strictObject(ListedSession.entries), item)).toMatchObject({
      knowledge_name: 'Mine',
      work_seconds: 40.5,
    });
    expect(item.started_at - item.queued_at).toBeCloseTo(60, 3);
    expect(item.finished_at - item.started_at).toBeCloseTo(180, 3);
  });

  test('goes on from a cursor, also among sessions of the same moment, while some are cleared', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await addPast({ id });
    await app.sql`update headway.session set created_at = '2026-01-01 10:00:00.123457Z'`;
    await addPast({ id: 'newest', created: 1 });
    const ids = (body: SessionList) => body.items.map(({ session_id }) => session_id);
    const first = await list('&limit=3');
    await app.delete('/progress/b', as('me'));
    const second = await list(`&limit=3&cursor=${first.next_cursor}`);
    expect([ids(first), ids(second)]).toEqual([['newest', 'a', 'b'], ['c', 'd', 'e']]);
    expect(second.next_cursor).toBeUndefined();
  });

  test('is filtered by outcome, and holds only what is mine where that is asked', async () => {
    await addPast({ id: 'good' });
    await addPast({ id: 'partly', failed: 1 });
    await addPast({ id: 'bad', status: 'error', failed: 2 });
    await addPast({ id: 'theirs', userId: 'other' });
    const grant = { principal_type: 'user', principal_id: 'other', permission: 'read' };
    const path = `/knowledge/${knowledgeId}/access/update`;
    await app.post(path, { access_grants: [grant] }, as('me'));
    const ids = async (query: string, who = 'me') =>
      (await list(query, who)).items.map((item: ListedSession) => item.session_id).sort();
    expect(await ids('')).toEqual(['bad', 'good', 'partly', 'theirs']);
    expect(await ids('&mine=true')).toEqual(['bad', 'good', 'partly']);
    expect(await ids('&mine=true', 'other')).toEqual(['theirs']);
    expect(await ids('&mine=true', 'boss')).toEqual([]);
    expect(await ids('&mine=true&status=error')).toEqual(['bad']);
    expect(await ids('&mine=true&status=completed&failed=true')).toEqual(['partly']);
    expect(await ids('&mine=true&status=completed&failed=false')).toEqual(['good']);
  });

  test.each(['&cursor=x', '&status=odd', '&mine=maybe', '&cursor=1.'])(
    'refuses %s',
    async (query) => {
      expect(notProblem(await app.get(`/sessions?live=false${query}`, as('me')), 'invalid'))
        .toBeNull();
    },
  );
});

test('a session that is tried again counts its waiting from then', async () => {
  const { body } = await app.send('a.txt', 'a', { knowledge_id: knowledgeId }, as('me'));
  const [row] = await app.sql`select session_id from headway.job where file_id = ${body.id}`;
  const id = row?.session_id;
  const queuedAt = async () =>
    (await app.sql`select extract(epoch from now() - queued_at)::float8 as ago
      from headway.session where id = ${id}`)[0]?.ago;
  await app.sql`update headway.session set queued_at = now() - interval '1 hour' where id = ${id}`;
  await app.post(`/sessions/${id}/cancel`, undefined, as('me'));
  expect(await queuedAt()).toBeGreaterThan(3_500);
  await app.post(`/sessions/${id}/retry`, undefined, as('me'));
  expect(await queuedAt()).toBeLessThan(600);
});

describe('POST /sessions/{id}/again', () => {
  const start = async (names: string[]) => {
    const file_ids: string[] = [];
    for (const name of names) {
      const about = { knowledge_id: knowledgeId };
      file_ids.push((await app.send(name, name, about, { process: false, ...as('me') })).body.id);
    }
    const path = `/knowledge/${knowledgeId}/sessions`;
    return { file_ids, id: (await app.post(path, { file_ids }, as('me'))).body.session_id };
  };
  const again = (id: string, who = 'me') => app.post(`/sessions/${id}/again`, undefined, as(who));

  test('starts a new session for the files that are still here, in their order', async () => {
    const { id, file_ids } = await start(['a', 'b', 'c']);
    await app.post(`/sessions/${id}/cancel`, undefined, as('me'));
    await app.delete(`/files/${file_ids[1]}`, as('me'));
    const { status, body } = await again(id);
    expect([status, body.total_files]).toEqual([202, 2]);
    expect(body.session_id).not.toBe(id);
    const files = await app.sql`select file_id from headway.job
      where session_id = ${body.session_id} order by position`;
    expect(files.map((row) => row.file_id)).toEqual([file_ids[0], file_ids[2]]);
  });

  test('is a conflict where no file is left, and 404 for others', async () => {
    const { id, file_ids } = await start(['a']);
    expect(notProblem(await again(id, 'other'), 'session_not_found')).toBeNull();
    await app.delete(`/files/${file_ids[0]}`, as('me'));
    expect(notProblem(await again(id), 'conflict')).toBeNull();
    expect(notProblem(await app.post(`/sessions/${id}/again`), 'unauthenticated')).toBeNull();
  });
});
