/**
 * What grows with time or with work must not make a statement slower: on filled tables, none that
 * somebody waits for, or that is run again and again, reads more than a small part of them.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../../backend/access/actor.ts';
import { sessionScope } from '../../../backend/access/permissions.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { readContext } from '../../../backend/progress/context.ts';
import { listSessions } from '../../../backend/progress/history.ts';
import { readSessions } from '../../../backend/progress/read.ts';
import { refreshSession, tickSession } from '../../../backend/progress/store.ts';
import { sweep } from '../../../backend/progress/sweep.ts';
import { openQueue, type Queue, RETRY_LIMIT } from '../../../backend/queue/boss.ts';
import { clean } from '../../../backend/queue/clean.ts';
import { createControl } from '../../../backend/queue/control.ts';
import { listJobs } from '../../../backend/queue/job-list.ts';
import { listJobs as listAppJobs } from '../../../backend/queue/list-jobs.ts';
import { readQueue } from '../../../backend/queue/overview.ts';
import type { RunContext } from '../../../backend/queue/run-context.ts';
import { startSession } from '../../../backend/queue/submit.ts';
import { readElsewhere } from '../../../backend/queue/same-work.ts';
import { takeBatch } from '../../../backend/queue/take-batch.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { explaining, readsOver } from '../../support/explaining.ts';
import { analyze, fillHistory, fillLive } from '../../support/history.ts';

const HISTORY = 20_000;
const LIVE = 300;
const USERS = 100;
const BASES = 1_000;
const BASES_OF_USER = BASES / USERS;
const READ = { files: false, staleSeconds: 300 };
const PAGE = { limit: 50, offset: 0 };

let base: TestDatabase;
let db: Database;
let queue: Queue;
beforeAll(async () => {
  base = await createTestDatabase({ migrated: true });
  await switchOffAutovacuum();
  queue = await open();
  await fillHistory(base.sql, { sessions: HISTORY, users: USERS, bases: BASES });
  await analyze(base.sql);
  await fillLive(base.sql, LIVE);
  await fillOwn();
  db = connect(base.url, { name: 'test' });
});
afterAll(async () => {
  await queue.stop();
  await db.close();
  await base.drop();
});

const open = () => openQueue(base.url, { onError: (error) => console.error(error) });

/** Statistics are those that a test gathers, and no other snapshot keeps a page from being pruned. */
async function switchOffAutovacuum(): Promise<void> {
  await base.sql`do $$ declare t regclass; begin
    for t in select oid::regclass from pg_class where relkind = 'r'
      and relnamespace::regnamespace::text in ('public', 'headway', 'headway_queue')
    loop execute format('alter table %s set (autovacuum_enabled = false)', t); end loop; end $$`;
}

/** Without another connection, whose snapshot would keep pages from being known as visible. */
async function gatherStatistics(): Promise<void> {
  await queue.stop();
  await analyze(base.sql);
  queue = await open();
}

/** Somebody whose sessions are all in a knowledge base of their own. */
async function fillOwn(): Promise<void> {
  await base.sql`insert into knowledge (id, user_id, name, created_at)
    values ('own', 'owner', 'Own', 0)`;
  await base.sql`
    insert into headway.session (id, knowledge_id, user_id, status, published, created_at,
      finished_at)
    select 'own-' || i, 'own', 'owner', 'completed', false, at, at
    from generate_series(1, 5_000) i, lateral (select now() - i * interval '1 min') t (at)`;
}

const actor = (role: Actor['role'], id = 'past-user-7'): Actor => ({ id, role }) as Actor;
const user = sessionScope(actor('user'));
const owner = sessionScope(actor('user', 'owner'));
const admin = sessionScope(actor('admin'));
const mine = { ...user, parts: { userId: 'past-user-7', knowledge: null } };
const ended = sql`s.finished_at is not null`;

/** A list looks at its page, and at what it counts: at a thousand rows, and no more than so many. */
const MOST_READ = 2_000;

/**
 * Where `work` has read more of a table than that. What was read tells, and not how: of a few pages
 * one after another may be the best way to the first thousand rows. The queue's own table is small:
 * what is settled leaves it after ten minutes.
 */
async function readTooMuch(
  work: (asked: Database) => Promise<unknown>,
  most: number,
): Promise<string[]> {
  const { db: asked, plans } = explaining(db);
  await work(asked);
  expect(plans).not.toEqual([]);
  return plans.flatMap((plan) => readsOver(plan, ['session', 'job'], most));
}

const lists: Record<string, (asked: Database) => Promise<unknown>> = {
  'a status': ({ orm }) => readSessions(orm, sql`s.id = 'live-200' and ${user.visible}`, READ),
  'the history of a user': ({ orm }) => listSessions(orm, mine, ended, READ, PAGE),
  'a later page of it': ({ orm }) =>
    listSessions(orm, mine, ended, READ, { ...PAGE, after: '1800000000000000.past-9' }),
  'what failed of it': ({ orm }) =>
    listSessions(orm, mine, sql`s.failed_files > 0 and s.status = 'error'`, READ, PAGE),
  'what was cancelled, of which there is none': ({ orm }) =>
    listSessions(orm, mine, sql`s.status = 'cancelled'`, READ, PAGE),
  'all that a user sees': ({ orm }) => listSessions(orm, user, ended, READ, PAGE),
  'all of somebody alone': ({ orm }) => listSessions(orm, owner, ended, READ, PAGE),
  'what was cancelled of it': ({ orm }) =>
    listSessions(orm, owner, sql`s.status = 'cancelled'`, READ, PAGE),
  'what failed of all': ({ orm }) =>
    listSessions(orm, admin, sql`(s.failed_files > 0)`, READ, PAGE),
  'what lives of it': ({ orm }) => listSessions(orm, user, sql`s.finished_at is null`, READ, PAGE),
  'all that an administrator sees': ({ orm }) => listSessions(orm, admin, ended, READ, PAGE),
  'a knowledge base': ({ orm }) =>
    listSessions(orm, admin, sql`s.knowledge_id = 'past-base-7'`, READ, PAGE),
  'jobs of the app’s own': ({ orm }) =>
    listAppJobs(orm, user.visible, { kind: 'report' }, { ...READ, ...PAGE }),
  'the queue, newest first': ({ orm }) => listJobs(orm, { limit: 50 }),
  'the queue: what waits': ({ orm }) => listJobs(orm, { limit: 50, state: 'queued' }),
  'the queue: what runs': ({ orm }) => listJobs(orm, { limit: 50, state: 'processing' }),
  'the queue: what was cancelled': ({ orm }) => listJobs(orm, { limit: 50, state: 'cancelled' }),
  'the failed list': ({ orm }) => listJobs(orm, { limit: 50, state: 'error' }),
  'what failed for a rare reason': ({ orm }) => listJobs(orm, { limit: 50, errorCode: 'stalled' }),
  'the queue as a whole': ({ orm }) => readQueue(orm),
  'all work of a user': ({ orm }) => readContext(orm, sql`s.user_id = 'past-user-7'`, 300),
};

const upkeep: Record<string, (asked: Database) => Promise<unknown>> = {
  'looking for what is stale': (asked) =>
    sweep(asked, { ...queue, lostJobs: queue.lost, staleSeconds: 300, retentionSeconds: 3_600 }),
  'ageing': ({ orm }) => queue.age(orm, 600),
  'forgetting the history': (asked) =>
    clean(asked, { historyDays: 90, bytes: { async *list() {}, remove: () => Promise.resolve() } }),
  'looking for the same work': async ({ orm }) => {
    const [waiting] = await base.sql`select id from headway.job where session_id = 'live-1'`;
    await readElsewhere(orm, waiting?.id);
  },
};

const TICKING = 10;
const TICKS = 600;

// The first of all: those after it rewrite whole tables, and leave no free space in the pages.
test('ticks leave their rows within their pages, and `knowledge` as small as it was', async () => {
  const ids = Array.from({ length: TICKING }, (_, at) => `live-${at + 100}`);
  await base.sql`update headway.job set status = 'processing' where session_id = any(${ids})`;
  // A page is not pruned while an older snapshot lives: PostgreSQL's own work on its catalogs, say.
  await expect.poll(() => tickAll(ids), { interval: 0 })
    .toEqual({ withinPages: true, small: true, indexesGrown: 0 });
});

/** Ticks sessions {@link TICKS} times in all. */
async function tickAll(ids: readonly string[]) {
  // A connection tells what it has counted when it ends.
  const ticking = connect(base.url, { name: 'test' });
  // One after another: PostgreSQL prunes no page that another connection is reading.
  const refreshAll = async () => {
    for (const id of ids) await ticking.orm.transaction((tx) => refreshSession(tx, id));
  };
  await refreshAll();
  const before = await sizeAndUpdates();
  for (let tick = 0; tick < TICKS / TICKING; tick++) {
    await base.sql`update headway.job set progress = ${tick}, updated_at = now()
      where session_id = any(${ids})`;
    await refreshAll();
  }
  await ticking.close();
  const updates = async () => {
    const now = await sizeAndUpdates();
    return (['knowledge', 'session', 'job'] as const).map((table) =>
      [0, 1].map((at) => now[table][at]! - before[table][at]!) as [all: number, hot: number]
    );
  };
  const fewest = async () => Math.min(...(await updates()).map(([all]) => all));
  await expect.poll(fewest).toBeGreaterThanOrEqual(TICKS);
  const after = await sizeAndUpdates();
  return {
    withinPages: (await updates()).every(([all, hot]) => hot / all > 0.9),
    small: after.size / before.size <= 2,
    indexesGrown: after.sessionIndexes - before.sessionIndexes,
  };
}

/** The planner decides by statistics, which are never of this moment. */
describe.each<[string, number, () => Promise<void>]>([
  // Where hardly anything was live, all that lives is looked through for each knowledge base.
  ['were gathered before the newest came', MOST_READ + LIVE * BASES_OF_USER, async () => {}],
  ['are of this moment', MOST_READ, () => gatherStatistics()],
  // A row that was just updated is not known to be visible: an index alone does not give it.
  ['are of this moment, but nothing is known to be visible,', MOST_READ, async () => {
    await base.sql`update headway.session set revision = revision + 1`;
    await base.sql`update headway.job set updated_at = updated_at`;
  }],
])('where statistics %s little is read by', (_, most, prepare) => {
  beforeAll(prepare);

  test.each([...Object.entries(lists), ...Object.entries(upkeep)])('%s', async (_name, ask) => {
    expect(await readTooMuch(ask, most)).toEqual([]);
  });

  test('starting, ticking and clearing a session', async () => {
    const work = async (asked: Database) => {
      await base.sql`insert into file (id, user_id, filename, path, created_at) select 'new-' || i,
        'u', i || '.txt', 'a path', 0 from generate_series(1, 20) i on conflict do nothing`;
      const { sessionId } = await startSession(asked, queue, {
        knowledgeId: 'past-base-1',
        userId: 'past-user-1',
        userRole: null,
        fileIds: ['new-1', 'new-2'],
        uploads: [],
        priority: 'low',
        language: null,
        operationId: 'once',
      });
      await asked.orm.transaction((tx) => refreshSession(tx, sessionId));
      await asked.orm.transaction((tx) => tickSession(tx, sessionId));
      const [head] = await base.sql`
        update headway.job set size = 1 where session_id = ${sessionId} returning id`;
      const entry = { id: head?.id, retryCount: 0, retryLimit: RETRY_LIMIT, priority: 0 };
      const context = { db: asked, worker: 'w' } as RunContext;
      expect((await takeBatch(context, entry, new Set()))?.jobs).toHaveLength(2);
      const control = createControl(asked, queue);
      await control.pause({ sessionId });
      await control.clear(sessionId);
    };
    expect(await readTooMuch(work, most)).toEqual([]);
  });
});

test('a page of all that a user sees holds their own and that of shared knowledge bases', async () => {
  await base.sql`insert into access_grant (id, resource_type, resource_id, principal_type,
      principal_id, permission, created_at)
    values ('g', 'knowledge', 'past-base-3', 'user', 'past-user-7', 'read', 0)`;
  const seen = await listSessions(db.orm, user, sql`true`, READ, { limit: 5, offset: 0 });
  const all = await base.sql`select id from headway.session
    where knowledge_id = 'past-base-3'
      or user_id = 'past-user-7' and knowledge_id is null
      or knowledge_id in (select id from knowledge where user_id = 'past-user-7')
    order by created_at desc, id`;
  expect(seen.items.map((item) => item.session_id)).toEqual(all.slice(0, 5).map(({ id }) => id));
  expect(seen.total).toBe(all.length);
  const next = { limit: 5, offset: 0, after: seen.next_cursor };
  const page = await listSessions(db.orm, user, sql`true`, READ, next);
  expect(page.items.map((item) => item.session_id)).toEqual(all.slice(5, 10).map(({ id }) => id));
});

test('what is counted ends at a thousand and one', async () => {
  const { total } = await listSessions(db.orm, admin, ended, READ, PAGE);
  expect(total).toBe(1_001);
});

test('the jobs of a session go with it, those of others stay', async () => {
  await base.sql`delete from headway.session where id = 'live-5'`;
  const [left] = await base.sql`select count(*) filter (where session_id = 'live-5')::int as gone,
    count(*)::int as jobs from headway.job where session_id like 'live-%'`;
  expect(left).toEqual({ gone: 0, jobs: LIVE - 1 });
});

test('ticks of a running session are merged, whoever they come from', async () => {
  await base.sql`update headway.session set status = 'processing' where id = 'live-9'`;
  await base.sql`update headway.job set status = 'processing', progress = 10
    where session_id = 'live-9'`;
  const tick = () => db.orm.transaction((tx) => tickSession(tx, 'live-9'));
  const revision = async () =>
    (await base.sql`select revision::int from headway.session where id = 'live-9'`)[0]?.revision;
  await db.orm.transaction((tx) => refreshSession(tx, 'live-9'));
  // As if written just now, however long the ticks take.
  await base.sql`update headway.session set updated_at = now() + interval '1 hour'
    where id = 'live-9'`;
  const before = await revision();
  await Promise.all([tick(), tick(), tick()]);
  expect(await revision()).toBe(before);
  await base.sql`update headway.session set updated_at = now() - interval '1 s'
    where id = 'live-9'`;
  await tick();
  expect(await revision()).toBe(before + 1);
});

async function sizeAndUpdates() {
  await base.sql`select pg_stat_force_next_flush()`;
  await base.sql`select pg_stat_clear_snapshot()`;
  const rows = await base.sql`select relname, n_tup_upd::int as upd, n_tup_hot_upd::int as hot
    from pg_stat_user_tables where relname in ('knowledge', 'session', 'job') and schemaname in
      ('public', 'headway')`;
  const of = (name: string): [number, number] => {
    const row = rows.find(({ relname }) => relname === name);
    return [row?.upd ?? 0, row?.hot ?? 0];
  };
  const [sizes] = await base.sql`select pg_total_relation_size('knowledge')::int as size,
    pg_indexes_size('headway.session')::int as indexes`;
  return {
    size: sizes!.size as number,
    sessionIndexes: sizes!.indexes as number,
    knowledge: of('knowledge'),
    session: of('session'),
    job: of('job'),
  };
}
