import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BackgroundAccepted, Preferences } from '../../../backend/contract/background.ts';
import {
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

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
afterAll(() => app.stop());

const as = (id: string): Ask => ({ token: tokens[id]! });

describe('POST /background/start', () => {
  test('answers 202 with what it started, then with what is running', async () => {
    const knowledgeId = await app.knowledge('Mine', as('me'));
    for (const name of ['a.txt', 'b.txt']) {
      await app.send(name, name, { knowledge_id: knowledgeId }, { process: false, ...as('me') });
    }
    const first = await app.post('/background/start', undefined, as('me'));
    expect(first.status).toBe(202);
    expect(v.parse(v.strictObject(BackgroundAccepted.entries), first.body)).toEqual({
      enabled: true,
      held_until: null,
      sessions: [{
        session_id: expect.any(String),
        knowledge_id: knowledgeId,
        total_files: 2,
        status_url: expect.stringMatching(/^\/api\/v1\/progress\/.+\/status$/),
        started: true,
      }],
    });
    const [started] = first.body.sessions;
    const again = await app.post('/background/start', {}, as('me'));
    expect(again.body.sessions).toEqual([{ ...started, started: false }]);
    const { body } = await app.get(started.status_url.slice('/api/v1'.length), as('me'));
    expect(body).toMatchObject({ status: 'queued', priority: 'low', total_files: 2 });
    expect((await app.post('/background/start', undefined, as('other'))).body.sessions).toEqual([]);
  });

  test('needs a sign-in', async () => {
    expect(notProblem(await app.post('/background/start'), 'unauthenticated')).toBeNull();
  });
});

describe('/preferences', () => {
  const DEFAULTS = {
    background: true,
    quiet_from: null,
    quiet_to: null,
    time_zone: 'UTC',
    notifications: true,
    mail: false,
    mail_minutes: 10,
    language: null,
    mail_available: false,
    mail_address: null,
  };
  const change = (json: unknown, ask = as('other')) =>
    app.ask('PATCH', '/preferences', { json, ...ask });

  test('are the defaults until they are changed, each for its user', async () => {
    const before = await app.get('/preferences', as('other'));
    expect(v.parse(v.strictObject(Preferences.entries), before.body)).toEqual(DEFAULTS);
    const changed = await change({ quiet_from: 22, quiet_to: 6, time_zone: 'Europe/Vienna' });
    const expected = { ...DEFAULTS, quiet_from: 22, quiet_to: 6, time_zone: 'Europe/Vienna' };
    expect([changed.status, changed.body]).toEqual([200, expected]);
    expect((await change({ notifications: false })).body).toEqual({
      ...expected,
      notifications: false,
    });
    expect((await app.get('/preferences', as('me'))).body).toEqual(DEFAULTS);
    const cleared = await change({ quiet_from: null, quiet_to: null });
    expect(cleared.body).toMatchObject({ quiet_from: null, notifications: false });
    expect((await change({})).body).toEqual(cleared.body);
  });

  test.each<[string, unknown]>([
    ['an unknown time zone', { time_zone: 'Atlantis/Capital' }],
    ['an empty time zone', { time_zone: '' }],
    ['an hour that is none', { quiet_from: 24, quiet_to: 6 }],
    ['half an hour', { quiet_from: 1.5, quiet_to: 6 }],
    ['half a pair', { quiet_from: 22 }],
    ['hours that are the same', { quiet_from: 3, quiet_to: 3 }],
    ['something else than yes or no', { background: 'no' }],
    ['a preference that there is not', { colour: 'red' }],
    ['a list', []],
  ])('refuse %s and stay as they are', async (_what, json) => {
    const { body: before } = await app.get('/preferences', as('me'));
    expect(notProblem(await change(json, as('me')), 'invalid')).toBeNull();
    expect((await app.get('/preferences', as('me'))).body).toEqual(before);
  });

  test('background off takes back what has not begun, and starts nothing', async () => {
    await app.send('c.txt', 'c', {}, { process: false, ...as('me') });
    const { body } = await app.post('/background/start', undefined, as('me'));
    expect(body.sessions.length).toBeGreaterThan(0);
    await change({ background: false }, as('me'));
    expect((await app.get('/sessions', as('me'))).body.total).toBe(0);
    expect((await app.post('/background/start', undefined, as('me'))).body).toEqual({
      enabled: false,
      held_until: null,
      sessions: [],
    });
  });
});
