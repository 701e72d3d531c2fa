import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../../backend/access/actor.ts';
import { chargeUpload, release, setAside } from '../../../backend/access/quota.ts';
import { createRates } from '../../../backend/access/rates.ts';
import { createSlots } from '../../../backend/access/slots.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { notProblem, SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const ada: Actor = { id: 'ada', name: 'Ada', role: 'user' };

describe('quota and rates', () => {
  let database: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await createTestDatabase({ migrated: true });
    db = connect(database.url, { max: 6 });
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  test('of uploads that begin at once only those pass for which there is room', async () => {
    const attempts = Array.from(
      { length: 8 },
      (_, at) => setAside(db, ada, { id: `u${at}`, bytes: 30, seconds: 60 }, 100),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason.code).toBe('quota_exceeded');
    }
    await Promise.all(attempts.map((_, at) => release(db.orm, `u${at}`)));
    await setAside(db, ada, { id: 'all', bytes: 100, seconds: 60 }, 100);
    await release(db.orm, 'all');
  });

  test('what is set aside again replaces what was, and is free when its time is over', async () => {
    await setAside(db, ada, { id: 'one', bytes: 80, seconds: 60 }, 100);
    await setAside(db, ada, { id: 'one', bytes: 90, seconds: 60 }, 100);
    await expect(setAside(db, ada, { id: 'two', bytes: 20, seconds: 60 }, 100)).rejects
      .toThrow('have 0 MB left');
    await database.sql`update headway.set_aside set expires_at = now() - interval '1 second'`;
    await setAside(db, ada, { id: 'two', bytes: 100, seconds: 60 }, 100);
    await release(db.orm, 'two');
  });

  test('files count with their size, those of others and odd rows do not', async () => {
    for (
      const [user, meta] of [
        ['ada', '{"size": 60}'],
        ['bob', '{"size": 1000}'],
        ['ada', '{"size": "large"}'],
        ['ada', 'null'],
        ['ada', null],
      ] as const
    ) {
      await database.sql`insert into file (id, user_id, filename, meta, created_at)
        values (${crypto.randomUUID()}, ${user}, 'x', ${meta}::text::json, 1)`;
    }
    const charge = (bytes: number) => db.orm.transaction((tx) => chargeUpload(tx, ada, bytes, 100));
    await charge(40);
    await expect(charge(41)).rejects.toMatchObject({ code: 'quota_exceeded' });
  });

  test.each(['memory', 'postgres'])(
    'requests are counted in %s, by person and budget',
    async (where) => {
      const options = {
        perMinute: { call: 3, poll: 5 },
        sharedIn: where === 'postgres' ? db : undefined,
      };
      const rates = createRates(options);
      for (let i = 0; i < 3; i++) await rates.spend('ada', 'call');
      const tooMany = { code: 'too_many_requests', retryAfterSeconds: expect.any(Number) };
      await expect(rates.spend('ada', 'call')).rejects.toMatchObject(tooMany);
      await expect(rates.spend('ada', 'call')).rejects.toMatchObject(tooMany);
      for (let i = 0; i < 5; i++) await rates.spend('ada', 'poll');
      await rates.spend('bob', 'call');
      // Another process counts on, where they count together.
      const other = createRates(options).spend('ada', 'call');
      if (where === 'postgres') await expect(other).rejects.toMatchObject(tooMany);
      else await other;
    },
  );

  test('a window of a time before the clock was set back by two hours is over', async () => {
    const options = { perMinute: { call: 1, poll: null }, sharedIn: db };
    await createRates(options).spend('cyd', 'call');
    const others = createRates(options);
    const tooMany = expect.objectContaining({ code: 'too_many_requests' });
    await expect(others.spend('cyd', 'call')).rejects.toEqual(tooMany);
    await database.sql`update headway.rate set expire = expire + 7200000`;
    await createRates(options).spend('cyd', 'call');
    const again = createRates(options).spend('cyd', 'call');
    const error: unknown = await again.catch((error) => error);
    expect(error).toEqual(tooMany);
    expect((error as { retryAfterSeconds: number }).retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  test('without the database requests are counted all the same', async () => {
    const gone = connect('postgres://nobody@127.0.0.1:9/none', { max: 1 });
    const rates = createRates({ perMinute: { call: 1, poll: null }, sharedIn: gone });
    await rates.spend('ada', 'call');
    await expect(rates.spend('ada', 'call')).rejects.toMatchObject({ code: 'too_many_requests' });
    await gone.close();
  });
});

test('slots are given back once each', () => {
  const slots = createSlots(2);
  const [first] = [slots.take('ada'), slots.take('ada')];
  expect(() => slots.take('ada')).toThrow('sending 2 files at once');
  slots.take('bob').leave();
  first?.leave();
  first?.leave();
  slots.take('ada');
  expect(() => slots.take('ada')).toThrow();
});

test('a newer request takes the slot of the one whose sender has been silent longest', () => {
  let now = 0;
  const slots = createSlots(2, { silentMs: 2_000, now: () => now });
  const [older, newer] = [slots.take('ada'), slots.take('ada')];
  older.setWaiting(true);
  now = 500;
  newer.setWaiting(true);
  now = 1_900;
  expect(() => slots.take('ada')).toThrow('sending 2 files at once');
  now = 3_000;
  const third = slots.take('ada');
  expect([older, newer, third].map(({ preempted }) => preempted.aborted))
    .toEqual([true, false, false]);
  older.leave();
  newer.setWaiting(false);
  now = 60_000;
  expect(() => slots.take('ada')).toThrow('sending 2 files at once');
});

describe('over HTTP', () => {
  let app: TestApp;
  let token: string;
  beforeAll(async () => {
    app = await startTestApp({
      authSecret: SECRET,
      limits: {
        maxUserBytes: 3 * 1024 ** 2,
        concurrentUploads: 1,
        requestsPerMinute: 20,
        pollsPerMinute: 40,
        maxSessionFiles: 2,
      },
    });
    for (const id of ['ada', 'bob', 'cyd']) {
      await app.sql`insert into "user" (id, name, email, role, created_at)
        values (${id}, ${id}, ${id}, 'user', 1)`;
    }
    token = await signToken({ id: 'ada' });
  });
  afterAll(() => app.stop());

  test('a full account takes no more, announced or not, and room comes back', async () => {
    const first = await app.send('a', new Uint8Array(2 * 1024 ** 2), {}, { process: false, token });
    expect(first.status).toBe(200);
    for (const headers of [{ 'content-length': `${2 * 1024 ** 2}` }, undefined]) {
      const full = await app.send('b', new Uint8Array(1.5 * 1024 ** 2), {}, {
        process: false,
        token,
        ...(headers && { headers }),
      });
      expect(notProblem(full, 'quota_exceeded')).toBeNull();
    }
    expect(await app.stored()).toHaveLength(1);
    await app.delete(`/files/${first.body.id}`, { token });
    const again = await app.send('b', new Uint8Array(2 * 1024 ** 2), {}, { process: false, token });
    expect(again.status).toBe(200);
    expect(await app.sql`select 1 from headway.set_aside`).toHaveLength(0);
  });

  test('one upload at a time; the second is told when to come back', async () => {
    const bob = await signToken({ id: 'bob' });
    const opened = Promise.withResolvers<void>();
    const end = new AbortController();
    // A byte now and then: a silent sender would make way.
    const body = new ReadableStream({
      async pull(controller) {
        opened.resolve();
        await new Promise((resolve) => setTimeout(resolve, 10));
        if (end.signal.aborted) controller.close();
        else controller.enqueue(new TextEncoder().encode('x'));
      },
    }, { highWaterMark: 0 });
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const slow = app.ask('POST', '/files/', { body, headers, token: bob });
    await opened.promise;
    const second = await app.send('b', 'b', {}, { process: false, token: bob });
    expect(notProblem(second, 'too_many_requests')).toBeNull();
    expect(second.headers.get('retry-after')).toBe('1');
    end.abort();
    await slow;
    expect((await app.send('b', 'b', {}, { process: false, token: bob })).status).toBe(200);
  });

  test('too many requests: 429 with Retry-After, while polls go on', async () => {
    const cyd = await signToken({ id: 'cyd' });
    for (let i = 0; i < 20; i++) {
      expect((await app.get('/files/count', { token: cyd })).status).toBe(200);
    }
    const answer = await app.get('/files/count', { token: cyd });
    expect(notProblem(answer, 'too_many_requests')).toBeNull();
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    for (let i = 0; i < 40; i++) {
      expect((await app.get('/progress/status?ids=x', { token: cyd })).status).toBe(200);
    }
    const polls = await app.get('/sessions', { token: cyd });
    expect(notProblem(polls, 'too_many_requests')).toBeNull();
  });

  test('a session takes no more files than allowed', async () => {
    const knowledge = await app.knowledge('x', { token });
    const uploads = ['a', 'b', 'c'].map((name) => ({ name, size: 1 }));
    const start = (json: unknown) => app.post(`/knowledge/${knowledge}/sessions`, json, { token });
    expect(notProblem(await start({ uploads }), 'too_large')).toBeNull();
    expect((await start({ uploads: uploads.slice(1) })).status).toBe(202);
  });
});
