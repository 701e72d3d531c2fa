/**
 * A database that falls silent: nothing is refused and nothing is closed, there is just no answer.
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClient, UNLIMITED } from '../../../backend/database/client.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { isUnreachable, tookTooLong } from '../../../backend/database/error-code.ts';
import { Listener } from '../../../backend/database/listener.ts';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/processes.ts';
import { openWay, type Way } from '../../support/way.ts';

/** Five seconds are promised; a busy machine may need more, the kernel's own patience 15 minutes. */
const SOON_MS = 10_000;
/** As promised for a single connection that was lost. */
const LOST_MS = 30_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
});
afterAll(() => database.drop());

const timed = async <T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> => {
  const startedAt = performance.now();
  return { result: await work(), ms: performance.now() - startedAt };
};

describe('requests to an API whose database is silent', () => {
  let way: Way;
  let app: TestApp;
  let knowledge: string;
  let session: string;
  beforeAll(async () => {
    const own = await createTestDatabase({ migrated: true });
    way = openWay(own.url);
    app = await startTestApp({
      database: { ...own, url: way.url },
      log: () => {},
      databaseTrouble: () => Promise.resolve('Disk quota exceeded'),
    });
    knowledge = await app.knowledge();
    const { body: file } = await app.send('a.txt', 'words', undefined, { process: false });
    session = (await app.post(`/knowledge/${knowledge}/sessions`, { file_ids: [file.id] })).body
      .session_id;
  });
  afterAll(async () => {
    way.cutSilent();
    await app.stop();
    way.close();
  });

  test('answer 503 with Retry-After, long polls and /ready too, and are served again after it', async () => {
    const status = `/progress/${session}/status`;
    const { headers } = await app.get(status);
    const held = { headers: { prefer: 'wait=30', 'if-none-match': headers.get('etag') ?? '' } };
    const heldBefore = app.get(status, held);
    const early = await Promise.race([
      heldBefore,
      new Promise((done) => setTimeout(done, 300, null)),
    ]);
    expect(early).toBeNull();
    way.silence();
    const answers = await timed(() =>
      Promise.all([
        heldBefore,
        app.get('ready'),
        app.get(`/knowledge/${knowledge}`),
        app.post('/knowledge/create', { name: 'Another', description: '' }),
        app.get(status),
        app.get('/progress/status?ids=unknown'),
        app.get(status, held),
      ])
    );
    for (const answer of answers.result) {
      expect(notProblem(answer, 'unavailable')).toBeNull();
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(answers.ms).toBeLessThan(SOON_MS);
    // What comes later does not wait at all.
    const late = await timed(() => app.get('ready'));
    expect([late.result.status, late.ms < 1_000]).toEqual([503, true]);
    expect(late.result.body.detail).toBe(
      'The database does not answer, and is started again and again: Disk quota exceeded',
    );

    way.resume();
    const back = await timed(() =>
      until('the service to be back', async () => {
        const found = await Promise.all([app.get('ready'), app.get(`/knowledge/${knowledge}`)]);
        return found.every(({ status }) => status === 200);
      })
    );
    expect(back.ms).toBeLessThan(SOON_MS);
    expect((await app.get(status)).status).toBe(200);
  });

  test('are answered by other connections when those that are open fall silent', async () => {
    way.silenceOpen();
    const back = await timed(() =>
      until('an answer', async () => (await app.get(`/knowledge/${knowledge}`)).status === 200)
    );
    expect(back.ms).toBeLessThan(LOST_MS);
  });
});

describe('one connection', () => {
  let way: Way;
  let db: Database;
  beforeAll(() => {
    way = openWay(database.url);
    db = connect(way.url, { max: 2, name: 'silent-test' });
  });
  afterAll(async () => {
    await db.close();
    way.close();
  });

  test('that fell silent within a transaction fails it, while slow statements are waited for', async () => {
    const slow = db.orm.execute<{ done: number }>(sql`select pg_sleep(9), 1 as done`)
      .then((rows) => rows[0]?.done);
    expect(await slow).toBe(1);

    const lost = timed(() =>
      db.orm.transaction(async (tx) => {
        await tx.execute(sql`select 1`);
        way.silenceOpen();
        await tx.execute(sql`select 2`);
      }).catch((error: unknown) => error)
    );
    const { result, ms } = await lost;
    expect(isUnreachable(result)).toBe(true);
    expect(ms).toBeLessThan(LOST_MS);
    expect(await db.orm.execute(sql`select 3 as v`)).toEqual([{ v: 3 }]);
  });

  test('of the listener is made again', async () => {
    const heard: string[] = [];
    const states: string[] = [];
    const listener = new Listener(way.url, 'silent-listener', { echoMs: 200 });
    await listener.listen(
      'silent',
      (payload) => heard.push(payload),
      () => states.push('on'),
      () => states.push('off'),
    );
    way.silenceOpen();
    const { ms } = await timed(() => until('another connection', () => states.length === 3));
    expect(states).toEqual(['on', 'off', 'on']);
    expect(ms).toBeLessThan(LOST_MS);
    await database.sql`select pg_notify('silent', 'a')`;
    await until('a message', () => heard.length > 0);
    await listener.close();
  });
});

describe('the server', () => {
  const read = async (name: string, limits = {}) => {
    const client = await openClient(database.url, { name: 'limits-test', ...limits });
    try {
      return (await client.run<{ value: string }>({
        text: 'select current_setting($1) as value',
        values: [name],
      })).rows[0]?.value;
    } finally {
      await client.end();
    }
  };

  test.each([
    ['statement_timeout', '1min', '0'],
    ['lock_timeout', '15s', '0'],
    ['idle_in_transaction_session_timeout', '30s', '10min'],
    ['tcp_keepalives_idle', '10', '10'],
    ['tcp_keepalives_interval', '5', '5'],
    ['tcp_keepalives_count', '3', '3'],
    ['tcp_user_timeout', '25000', '25000'],
    ['client_connection_check_interval', '5s', '5s'],
  ])('limits %s of every connection', async (name, usual, unlimited) => {
    expect([await read(name), await read(name, UNLIMITED)]).toEqual([usual, unlimited]);
  });

  test('ends a transaction whose process stands still, and its locks with it', async () => {
    await database.sql`create table held (id int)`;
    await database.sql`insert into held values (1)`;
    const holder = await openClient(database.url, { name: 'holder', idleInTransactionMs: 300 });
    await holder.run({ text: 'begin' });
    await holder.run({ text: 'update held set id = 2' });
    const db = connect(database.url, { max: 1, lockMs: 20_000 });
    expect(await db.orm.execute(sql`update held set id = 3 returning id`)).toEqual([{ id: 3 }]);
    await holder.end();
    await db.close();
  });

  test('ends a wait for a lock that another program holds', async () => {
    await database.sql`create table host (id int)`;
    const db = connect(database.url, { max: 1, lockMs: 200 });
    await database.sql.begin(async (host) => {
      await host`lock table host`;
      const error = await db.orm.execute(sql`select * from host`).catch((error) => error);
      expect(tookTooLong(error)).toBe(true);
    });
    await db.close();
  });
});
