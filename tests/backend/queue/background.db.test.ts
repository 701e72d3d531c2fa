/**
 * Background work without an API around it: what is started, and how it is let into the queue.
 *
 * @module
 */
import { formatMessage, message } from '../../../backend/contract/messages/catalogue.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { mayAccessKnowledge } from '../../../backend/access/permissions.ts';
import { databaseNow } from '../../../backend/database/clock.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { createHeadway } from '../../../backend/mod.ts';
import { claimJob } from '../../../backend/progress/jobs.ts';
import { sweep } from '../../../backend/progress/sweep.ts';
import { startBackground, stopBackground } from '../../../backend/queue/background.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import { createControl } from '../../../backend/queue/control.ts';
import { changePreferences } from '../../../backend/queue/preferences.ts';
import { releaseBackground, type ReleaseOptions } from '../../../backend/queue/release.ts';
import { startSession } from '../../../backend/queue/submit.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/app.ts';

const TABLES = [
  'headway_queue.job',
  'headway.job',
  'headway.session',
  'headway.preference',
  'knowledge_file',
  'knowledge',
  'file',
];

let base: TestDatabase;
let db: Database;
let queue: Queue;
beforeAll(async () => {
  base = await createTestDatabase({ migrated: true });
  db = connect(base.url, { name: 'test' });
  queue = await openQueue(base.url, {
    onError: (error) => {
      throw error;
    },
  });
});
beforeEach(async () => {
  // Row by row: a lock on whole tables can meet the queue's own upkeep half way.
  for (const table of TABLES) await base.sql`delete from ${base.sql(table)}`;
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await queue.stop();
  await db.close();
  await base.drop();
});

const start = (userId: string) => {
  const mayWrite = mayAccessKnowledge({ id: userId, name: userId, role: 'user' }, 'write');
  return startBackground(db, queue, { userId, userRole: null, mayWrite });
};

const release = (options: Partial<ReleaseOptions> = {}) =>
  releaseBackground(db, queue, { jobsPerMinute: 1000, ...options });

interface FileOptions {
  knowledge?: string;
  status?: string;
  createdAt?: number;
  linked?: boolean;
}

async function addFile(id: string, userId: string, options: FileOptions = {}): Promise<string> {
  const { knowledge, status = 'pending', createdAt = 1, linked = false } = options;
  const meta = { size: 10, content_type: 'text/plain', data: { knowledge_id: knowledge } };
  await base.sql`insert into file (id, user_id, filename, path, data, meta, created_at)
    values (${id}, ${userId}, ${id}, ${`/uploads/${id}`}, ${base.sql.json({ status })},
      ${base.sql.json(linked ? {} : meta)}, ${createdAt})`;
  if (linked && knowledge) {
    await base.sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at,
      updated_at) values (${id}, ${knowledge}, ${id}, ${userId}, 1, 1)`;
  }
  return id;
}

async function addFiles(count: number, userId: string): Promise<void> {
  await base.sql`insert into file (id, user_id, filename, path, data, meta, created_at)
    select ${userId} || n, ${userId}, n || '.txt', '/uploads/' || n, '{"status":"pending"}',
      '{"size":10}', n from generate_series(1, ${count}::int) n`;
}

const addKnowledge = (id: string, userId: string) =>
  base
    .sql`insert into knowledge (id, user_id, name, created_at) values (${id}, ${userId}, ${id}, 1)`;

const filesOf = async (sessionId: string) =>
  (await base.sql`select file_id from headway.job where session_id = ${sessionId}
    order by position`).map((row) => row.file_id);

/** Users of the jobs in the queue, in the order in which they will be taken. */
const line = async () =>
  (await base.sql`select s.user_id, j.file_id from headway_queue.job q
    join headway.job j on j.id = q.id join headway.session s on s.id = j.session_id
    where q.state in ('created', 'retry') order by q.priority desc, q.created_on, q.id`)
    .map((row) => row.user_id);

const messages = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await base.sql`select user_id, message from headway.session`)
    .map((row) => [row.user_id, formatMessage(row.message)]));

/** Does what waits in the queue. */
async function work(most = Infinity): Promise<string[]> {
  const done: string[] = [];
  while (done.length < most) {
    const queued = await queue.take();
    if (!queued) break;
    const [row] = await base.sql`update headway.job set status = 'completed',
      finished_at = now(), progress = 100 where id = ${queued.id} returning file_id`;
    await queue.complete(db.orm, queued);
    done.push(row?.file_id);
  }
  return done;
}

describe('startBackground()', () => {
  test('takes what is unprocessed, newest first, one session a knowledge base', async () => {
    for (const id of ['old', 'new']) await addKnowledge(id, 'me');
    await addKnowledge('theirs', 'them');
    await addFile('a', 'me', { knowledge: 'old', createdAt: 1 });
    await addFile('b', 'me', { knowledge: 'old', createdAt: 2 });
    await addFile('c', 'me', { knowledge: 'new', createdAt: 9 });
    await addFile('d', 'them', { knowledge: 'new', linked: true, createdAt: 3 });
    await addFile('e', 'me', { createdAt: 5 });
    await addFile('f', 'me', { knowledge: 'theirs', createdAt: 4 });
    await addFile('done', 'me', { status: 'completed' });
    await addFile('broken', 'me', { status: 'failed' });
    await addFile('strange', 'them', { knowledge: 'theirs' });
    const { enabled, sessions } = await start('me');
    expect(enabled).toBe(true);
    expect(sessions.map((each) => [each.knowledge_id, each.total_files, each.started])).toEqual([
      ['new', 2, true],
      [null, 2, true],
      ['old', 2, true],
    ]);
    expect(await Promise.all(sessions.map((each) => filesOf(each.session_id)))).toEqual([
      ['c', 'd'],
      ['e', 'f'],
      ['b', 'a'],
    ]);
    const [row] = await base.sql`select priority, status from headway.session limit 1`;
    expect(row).toEqual({ priority: 0, status: 'queued' });
  });

  test('leaves out what is at work, and what failed or was cancelled last', async () => {
    for (const id of ['live', 'cancelled', 'again', 'fresh']) await addFile(id, 'me');
    const control = createControl(db, queue);
    const by = (fileIds: string[]) =>
      startSession(db, queue, {
        knowledgeId: null,
        userId: 'me',
        userRole: null,
        fileIds,
        uploads: [],
        priority: 'high',
        language: null,
        operationId: null,
      });
    await by(['live']);
    const { sessionId } = await by(['cancelled', 'again']);
    await control.cancel({ sessionId });
    await by(['again']);
    await work();
    await base.sql`update headway.job set status = 'queued', finished_at = null
      where file_id = 'live'`;
    const { sessions } = await start('me');
    expect(await filesOf(sessions[0]!.session_id)).toEqual(['again', 'fresh']);
  });

  test('starts nothing twice, also when two devices sign in at the same moment', async () => {
    await addFiles(50, 'me');
    const answers = await Promise.all([start('me'), start('me'), start('me')]);
    const third = await start('me');
    const ids = [...answers, third].map(({ sessions }) => sessions.map((each) => each.session_id));
    expect(new Set(ids.flat()).size).toBe(1);
    expect(ids.every((each) => each.length === 1)).toBe(true);
    const startedBy = answers.filter(({ sessions }) => sessions[0]?.started);
    expect(startedBy.length).toBe(1);
    const [count] = await base.sql`select count(*)::int as jobs from headway.job`;
    expect(count?.jobs).toBe(50);
    await addFile('later', 'me');
    const { sessions } = await start('me');
    expect(sessions.map((each) => [each.total_files, each.started])).toEqual([[1, true], [
      50,
      false,
    ]]);
  });

  test('does nothing where the preference says no, and takes back what has not begun', async () => {
    await addFiles(6, 'me');
    await start('me');
    await release({ waitingPerUser: 2 });
    expect((await work(1)).length).toBe(1);
    await changePreferences(db.orm, 'me', { background: false });
    expect(await release()).toEqual([]);
    await stopBackground(db, queue, createControl(db, queue), 'me');
    const sessions = await base.sql`select status, total_files, message from headway.session`;
    const counts = { completed: 1, of: 1, noticed: 0, cancelled: 0, failed: 0 };
    const completed = message('session_ended', { ...counts, first: null });
    expect([...sessions]).toEqual([
      { status: 'completed', total_files: 1, message: completed },
    ]);
    expect(await line()).toEqual([]);
    expect(await start('me')).toEqual({ enabled: false, sessions: [], held_until: null });
    await changePreferences(db.orm, 'me', { background: true });
    expect((await start('me')).sessions).toMatchObject([{ total_files: 6 }]);
  });
});

describe('releaseBackground()', () => {
  test('10,000 files of one do not lock out 3 of another', async () => {
    await addFiles(10_000, 'many');
    await addFiles(3, 'few');
    await start('many');
    await release();
    expect(await line()).toEqual(['many', 'many']);
    await start('few');
    const done: string[] = [];
    while (!['few1', 'few2', 'few3'].every((id) => done.includes(id))) {
      await release();
      done.push(...await work(1));
    }
    expect(done.length).toBeLessThanOrEqual(9);
    expect(done.filter((id) => id.startsWith('few'))).toEqual(['few3', 'few2', 'few1']);
    const [held] = await base.sql`select count(*)::int as n from headway.job
      where released_at is null`;
    expect(held?.n).toBeGreaterThan(9_980);
  });

  test('lets in so many a minute', async () => {
    await addFiles(20, 'me');
    await start('me');
    let done = 0;
    for (let turn = 0; turn < 10; turn++) {
      await release({ jobsPerMinute: 5 });
      done += (await work()).length;
    }
    expect(done).toBe(5);
    await base.sql`update headway.job set released_at = released_at - interval '1 minute'`;
    await release({ jobsPerMinute: 5 });
    expect((await work()).length).toBe(2);
  });

  test('several processes let nothing in twice, and not more than one would', async () => {
    await addFiles(20, 'me');
    await start('me');
    const released = await Promise.all([release(), release(), release(), release()]);
    const ids = released.flat();
    expect(new Set(ids).size).toBe(ids.length);
    expect(await line()).toEqual(['me', 'me']);
  });

  test('waits in quiet hours and takes out what has not begun', async () => {
    await addFiles(5, 'me');
    await addFiles(5, 'other');
    await changePreferences(db.orm, 'me', {
      quiet_from: 22,
      quiet_to: 6,
      time_zone: 'Europe/Vienna',
    });
    for (const user of ['me', 'other']) await start(user);
    const evening = () => new Date('2026-12-01T20:59:00Z');
    const night = () => new Date('2026-12-01T21:00:00Z');
    const morning = () => new Date('2026-12-02T05:00:00Z');
    await release({ now: evening });
    expect((await line()).sort()).toEqual(['me', 'me', 'other', 'other']);
    await release({ now: night });
    expect(await line()).toEqual(['other', 'other']);
    expect(await messages()).toEqual({
      me: '0 of 5 files · Held until 06:00 (quiet hours)',
      other: '0 of 5 files · Waiting for its turn',
    });
    await release({ now: morning });
    expect((await messages()).me).toBe('0 of 5 files · Waiting for its turn');
    expect((await line()).sort()).toEqual(['me', 'me', 'other', 'other']);
    const jobs = await base.sql`select distinct status from headway.job`;
    expect([...jobs]).toEqual([{ status: 'queued' }]);
  });

  test('quiet hours follow a clock that is set, at once and in both directions', async () => {
    await addFiles(4, 'me');
    await changePreferences(db.orm, 'me', { quiet_from: 22, quiet_to: 6 });
    await start('me');
    const held = 'Held until 06:00 (quiet hours)';
    const steps: [string, string, number][] = [
      ['2026-01-01T22:30:00Z', held, 0],
      ['2026-01-01T20:30:00Z', 'Waiting for its turn', 2],
      ['2026-01-01T22:30:00Z', held, 0],
      ['2026-01-02T05:30:00Z', held, 0],
      ['2026-01-02T07:30:00Z', 'Waiting for its turn', 2],
      ['2026-01-02T05:30:00Z', held, 0],
    ];
    for (const [time, message, waiting] of steps) {
      await release({ now: () => new Date(time) });
      expect([time, await messages()]).toEqual([time, { me: `0 of 4 files · ${message}` }]);
      expect((await line()).length).toBe(waiting);
    }
  });

  test("quiet hours are those of the database's clock, not of the process's", async () => {
    await addFiles(2, 'me');
    const hour = (await databaseNow(db.orm)).getUTCHours();
    // Neither now, nor in the next hour.
    const quiet = { quiet_from: (hour + 2) % 24, quiet_to: (hour + 23) % 24 };
    await changePreferences(db.orm, 'me', quiet);
    await start('me');
    for (const hours of [3, -3]) {
      vi.useFakeTimers({ now: Date.now() + hours * 3_600_000, toFake: ['Date'] });
      await release();
      expect(await messages()).toEqual({ me: '0 of 2 files · Waiting for its turn' });
      vi.useRealTimers();
    }
    expect((await start('me')).held_until).toBeNull();
  });

  test('what somebody asks for in quiet hours is held no longer', async () => {
    await addFiles(2, 'me');
    await changePreferences(db.orm, 'me', { quiet_from: 1, quiet_to: 2 });
    const { sessions } = await start('me');
    const night = () => new Date('2026-01-01T01:10:00Z');
    await release({ now: night });
    const sessionId = sessions[0]!.session_id;
    expect(await createControl(db, queue).promote({ sessionId }, 'high')).toBe(2);
    await release({ now: night });
    expect(await messages()).toEqual({ me: '0 of 2 files · Waiting for its turn' });
  });

  test('a worker cannot begin what was taken out meanwhile', async () => {
    await addFiles(1, 'me');
    await changePreferences(db.orm, 'me', { quiet_from: 1, quiet_to: 2 });
    await start('me');
    await release({ now: () => new Date('2026-01-01T00:00:00Z') });
    const queued = await queue.take();
    await release({ now: () => new Date('2026-01-01T01:00:00Z') });
    const claim = { jobId: queued!.id, worker: 'w', attempt: 1 };
    expect(await claimJob(db.orm, claim, [])).toBeNull();
    await release({ now: () => new Date('2026-01-01T02:00:00Z') });
    expect((await work()).length).toBe(1);
  });

  test('the sweep does not take what is held for lost', async () => {
    await addFiles(5, 'me');
    await start('me');
    await base.sql`update headway.session set updated_at = now() - interval '1 hour'`;
    await base.sql`insert into headway.worker (id, host, pid) values ('w', 'h', 1)`;
    await sweep(db, { ...queue, lostJobs: queue.lost, staleSeconds: 300, retentionSeconds: 3600 });
    expect(await line()).toEqual([]);
    const [session] = await base.sql`select status, message from headway.session`;
    expect(session).toMatchObject({ status: 'queued' });
  });

  test('paused and resumed, it waits outside the queue again', async () => {
    await addFiles(5, 'me');
    const { sessions } = await start('me');
    const selection = { sessionId: sessions[0]!.session_id };
    await release();
    const control = createControl(db, queue);
    expect(await control.pause(selection)).toBe(5);
    expect(await release()).toEqual([]);
    expect(await control.resume(selection)).toBe(5);
    expect((await line()).length).toBe(2);
  });

  test('promoted, one file or all of them leave the line', async () => {
    await addFiles(5, 'me');
    const { sessions } = await start('me');
    const sessionId = sessions[0]!.session_id;
    await release();
    const control = createControl(db, queue);
    const [last] = await base.sql`select id from headway.job order by position desc limit 1`;
    expect(await control.promote({ sessionId, jobId: last?.id }, 'high')).toBe(1);
    expect(await work(1)).toEqual(['me1']);
    expect(await control.promote({ sessionId }, 'low')).toBe(0);
    expect(await control.promote({ sessionId }, 'medium')).toBe(4);
    expect(await control.promote({ sessionId }, 'medium')).toBe(0);
    expect(await work()).toEqual(expect.arrayContaining(['me5', 'me4', 'me3', 'me2']));
  });
});

test('background work goes on after a restart of everything', async () => {
  await addFiles(5, 'me');
  await start('me');
  const dataDir = await Deno.makeTempDir();
  for (let turn = 1; turn <= 2; turn++) {
    const headway = await createHeadway({ databaseUrl: base.url, dataDir });
    await eventually(line, (users) => users.length === 2);
    expect((await work(2)).length).toBe(2);
    await headway.stop();
  }
  const headway = await createHeadway({ databaseUrl: base.url, dataDir });
  await eventually(() => work(), (done) => done.length === 1);
  await headway.stop();
  await Deno.remove(dataDir, { recursive: true });
});
