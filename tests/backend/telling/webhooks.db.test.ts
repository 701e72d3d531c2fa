/** Webhooks from the end of a session to an endpoint that misbehaves. */
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Deliveries,
  type Webhook,
  WebhookEvent,
  type WebhookWithSecret,
} from '../../../backend/contract/webhooks.ts';
import { connect } from '../../../backend/database/connection.ts';
import { createReporter } from '../../../backend/progress/reporting.ts';
import { reports } from '../../../backend/reports/all.ts';
import { openTelling } from '../../../backend/telling/telling.ts';
import { type Answer, eventually, startTestApp, type TestApp } from '../../support/app.ts';
import { createTestDatabase } from '../../support/database.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';
import { mishaps, type Receiver, startReceiver, verified } from '../../support/receiver.ts';

const { status, cut, cutBody, never } = mishaps;

let app: TestApp;
let receiver: Receiver;
let made = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  app = await startTestApp({
    jobs: reports,
    webhooks: {
      targets: 'any',
      attemptMs: 1_000,
      schedule: { firstSeconds: 0.02, mostSeconds: 0.05, attempts: 4 },
    },
  });
});
afterAll(async () => {
  await app.stop();
  await receiver.close();
});
afterEach(endPrograms);
afterEach(() => app.sql`delete from headway.webhook`);

interface Endpoint extends WebhookWithSecret {
  readonly path: string;
}

async function endpoint(more: object = {}): Promise<Endpoint> {
  const path = `/hook-${++made}`;
  const { status, body } = await app.post('/webhooks', { url: receiver.url + path, ...more });
  expect(status).toBe(201);
  return { ...body, path };
}

/** Ends a session of the app's own, and returns its id. */
async function endSession(error?: string): Promise<string> {
  const sessionId = crypto.randomUUID();
  const { progress } = app.headway;
  await progress.updateProgress({ sessionId, userId: 'ann' }, { totalFiles: 3, progress: 10 });
  if (error) await progress.markSessionError(sessionId, error);
  else await progress.markSessionComplete(sessionId, 'All done');
  return sessionId;
}

async function deliveriesOf({ id }: Webhook, query = ''): Promise<Deliveries['items']> {
  return (await app.get(`/webhooks/${id}/deliveries${query}`)).body.items;
}

/** The only delivery of an endpoint, once it has come to an end. */
async function ended(webhook: Webhook): Promise<Deliveries['items'][number]> {
  const items = await eventually(
    () => deliveriesOf(webhook),
    ([first]) => first !== undefined && first.state !== 'pending',
  );
  expect(items).toHaveLength(1);
  return items[0]!;
}

describe('what is told', () => {
  test('the ends of sessions and of jobs, each to who wants to hear of it, verifiably', async () => {
    const all = await endpoint();
    const failures = await endpoint({ events: ['session.failed', 'job.cancelled'] });
    const done = await endSession();
    const broken = await endSession('The disk is full');
    const knowledge = await app.knowledge();
    const { body: job } = await app.post('/jobs/knowledge-report', { knowledge_id: knowledge });
    await app.post(`/sessions/${job.session_id}/cancel`);

    await until('all of it', () => receiver.at(all.path).length === 3);
    await until('some of it', () => receiver.at(failures.path).length === 2);
    const told = receiver.at(all.path).map((each) => verified(each, all.secret));
    for (const each of told) v.parse(WebhookEvent, each);
    const bySession = Object.fromEntries(
      told.map(({ type, data }) => ['session_id' in data ? data.session_id : '', { type, data }]),
    );
    expect(bySession[done]).toMatchObject({
      type: 'session.completed',
      data: { kind: 'app', user_id: 'ann', total_files: 3, message: 'All done', error: null },
    });
    expect(bySession[broken]).toMatchObject({
      type: 'session.failed',
      data: { status: 'error', error: 'The disk is full' },
    });
    expect(bySession[job.session_id]).toMatchObject({
      type: 'job.cancelled',
      data: { kind: 'knowledge-report', knowledge_id: knowledge, title: expect.any(String) },
    });
    const some = receiver.at(failures.path).map((each) => verified(each, failures.secret).type);
    expect(some.sort()).toEqual(['job.cancelled', 'session.failed']);
    expect(receiver.at(all.path)[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringContaining('Headway'),
    });
  });

  test('nothing of what was rolled back, and a retry is another event', async () => {
    const hook = await endpoint();
    const sessionId = await endSession('First');
    await app.sql.begin(async (tx) => {
      await tx`update headway.session set status = 'queued', finished_at = null`;
      await tx`update headway.session set status = 'completed', finished_at = now()`;
      throw new Error('Rolled back');
    }).catch(() => {});
    await app.sql`
      update headway.session set status = 'queued', attempt = 2, finished_at = null
      where id = ${sessionId}`;
    await app.sql`
      update headway.session set status = 'completed', finished_at = now() where id = ${sessionId}`;
    await until('both', () => receiver.at(hook.path).length === 2);
    const told = receiver.at(hook.path).map((each) => verified(each, hook.secret));
    expect(told.map(({ type, data }) => [type, 'attempt' in data && data.attempt]).sort())
      .toEqual([['session.completed', 2], ['session.failed', 1]]);
    expect(new Set(receiver.at(hook.path).map(({ id }) => id)).size).toBe(2);
  });
});

describe('an endpoint that misbehaves', () => {
  test('is tried again under the same id until it answers', async () => {
    const hook = await endpoint();
    receiver.next(hook.path, status(500), cut, status(302, { location: '/elsewhere' }));
    await endSession();
    expect(await ended(hook)).toMatchObject({
      state: 'delivered',
      attempts: 4,
      failure: null,
      response_status: 204,
    });
    const requests = receiver.at(hook.path);
    expect(new Set(requests.map(({ id, body }) => id + body)).size).toBe(1);
    expect(receiver.at('/elsewhere')).toEqual([]);
    for (const request of requests) verified(request, hook.secret);
  });

  test('is given up visibly, and told again when somebody asks for it', async () => {
    const hook = await endpoint();
    receiver.next(hook.path, status(500), never, cut, status(404));
    await endSession();
    const given = await ended(hook);
    expect(given).toMatchObject({
      state: 'failed',
      attempts: 4,
      failure: 'status',
      detail: 'It answered HTTP 404',
      response_status: 404,
      next_at: null,
    });
    expect((await app.get('/webhooks')).body.items[0]).toMatchObject({ failed: 1, delivered: 0 });
    receiver.next(hook.path, cutBody);
    const again = await app.post(`/webhooks/${hook.id}/deliveries/${given.id}/redeliver`);
    expect(again).toMatchObject({ status: 202, body: { id: given.id, event_id: given.event_id } });
    expect(await ended(hook)).toMatchObject({
      state: 'delivered',
      attempts: 5,
      response_status: 200,
    });
    expect(new Set(receiver.at(hook.path).map(({ id }) => id))).toEqual(new Set([given.event_id]));
  });

  test('is left alone for as long as it asks, by every delivery', async () => {
    const hook = await endpoint();
    receiver.next(hook.path, status(429, { 'retry-after': '1' }));
    await endSession();
    await eventually(() => deliveriesOf(hook), ([first]) => first?.failure === 'status');
    await endSession();
    await until('three requests', () => receiver.at(hook.path).length === 3);
    const [first, ...later] = receiver.at(hook.path).map(({ at }) => at);
    for (const at of later) expect(at - first!).toBeGreaterThanOrEqual(1000);
  });

  test('keeps no other endpoint waiting', async () => {
    const [slow, quick] = [await endpoint(), await endpoint()];
    receiver.next(slow.path, ...Array.from({ length: 24 }, () => never));
    for (let sessions = 0; sessions < 6; sessions++) await endSession();
    await until('the quick one', () => receiver.at(quick.path).length === 6);
    const [busy] = await app.sql`select count(*)::int as requests from headway.delivery
      where webhook_id = ${slow.id} and leased_until > now()`;
    expect(busy?.requests).toBeLessThanOrEqual(4);
  });

  test('is switched off by 410, and on again by an administrator', async () => {
    const hook = await endpoint();
    receiver.next(hook.path, status(410));
    await endSession();
    expect(await ended(hook)).toMatchObject({ state: 'failed', failure: 'gone', attempts: 1 });
    const off = await app.get(`/webhooks/${hook.id}`);
    expect(off.body).toMatchObject({ enabled: false, disabled_reason: 'gone' });
    await endSession();
    expect((await app.post(`/webhooks/${hook.id}/test`)).status).toBe(409);
    expect(await deliveriesOf(hook)).toHaveLength(1);
    const on = await app.ask('PATCH', `/webhooks/${hook.id}`, { json: { enabled: true } });
    expect(on.body).toMatchObject({ enabled: true, disabled_reason: null });
    await app.post(`/webhooks/${hook.id}/test`);
    await until('a test', () => receiver.at(hook.path).length === 2);
    expect(verified(receiver.at(hook.path)[1]!, hook.secret)).toMatchObject({
      type: 'webhook.test',
      data: { webhook_id: hook.id },
    });
  });
});

describe('administrators', () => {
  test('see secrets once, and rotate them without losing anything', async () => {
    const hook = await endpoint({ description: 'The ticket system' });
    const answers: Answer[] = [await app.get('/webhooks'), await app.get(`/webhooks/${hook.id}`)];
    const rotated = await app.post(`/webhooks/${hook.id}/rotate`);
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(hook.secret);
    expect(JSON.stringify(answers)).not.toContain('whsec_');
    await endSession();
    await until('a request', () => receiver.at(hook.path).length === 1);
    for (const secret of [hook.secret, rotated.body.secret]) {
      verified(receiver.at(hook.path)[0]!, secret);
    }
    await app.sql`update headway.webhook set old_secret_until = now()`;
    await endSession();
    await until('another', () => receiver.at(hook.path).length === 2);
    expect(() => verified(receiver.at(hook.path)[1]!, hook.secret)).toThrow();
  });

  test('page through deliveries by their state, and delete them with their endpoint', async () => {
    const hook = await endpoint();
    for (let sessions = 0; sessions < 3; sessions++) await endSession();
    await until('all', () => receiver.at(hook.path).length === 3);
    await eventually(() => deliveriesOf(hook, '?state=delivered'), (items) => items.length === 3);
    const first = (await app.get(`/webhooks/${hook.id}/deliveries?limit=2`)).body as Deliveries;
    const rest = `/webhooks/${hook.id}/deliveries?limit=2&cursor=${first.next_cursor}`;
    const second = (await app.get(rest)).body as Deliveries;
    expect(second.next_cursor).toBeNull();
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(3);
    expect(await deliveriesOf(hook, '?state=failed')).toEqual([]);
    expect((await app.delete(`/webhooks/${hook.id}`)).status).toBe(200);
    expect((await app.get(`/webhooks/${hook.id}/deliveries`)).status).toBe(404);
  });

  test('are told of bad input', async () => {
    for (const url of ['ftp://hooks.example', 'nonsense', 'https://a:b@hooks.example']) {
      expect([url, (await app.post('/webhooks', { url })).status]).toEqual([url, 422]);
    }
    const url = 'https://hooks.example';
    expect((await app.post('/webhooks', { url, events: ['session.begun'] })).status).toBe(422);
    expect((await app.post('/webhooks', { url, events: [] })).status).toBe(422);
    expect((await app.post('/webhooks', { url, description: 'a\nb' })).status).toBe(422);
    expect((await app.get('/webhooks/nobody')).body.code).toBe('webhook_not_found');
  });
});

describe('whatever dies', () => {
  test('what ended is told at least once, by whoever is left', async () => {
    const database = await createTestDatabase({ migrated: true });
    const db = connect(database.url, { max: 2 });
    receiver.next('/doomed', never);
    await database.sql`insert into headway.webhook (id, url, secret, created_by)
      values (${crypto.randomUUID()}, ${`${receiver.url}/doomed`},
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'ann')`;
    const doomed = startProgram({
      args: ['tests/support/tell.ts'],
      env: { DATABASE_URL: database.url },
    });
    await until('the first attempt', () => receiver.at('/doomed').length === 1);
    doomed.kill('SIGKILL');
    const telling = await openTelling({ webhooks: { targets: 'any' } }, { db, log: console.error });
    const read = () => database.sql`select state, attempts from headway.delivery`;
    await eventually(read, ([row]) => row?.state === 'delivered');
    await telling.stop();
    await db.close();
    await database.drop();
    const [first, second, ...more] = receiver.at('/doomed');
    expect([first?.id, first?.body, more]).toEqual([second?.id, second?.body, []]);
    expect(first?.body).toContain('"session_id":"doomed"');
  });

  test('two processes deliver each event once while nothing goes wrong', async () => {
    const hook = await endpoint();
    const other = await openTelling({ webhooks: { targets: 'any' } }, {
      db: app.db,
      log: console.error,
    });
    const sessions = await Promise.all(Array.from({ length: 20 }, () => endSession()));
    await eventually(
      () => deliveriesOf(hook, '?limit=200&state=delivered'),
      (items) => items.length === sessions.length,
    );
    await other.stop();
    expect(receiver.at(hook.path)).toHaveLength(20);
    expect(new Set(receiver.at(hook.path).map(({ id }) => id)).size).toBe(20);
  });
});

test('by default nothing is sent inside, and that shows', async () => {
  const database = await createTestDatabase({ migrated: true });
  const db = connect(database.url, { max: 2 });
  const log: string[] = [];
  const inside = receiver.url.replace('http://127.0.0.1', 'https://localhost');
  await database.sql`insert into headway.webhook (id, url, secret, created_by)
    values (${crypto.randomUUID()}, ${inside}, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'ann')`;
  const progress = createReporter(db);
  await progress.updateProgress({ sessionId: 'ended', userId: 'ann' }, {});
  await progress.markSessionComplete('ended');
  const telling = await openTelling({ webhooks: { schedule: { attempts: 1 } } }, {
    db,
    log: (line) => log.push(line),
  });
  const read = () => database.sql`select state, failure, detail from headway.delivery`;
  const [row] = await eventually(read, ([first]) => first?.state === 'failed');
  await telling.stop();
  await db.close();
  await database.drop();
  expect(row).toMatchObject({ failure: 'address', detail: expect.stringMatching(/localhost/) });
  expect(log).toEqual([]);
});
