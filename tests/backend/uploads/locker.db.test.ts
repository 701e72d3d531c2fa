/**
 * One writer to an upload, over processes that share a database; two of them are played by two
 * connections.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLeaseLocks, type LeaseLocks } from '../../../backend/database/lease-locks.ts';
import { uploadLock } from '../../../backend/database/unsettled-upload.ts';
import { createUploadLocks, type UploadLocks } from '../../../backend/uploads/locker.ts';
import { eventually } from '../../support/app.ts';
import { startFreezingProxy } from '../../support/freezing-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
});
afterAll(() => database.drop());

const open: LeaseLocks[] = [];
afterEach(async () => {
  for (const locks of open.splice(0)) await locks.close();
});

const never = new AbortController().signal;
const keeps = () => {};

type Listener = (id: string, sender: string | null) => void;

/** Of processes that hear each other, as by NOTIFY. */
interface Options {
  readonly stalledMs?: number;
  readonly waitMs?: number;
  readonly leaseMs?: number;
  /** Of the first process. */
  readonly url?: string;
}

function processes(count: number, { leaseMs, url, ...options }: Options = {}) {
  const listeners: Listener[] = [];
  return Array.from({ length: count }, (_, at): UploadLocks => {
    const locks = createLeaseLocks({
      url: at === 0 && url ? url : database.url,
      name: `process-${at}`,
      ...(leaseMs !== undefined && { leaseMs }),
    });
    open.push(locks);
    return createUploadLocks({
      locks,
      ask(id, sender) {
        for (const listener of listeners) listener(id, sender);
        return Promise.resolve();
      },
      onAsked: (listener) => void listeners.push(listener),
      ...options,
    });
  });
}

describe.each([['one process', 1], ['two processes', 2]])('in %s', (_where, count) => {
  test('another sender is refused while bytes come in', async () => {
    const all = processes(count, { waitMs: 300 });
    const held = all[0]!.of('tab-1').newLock('u1');
    await held.lock(never, keeps);
    await expect(all.at(-1)!.of('tab-2').newLock('u1').lock(never, keeps))
      .rejects.toMatchObject({ code: 'upload_locked' });
    await all.at(-1)!.of('tab-2').newLock('u2').lock(never, keeps);
    await held.unlock();
    await all.at(-1)!.of('tab-2').newLock('u1').lock(never, keeps);
  });

  test.each([
    ['the same sender', 'tab-1', {}],
    ['a sender without a name', null, {}],
    ['another sender, from one that has stalled', 'tab-2', { stalledMs: -1 }],
  ])('%s takes over', async (_who, sender, options) => {
    const all = processes(count, options);
    const held = all[0]!.of('tab-1').newLock('u1');
    let asked = 0;
    await held.lock(never, () => {
      if (asked++ === 0) void held.unlock();
    });
    await all.at(-1)!.of(sender).newLock('u1').lock(never, keeps);
    expect(asked).toBeGreaterThan(0);
  });

  test('an upload that somebody writes to is not free', async () => {
    const all = processes(count);
    const held = all[0]!.of('tab-1').newLock('u1');
    await held.lock(never, keeps);
    expect(await all.at(-1)!.ifFree('u1', () => Promise.resolve('done'))).toBeNull();
    await held.unlock();
    expect(await all.at(-1)!.ifFree('u1', () => Promise.resolve('done'))).toBe('done');
    await all[0]!.of('tab-1').newLock('u1').lock(never, keeps);
  });
});

test('the locks of a process that dies are free at once', async () => {
  const [first, second] = processes(2);
  await first!.of('tab-1').newLock('u1').lock(never, keeps);
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'process-0' and datname = current_database()`;
  await second!.of('tab-2').newLock('u1').lock(never, keeps);
});

test('who loses the connection that holds the locks is told to let go', async () => {
  const [only] = processes(1);
  const told = Promise.withResolvers<void>();
  await only!.of('tab-1').newLock('u1').lock(never, told.resolve);
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'process-0' and datname = current_database()`;
  await told.promise;
});

test('the locks of a host that vanished are free when their lease lapses', async () => {
  const { hostname, port } = new URL(database.url);
  await using proxy = startFreezingProxy({ hostname, port: Number(port) });
  const through = new URL(database.url);
  through.hostname = '127.0.0.1';
  through.port = `${proxy.port}`;
  const [vanished, other] = processes(2, { leaseMs: 1_000, waitMs: 60_000, url: through.href });
  const told = Promise.withResolvers<void>();
  await vanished!.of('tab-1').newLock('u1').lock(never, told.resolve);
  proxy.freeze();
  await other!.of('tab-1').newLock('u1').lock(never, keeps);
  // The server still has the connection of the vanished host.
  const [row] = await database.sql`select count(*)::int as n from pg_stat_activity
    where application_name = 'process-0' and datname = current_database()`;
  expect(row?.n).toBe(1);
  await told.promise;
});

test('a lock is kept for as long as its holder lives', async () => {
  const [first, second] = processes(2, { leaseMs: 300, waitMs: 0 });
  const held = first!.of('tab-1').newLock('u1');
  await held.lock(never, keeps);
  const [{ expires } = { expires: 0 }] = await database.sql<{ expires: number }[]>`
    select extract(epoch from expires_at)::float8 as expires from headway.lock
    where name = ${uploadLock('u1')}`;
  await eventually(
    async () =>
      (await database.sql`select extract(epoch from now())::float8 as now`)[0]?.now as number,
    (now) => now > expires + 1,
  );
  await expect(second!.of('tab-2').newLock('u1').lock(never, keeps))
    .rejects.toMatchObject({ code: 'upload_locked' });
});

test('a wait ends with its request', async () => {
  const [only] = processes(1);
  await only!.of('tab-1').newLock('u1').lock(never, keeps);
  const request = new AbortController();
  const waiting = only!.of('tab-1').newLock('u1').lock(request.signal, keeps);
  request.abort(new Error('The request is over'));
  await expect(waiting).rejects.toThrow('The request is over');
});

test('a lock outlasts work that failed, until other work succeeds', async () => {
  const [locks] = processes(1);
  const names = async () =>
    (await database.sql<{ name: string }[]>`select name from headway.lock
      where name = ${uploadLock('u9')} and expires_at < now()`).length;
  const failing = locks!.ifFree('u9', () => Promise.reject(new Error('no storage')));
  await expect(failing).rejects.toThrow('no storage');
  expect(await names()).toBe(1);
  expect(await locks!.ifFree('u9', () => Promise.resolve('done'))).toBe('done');
  expect(await names()).toBe(0);
  const held = locks!.of('tab-1').newLock('u9');
  await held.lock(never, keeps);
  locks!.leaveUnsettled('u9');
  await held.unlock();
  expect(await names()).toBe(1);
});
