/**
 * The files of a session in pages and as changes, their places in the queue, and their priority.
 */
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SessionFiles } from '../../../backend/contract/sessions.ts';
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
const as = (id: string): Ask => ({ token: tokens[id]! });

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
  knowledgeId = await app.knowledge('Mine', as('me'));
});
afterAll(() => app.stop());

/** A session of so many files that wait. */
async function start(count: number, priority = 'medium'): Promise<string> {
  const rows = await app.sql<{ id: string }[]>`
    insert into file (id, user_id, filename, path, meta)
    select gen_random_uuid()::text, 'me', n || '.txt', '/nowhere', json_build_object('size', n,
      'data', json_build_object('knowledge_id', ${knowledgeId}::text))
    from generate_series(1, ${count}::int) n returning id`;
  const { body } = await app.post(
    `/knowledge/${knowledgeId}/sessions`,
    { file_ids: rows.map((row) => row.id), priority },
    as('me'),
  );
  return body.session_id;
}

const files = async (session: string, query = '') => {
  const { body } = await app.get(`/sessions/${session}/files?${query}`, as('me'));
  return v.parse(SessionFiles, body);
};
const namesOf = ({ items }: SessionFiles) => items.map((file) => file.name);
const placesOf = ({ items }: SessionFiles) => items.map((file) => file.queue_position);

describe('GET /sessions/{id}/files', () => {
  test('answers page by page, in the order in which the files were named', async () => {
    const session = await start(5);
    expect(namesOf(await files(session))).toEqual(['1.txt', '2.txt', '3.txt', '4.txt', '5.txt']);
    const page = await files(session, 'limit=2&offset=2');
    expect([namesOf(page), page.total]).toEqual([['3.txt', '4.txt'], 5]);
  });

  test('with `since`, answers with what has changed, and with what is named', async () => {
    const session = await start(5);
    await app.sql`update headway.job set updated_at = now() - interval '1 minute'`;
    const { items, cursor } = await files(session);
    expect((await files(session, `since=${cursor}`)).items).toEqual([]);
    await app.post(`/sessions/${session}/files/${items[3]?.job_id}/pause`, undefined, as('me'));
    const changed = await files(session, `since=${cursor}&ids=${items[0]?.job_id}`);
    expect(changed.items.map(({ name, status }) => [name, status]))
      .toEqual([['1.txt', 'queued'], ['4.txt', 'paused']]);
    expect(changed.cursor).toBeGreaterThanOrEqual(cursor);
  });

  test('tells how many files of all sessions go first', async () => {
    const medium = await start(3);
    expect(placesOf(await files(medium))).toEqual([0, 1, 2]);
    const high = await start(2, 'high');
    expect(placesOf(await files(high))).toEqual([0, 1]);
    expect(placesOf(await files(medium))).toEqual([2, 3, 4]);
    const { items } = await files(medium);
    await app.post(`/sessions/${medium}/files/${items[1]?.job_id}/pause`, undefined, as('me'));
    expect(placesOf(await files(medium))).toEqual([2, null, 3]);
    const { body } = await app.get(`/progress/${medium}/status?files=true`, as('me'));
    expect(body.files.map((file: { priority: string }) => file.priority))
      .toEqual(['medium', null, 'medium']);
  });

  test('is only for those who may see the session, and refuses what it does not know', async () => {
    const session = await start(1);
    const denied = await app.get(`/sessions/${session}/files`, as('other'));
    expect(notProblem(denied, 'session_not_found')).toBeNull();
    for (const query of ['since=yesterday', 'ids=1,2', 'limit=1001', 'offset=-1']) {
      const answer = await app.get(`/sessions/${session}/files?${query}`, as('me'));
      expect(notProblem(answer, 'invalid')).toBeNull();
    }
  });
});

describe('POST /sessions/{id}/priority', () => {
  const set = (path: string, priority: string, who = 'me') =>
    app.post(`/sessions/${path}/priority`, { priority }, as(who));

  test('gives a session a higher or a lower priority, its waiting files with it', async () => {
    const first = await start(2);
    const second = await start(1);
    const { body } = await set(second, 'high');
    expect(body).toMatchObject({ priority: 'high', queue_position: 0 });
    expect(placesOf(await files(first))).toEqual([1, 2]);
    expect((await set(second, 'low')).body.priority).toBe('low');
    expect(placesOf(await files(second))).toEqual([2]);
    expect((await files(second)).items[0]?.priority).toBe('low');
  });

  test('gives one file another priority and leaves the others', async () => {
    const session = await start(3, 'high');
    const { items } = await files(session);
    const { body } = await set(`${session}/files/${items[0]?.job_id}`, 'low');
    expect(body.priority).toBe('high');
    expect(placesOf(await files(session))).toEqual([2, 0, 1]);
  });

  test('files that are still to be sent wait with it once they are here', async () => {
    const { body } = await app.post(
      `/knowledge/${knowledgeId}/sessions`,
      { uploads: [{ name: 'late.txt', size: 4 }], priority: 'high' },
      as('me'),
    );
    await set(body.session_id, 'low');
    await app.send('late.txt', 'late', { job_id: body.files[0].job_id }, as('me'));
    expect((await files(body.session_id)).items[0]?.priority).toBe('low');
  });

  test('says where there is nothing to change, and refuses strangers', async () => {
    const session = await start(1);
    expect(notProblem(await set(session, 'medium'), 'conflict')).toBeNull();
    expect(notProblem(await set(session, 'low', 'other'), 'session_not_found')).toBeNull();
    expect(notProblem(await set(session, 'urgent'), 'invalid')).toBeNull();
  });
});

test('retries what failed, and leaves what was cancelled', async () => {
  const session = await start(3);
  await app.sql`update headway.job set finished_at = now(),
    status = (array['error', 'cancelled', 'completed'])[position + 1]`;
  await app.post(`/sessions/${session}/retry-failed`, undefined, as('me'));
  expect((await files(session)).items.map((file) => file.status))
    .toEqual(['queued', 'cancelled', 'completed']);
  const again = await app.post(`/sessions/${session}/retry-failed`, undefined, as('me'));
  expect(notProblem(again, 'conflict')).toBeNull();
});

test('an action answers without the files where the asker wants little', async () => {
  const session = await start(2);
  const headers = { prefer: 'return=minimal' };
  const { body } = await app.post(`/sessions/${session}/pause`, undefined, {
    ...as('me'),
    headers,
  });
  expect(body).toMatchObject({ status: 'paused' });
  expect(body).not.toHaveProperty('files');
});
