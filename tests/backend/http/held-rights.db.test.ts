/** Polls that are held while their asker loses the account, its role, or the right to the session. */
import { afterEach, expect, test } from 'vitest';
import { AppError } from '../../../backend/contract/error.ts';
import {
  type Answer,
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

let app: TestApp;
afterEach(() => app.stop());

/** Longer than it may take to notice, and answered with 304 where nothing is noticed. */
const HELD = { prefer: 'wait=30' };

async function makeSession(knowledgeId: string | null, userId: string): Promise<string> {
  const sessionId = crypto.randomUUID();
  const reference = { sessionId, userId, knowledgeId };
  await app.headway.progress.updateProgress(reference, { progress: 10 });
  return sessionId;
}

/** Asks for what the asker has already, and waits until the answer is held. */
async function hold(path: string, { headers, ...ask }: Ask): Promise<{ answer: Promise<Answer> }> {
  const known = await app.get(path, { headers, ...ask });
  expect(known.status).toBe(200);
  const etag = known.headers.get('etag') ?? '';
  const answer = app.get(path, { ...ask, headers: { ...headers, ...HELD, 'if-none-match': etag } });
  const early = await Promise.race([answer, new Promise((done) => setTimeout(done, 300, null))]);
  expect(early).toBeNull();
  return { answer };
}

test('ends where the account is deleted or put back, or the right is revoked', async () => {
  app = await startTestApp({ authSecret: SECRET });
  const people = ['owner', 'deleted', 'demoted', 'revoked'];
  const tokens: Record<string, string> = {};
  for (const id of people) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, 'user', 1)`;
    tokens[id] = await signToken({ id });
  }
  const as = (person: string): Ask => ({ token: tokens[person]! });
  const access_grants = [{ principal_type: 'anyone', principal_id: '*', permission: 'read' }];
  const made = await app.post('/knowledge/create', { name: 'Shared', access_grants }, as('owner'));
  const shared = await makeSession(made.body.id, 'owner');
  const [deleted, demoted, one, many] = await Promise.all([
    hold(`/progress/${await makeSession(null, 'deleted')}/status`, as('deleted')),
    hold(`/progress/${await makeSession(null, 'demoted')}/status`, as('demoted')),
    hold(`/progress/${shared}/status`, as('revoked')),
    hold(`/progress/status?ids=${shared}`, as('revoked')),
  ]);
  await app.sql`delete from "user" where id = 'deleted'`;
  await app.sql`update "user" set role = 'pending' where id = 'demoted'`;
  await app.sql`delete from access_grant`;
  expect(notProblem(await deleted.answer, 'unauthenticated')).toBeNull();
  expect(notProblem(await demoted.answer, 'forbidden')).toBeNull();
  expect(notProblem(await one.answer, 'session_not_found')).toBeNull();
  expect((await many.answer).body).toEqual({ sessions: [], missing: [shared] });
});

test("ends where an app's own authentication refuses the asker", async () => {
  let isKnown = true;
  app = await startTestApp({
    authenticate() {
      if (!isKnown) return Promise.reject(new AppError('unauthenticated', 'Please sign in'));
      return Promise.resolve({ id: 'ada', name: 'Ada', role: 'user' });
    },
  });
  const { answer } = await hold(`/progress/${await makeSession(null, 'ada')}/status`, {});
  isKnown = false;
  expect(notProblem(await answer, 'unauthenticated')).toBeNull();
});
