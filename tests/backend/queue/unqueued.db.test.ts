/**
 * A large session is in the queue in part when it has started: the rest comes to it as if it had
 * been there, whatever happens meanwhile, and whoever puts it in.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { expectedSeconds } from '../../../backend/progress/estimate.ts';
import { refreshSession } from '../../../backend/progress/store.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import { type Control, createControl } from '../../../backend/queue/control.ts';
import { startSession, startSessionIn } from '../../../backend/queue/submit.ts';
import { FIRST_JOBS, queueRests } from '../../../backend/queue/unqueued.ts';
import { startUpkeep } from '../../../backend/queue/upkeep.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/processes.ts';

const FILES = FIRST_JOBS + 10;
const TYPES = [
  'text/plain',
  'audio/wav',
  'video/mp4',
  'application/pdf',
  'audio/x',
  'a/json',
  null,
];

let database: TestDatabase;
let db: Database;
let queue: Queue;
let control: Control;
let fileIds: string[];
beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
  db = connect(database.url, { max: 4 });
  queue = await openQueue(database.url, { onError: () => {} });
  control = createControl(db, queue);
  await database
    .sql`insert into knowledge (id, user_id, name, created_at) values ('k', 'u', 'K', 0)`;
  fileIds = Array.from({ length: FILES }, (_, at) => `file-${at}`);
  for (const [at, id] of fileIds.entries()) {
    const meta = { content_type: TYPES[at % TYPES.length], size: at * 1000 };
    await database.sql`insert into file (id, user_id, filename, meta, created_at)
      values (${id}, 'u', ${`${id}.txt`}, ${JSON.stringify(meta)}::text::json, 0)`;
  }
});
beforeEach(async () => {
  await database.sql`delete from headway.unqueued`;
  await database.sql`delete from headway_queue.job`;
  await database.sql`delete from headway.session`;
});
afterAll(async () => {
  await queue.stop();
  await db.close();
  await database.drop();
});

const request = {
  knowledgeId: 'k',
  userId: 'u',
  userRole: null,
  uploads: [],
  priority: 'medium',
  language: null,
  operationId: null,
} as const;

/** Starts a session as a process does that is killed right after. */
const startIn = (ids: readonly string[]) =>
  db.orm.transaction((tx) => startSessionIn(tx, queue, { ...request, fileIds: ids }));

const startAndStop = async () => (await startIn(fileIds)).sessionId;

async function jobsOf(sessionId: string): Promise<string[]> {
  const rows = await database.sql`
    select id from headway.job where session_id = ${sessionId} order by position`;
  return rows.map((row) => row.id);
}

/** What waits in the queue, in the order in which it is handed out. */
async function waiting(): Promise<{ id: string; priority: number }[]> {
  const rows = await database.sql`
    select id, priority from headway_queue.job where state in ('created', 'retry')
    order by priority desc, created_on, id`;
  return rows.map(({ id, priority }) => ({ id, priority }));
}

const ids = async () => (await waiting()).map(({ id }) => id);
const left = async () => (await database.sql`select session_id from headway.unqueued`).length;

test('the first are there with the session, the rest a moment later', async () => {
  const { sessionId, state } = await startSession(db, queue, { ...request, fileIds });
  expect(state).toMatchObject({ status: 'queued', totalFiles: FILES });
  expect((await ids()).slice(0, FIRST_JOBS)).toEqual(
    (await jobsOf(sessionId)).slice(0, FIRST_JOBS),
  );
  await until('the rest', async () => (await left()) === 0);
  expect(await ids()).toEqual(await jobsOf(sessionId));
});

test('what a start says without counting its jobs is what counting them says', async () => {
  const { sessionId, state } = await startIn(fileIds);
  const counted = await db.orm.transaction((tx) => refreshSession(tx, sessionId));
  expect(counted).toEqual({ ...state, updatedAt: expect.any(Number) });
});

test('what is rolled back leaves no rest', async () => {
  await expect(db.orm.transaction(async (tx) => {
    await startSessionIn(tx, queue, { ...request, fileIds });
    throw new Error('Rolled back');
  })).rejects.toThrow('Rolled back');
  expect([await left(), await ids()]).toEqual([0, []]);
});

test('few files are all there at once', async () => {
  const { sessionId } = await startIn(fileIds.slice(0, FIRST_JOBS));
  expect([await left(), await ids()]).toEqual([0, await jobsOf(sessionId)]);
});

test('where the process was killed upkeep goes on, and the rest keeps its place', async () => {
  const first = await startAndStop();
  const { sessionId: second } = await startSession(db, queue, {
    ...request,
    fileIds: fileIds.slice(0, 2),
  });
  expect(await ids()).toHaveLength(FIRST_JOBS + 2);
  const upkeep = startUpkeep({
    db,
    queue,
    bytes: { async *list() {}, remove: () => Promise.resolve() },
    tendUploads: () => Promise.resolve(),
    staleSeconds: 300,
    retentionSeconds: 300,
    ageSeconds: 300,
    historyDays: 30,
    backgroundJobsPerMinute: 1,
    log: () => {},
  });
  await until('the rest', async () => (await left()) === 0);
  await upkeep.stop();
  expect(await ids()).toEqual([...await jobsOf(first), ...await jobsOf(second)]);
  expect((await queue.take())?.id).toBe((await jobsOf(first))[0]);
});

test('a cancel before the rest leaves nothing to run', async () => {
  const sessionId = await startAndStop();
  expect(await control.cancel({ sessionId })).toBe(FILES);
  await queueRests(db);
  expect([await left(), await ids()]).toEqual([0, []]);
});

test('what was paused before the rest comes back whole, and once', async () => {
  const sessionId = await startAndStop();
  await control.pause({ sessionId });
  await queueRests(db);
  expect(await ids()).toEqual([]);
  await control.resume({ sessionId });
  expect((await ids()).sort()).toEqual((await jobsOf(sessionId)).sort());
});

test('a resume before the rest has put all of it in already', async () => {
  const sessionId = await startAndStop();
  await control.pause({ sessionId });
  await control.resume({ sessionId });
  await queueRests(db);
  expect((await ids()).sort()).toEqual((await jobsOf(sessionId)).sort());
});

test('another priority before the rest is that of all of it, or of one file', async () => {
  const sessionId = await startAndStop();
  const last = (await jobsOf(sessionId)).at(-1)!;
  expect(await control.promote({ sessionId, jobId: last }, 'high')).toBe(1);
  expect([await left(), (await waiting())[0]]).toEqual([0, { id: last, priority: 2 }]);
  const other = await startAndStop();
  expect(await control.prioritise({ sessionId: other }, 'low')).toBe(FILES);
  const lowest = (await waiting()).filter(({ priority }) => priority === 0);
  expect(lowest.map(({ id }) => id)).toEqual(await jobsOf(other));
});

test('a session that was forgotten meanwhile has no rest', async () => {
  const sessionId = await startAndStop();
  await control.clear(sessionId);
  await queueRests(db);
  expect([await left(), await ids()]).toEqual([0, []]);
});

test('many at once put each job in once, and never one that is cancelled at that moment', async () => {
  for (let round = 0; round < 5; round++) {
    const [kept, cancelled] = [await startAndStop(), await startAndStop()];
    await Promise.all([
      queueRests(db),
      control.cancel({ sessionId: cancelled }),
      queueRests(db),
      control.prioritise({ sessionId: kept }, 'high'),
    ]);
    await queueRests(db);
    expect((await waiting()).map(({ id }) => id)).toEqual(await jobsOf(kept));
    expect(new Set((await waiting()).map(({ priority }) => priority))).toEqual(new Set([2]));
    await control.cancel({ sessionId: kept });
  }
});

test('each job weighs what is expected of its file', async () => {
  await database.sql`insert into headway.pace (processor, unit, seconds, units, samples)
    values ('speech', 'second', 10, 100, 9), ('json', 'start', 7, 2, 9)`;
  const book = [
    { processor: 'speech', unit: 'second', seconds: 10, units: 100, samples: 9 },
    { processor: 'json', unit: 'start', seconds: 7, units: 2, samples: 9 },
  ];
  const sessionId = await startAndStop();
  const rows = await db.orm.execute<{ media_type: string | null; size: number; weight: number }>(
    sql`
    select media_type, size::float8 as size, weight from headway.job where session_id = ${sessionId}
    order by position`,
  );
  expect(rows.map((row) => row.media_type).slice(0, TYPES.length)).toEqual(TYPES);
  for (const { media_type, size, weight } of rows) {
    expect(weight).toBeCloseTo(expectedSeconds(media_type, size, book), 9);
  }
});
