/**
 * What we lean on in pg-boss. A new version must pass this before it is taken.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import {
  HEARTBEAT_SECONDS,
  LostClaim,
  openQueue,
  type Queue,
  RETRY_LIMIT,
} from '../../../backend/queue/boss.ts';
import {
  completeLeases,
  leaseNew,
  returnLeases,
  touchLeases,
} from '../../../backend/queue/leases.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/processes.ts';

let database: TestDatabase;
let db: Database;
let queue: Queue;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
  db = connect(database.url, { max: 4 });
  queue = await openQueue(database.url, { onError: () => {} });
});
beforeEach(() => db.orm.execute(sql`delete from headway_queue.job`));
afterAll(async () => {
  await queue.stop();
  await db.close();
  await database.drop();
});

const id = () => crypto.randomUUID();
const entry = async (job: string) =>
  (await database.sql`
  select state, retry_count, retry_limit, priority, created_on, start_after > now() as later
  from headway_queue.job where id = ${job}`)[0];

test('what is put in by a transaction that is rolled back is not there', async () => {
  const job = id();
  await expect(db.orm.transaction(async (tx) => {
    await queue.enqueue(tx, [job], 1);
    throw new Error('Rolled back');
  })).rejects.toThrow('Rolled back');
  expect(await queue.take()).toBeNull();
  expect(await entry(job)).toBeUndefined();
});

test('what is put in is what pg-boss itself would have put in', async () => {
  const [ours, theirs] = [id(), id()];
  const idle = { supervise: false, schedule: false, migrate: false, max: 1 };
  const boss = new PgBoss({ connectionString: database.url, schema: 'headway_queue', ...idle });
  await boss.start();
  await db.orm.transaction(async (tx) => {
    await queue.enqueue(tx, [ours], 2);
    const known = { db: fromDrizzle(tx, sql), returnId: false };
    await boss.insert('files', [{ id: theirs, priority: 2 }], known);
  });
  await boss.stop({ graceful: false });
  const [first, second] = await database.sql`
    select to_jsonb(q) - 'id' as row from headway_queue.job q order by id = ${theirs}`;
  expect(first?.row).toEqual(second?.row);
  expect(first?.row).toMatchObject({ priority: 2, state: 'created', retry_limit: RETRY_LIMIT });
});

test('a job is handed out once, however many ask at the same time', async () => {
  const jobs = Array.from({ length: 6 }, id);
  await queue.enqueue(db.orm, jobs, 1);
  const taken = await Promise.all(Array.from({ length: 12 }, () => queue.take()));
  const ids = taken.flatMap((job) => job ? [job.id] : []);
  expect(ids.sort()).toEqual([...jobs].sort());
});

test('a higher priority goes first, then what came first; a minimum leaves the rest', async () => {
  const [low, first, second, high] = [id(), id(), id(), id()];
  await queue.enqueue(db.orm, [low], 0);
  await queue.enqueue(db.orm, [first], 1);
  await queue.enqueue(db.orm, [second], 1);
  await queue.enqueue(db.orm, [high], 2);
  expect((await queue.take(1))?.id).toBe(high);
  expect(await queue.take(1)).toBeNull();
  const rest = [await queue.take(), await queue.take(), await queue.take()];
  expect(rest.map((job) => job?.id)).toEqual([first, second, low]);
});

test('handing back keeps the place and costs no attempt', async () => {
  const job = id();
  await queue.enqueue(db.orm, [job], 1);
  const before = await entry(job);
  for (let times = 0; times < RETRY_LIMIT + 3; times++) {
    const taken = await queue.take();
    await db.orm.transaction((tx) => queue.handBack(tx, taken!));
  }
  const after = await entry(job);
  expect(after).toMatchObject({ state: 'created', created_on: before!.created_on, priority: 1 });
  const last = await queue.take();
  expect(last!.retryLimit - last!.retryCount).toBe(RETRY_LIMIT);
});

test('a claim that was given to another can settle nothing any more', async () => {
  const job = id();
  await queue.enqueue(db.orm, [job], 1);
  const lost = await queue.take();
  await db.orm.transaction((tx) => queue.handBack(tx, lost!));
  const held = await until('the job again', () => queue.take());
  expect(held).toMatchObject({ id: job, retryCount: 1 });
  expect(await queue.touch(lost!)).toBe(false);
  for (const settle of [queue.complete, queue.putAway, queue.handBack]) {
    await expect(db.orm.transaction((tx) => settle(tx, lost!))).rejects.toThrow(LostClaim);
  }
  await db.orm.transaction((tx) => queue.complete(tx, held));
  expect((await entry(job))?.state).toBe('completed');
});

test('what is handed back waits for its delay; it is failed when its workers were lost too often', async () => {
  const job = id();
  await queue.enqueue(db.orm, [job], 1);
  const taken = await queue.take();
  await db.orm.transaction((tx) => queue.handBack(tx, taken!, 60));
  expect(await entry(job)).toMatchObject({ state: 'created', later: true });
  expect(await queue.take()).toBeNull();
  await db.orm.execute(sql`
    update headway_queue.job set start_after = now(), retry_count = retry_limit where id = ${job}`);
  await queue.take();
  await db.orm.execute(sql`
    update headway_queue.job set heartbeat_on = now() - interval '1 minute' where id = ${job}`);
  await until('its end', async () => (await entry(job))?.state === 'failed');
});

test('a demoted job is taken after all others; one that is forgiven has an attempt more', async () => {
  const [suspect, low] = [id(), id()];
  await queue.enqueue(db.orm, [suspect], 2);
  const taken = (await queue.take())!;
  await db.orm.transaction(async (tx) => {
    await queue.handBack(tx, taken);
    await queue.demote(tx, [suspect]);
  });
  await queue.enqueue(db.orm, [low], 0);
  const first = (await queue.take())!;
  const second = (await queue.take())!;
  expect([first.id, second.id]).toEqual([low, suspect]);
  await queue.forgive(db.orm, [second]);
  const [limit] = await database.sql`select retry_limit from headway_queue.job
    where id = ${suspect}`;
  expect(limit?.retry_limit).toBe(second.retryLimit + 1);
  for (const job of [first, second]) {
    await db.orm.transaction((tx) => queue.complete(tx, job));
  }
});

test('a job waits again once its heartbeat is older than its limit, and not before', async () => {
  const job = id();
  await queue.enqueue(db.orm, [job], 1);
  const taken = (await queue.take())!;
  const [found] = await database.sql`
    select heartbeat_on::text as heartbeat, pg_get_functiondef(p.oid) as clock
    from headway_queue.job q, pg_proc p where q.id = ${job}
      and p.pronamespace = 'headway_queue'::regnamespace and p.proname = 'job_now'`;
  /** The queue's clock stands still at so many seconds after the heartbeat, and it was looked at. */
  const lookAt = async (seconds: number) => {
    await database.sql.unsafe(`create or replace function headway_queue.job_now()
      returns timestamptz language sql stable as
      $$ select timestamptz '${found!.heartbeat}' + interval '${seconds} s' $$`);
    // The second look begins when the first one is over.
    for (let looks = 0; looks < 2; looks++) {
      await database.sql`update headway_queue.queue set monitor_claim_on = null, monitor_on = null`;
      await until('a look', async () => {
        // A look that was going on before says at its end when it was: by a clock that stands still
        // the next one would never be due.
        await database.sql`
          update headway_queue.queue set monitor_on = null where monitor_claim_on is null`;
        const [row] = await database.sql`select monitor_claim_on as at from headway_queue.queue`;
        return row?.at;
      });
    }
  };
  try {
    await lookAt(HEARTBEAT_SECONDS - 0.1);
    expect(await entry(job)).toMatchObject({ state: 'active' });
    await lookAt(HEARTBEAT_SECONDS + 0.1);
    expect(await entry(job)).toMatchObject({ state: 'retry' });
    // Without a pause.
    const again = (await queue.take())!;
    expect(again).toMatchObject({ id: job, retryCount: taken.retryCount + 1 });
    await db.orm.transaction((tx) => queue.complete(tx, again));
  } finally {
    await database.sql.unsafe(found!.clock);
  }
});

test('a job put away is not handed out; put in again it has all its attempts', async () => {
  const job = id();
  await queue.enqueue(db.orm, [job], 1);
  await db.orm.transaction(async (tx) => {
    await queue.withdraw(tx, [job]);
  });
  expect(await queue.take()).toBeNull();
  expect(await db.orm.transaction((tx) => queue.lost(tx, [job]))).toEqual([job]);
  await db.orm.transaction((tx) => queue.requeue(tx, [job], 2));
  expect(await queue.take()).toMatchObject({ id: job, retryCount: 0, priority: 2 });
});

test('a job whose heartbeat has ceased is handed out again by the queue itself', async () => {
  const job = id();
  await queue.enqueue(db.orm, [job], 1);
  await queue.take();
  expect(await queue.take()).toBeNull();
  await db.orm.execute(sql`
    update headway_queue.job set heartbeat_on = now() - interval '11 s' where id = ${job}`);
  const again = await until('the job again', () => queue.take(), { everyMs: 100 });
  expect(again).toMatchObject({ id: job, retryCount: 1 });
});

/** An entry, and not what it is called or when exactly anything was. */
const shape = async (job: string) =>
  (await database.sql`
  select to_jsonb(q) || jsonb_build_object('id', null, 'created_on', null, 'start_after', null,
    'keep_until', null, 'started_on', started_on is null, 'heartbeat_on', heartbeat_on is null,
    'completed_on', completed_on is null) as row
  from headway_queue.job q where id = ${job}`)[0]?.row;

test('several taken and settled at once are left as pg-boss leaves each of them', async () => {
  const [theirs, ours, other] = [id(), id(), id()];
  for (const job of [theirs, ours, other]) await queue.enqueue(db.orm, [job], 1);
  const before = await entry(ours);
  const held = (await queue.take())!;
  const leases = await leaseNew(db.orm, [theirs, ours, other]);
  expect(leases.map((lease) => lease.id).toSorted()).toEqual([ours, other].toSorted());
  expect(await shape(ours)).toEqual(await shape(theirs));
  await db.orm.execute(sql`update headway_queue.job set heartbeat_on = now() - interval '9 s'`);
  await touchLeases(db.orm, leases);
  const beats = await database.sql`select id from headway_queue.job
    where heartbeat_on > now() - interval '5 s'`;
  expect(beats).toHaveLength(2);

  await returnLeases(db.orm, leases, 1);
  expect(await entry(ours)).toEqual(before);
  const again = await leaseNew(db.orm, [ours, other]);
  expect(again.map(({ retryCount }) => retryCount)).toEqual([0, 0]);
  await completeLeases(db.orm, again);
  await queue.complete(db.orm, held);
  expect(await shape(ours)).toEqual(await shape(theirs));
  await expect(completeLeases(db.orm, again)).rejects.toThrow(LostClaim);
});

test('what was begun before, waits or is held by another is not taken with others', async () => {
  const [retried, later, locked] = [id(), id(), id()];
  for (const job of [retried, later, locked]) await queue.enqueue(db.orm, [job], 1);
  await db.orm.transaction(async (tx) => queue.handBack(tx, (await queue.take())!));
  await database.sql`update headway_queue.job set start_after = now() + interval '1 h'
    where id = ${later}`;
  await database.sql.begin(async (tx) => {
    await tx`select 1 from headway_queue.job where id = ${locked} for update`;
    expect(await leaseNew(db.orm, [retried, later, locked])).toEqual([]);
  });
});
