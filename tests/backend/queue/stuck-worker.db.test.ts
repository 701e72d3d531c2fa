/**
 * A worker that lives and takes nothing, because another connection holds a lock: it ends, is
 * replaced, and meanwhile counts as none.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type postgres from 'postgres';
import { connect } from '../../../backend/database/connection.ts';
import { setQueuePaused } from '../../../backend/queue/pausing.ts';
import { supervise } from '../../../backend/supervise.ts';
import { startFreezingProxy } from '../../support/freezing-proxy.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';

/** The least that the worker allows. */
const STUCK_SECONDS = 5;

let app: Installation;
let stop: (() => Promise<void>) | null = null;
let unlock: (() => Promise<void>) | null = null;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(async (context) => {
  await unlock?.();
  await stop?.();
  [unlock, stop] = [null, null];
  await endPrograms(context);
  // The API's own upkeep waits for the lock, too, and may give up.
  app.complaints.length = 0;
});
afterAll(() => app.close());

const ready = async () => await (await app.raw('/ready')).json();

/** The worker as the program runs it. */
async function startSupervised() {
  const lines: string[] = [];
  const logged: string[] = [];
  ({ stop } = supervise({
    name: 'worker',
    script: './worker.ts',
    env: { DATABASE_URL: app.url, DATA_DIR: app.dataDir },
    args: ['--stuck-seconds', `${STUCK_SECONDS}`],
    log: (message) => logged.push(message),
    onLine: (line) => lines.push(line),
  }));
  const ids = () => lines.flatMap((line) => /takes jobs as (\S+)/.exec(line)?.[1] ?? []);
  await until('a worker', () => ids().length === 1);
  return { logged, ids };
}

/** Holds what `lock` locks until {@link unlock}. */
async function hold(lock: (tx: postgres.TransactionSql) => Promise<unknown>): Promise<void> {
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const holding = app.sql.begin(async (tx) => {
    await lock(tx);
    locked.resolve();
    await released.promise;
  });
  unlock = async () => {
    released.resolve();
    await holding;
  };
  await Promise.race([locked.promise, holding]);
}

test('a worker that cannot look at the queue ends, counts as none, and is replaced', async () => {
  const { logged, ids } = await startSupervised();
  const db = connect(app.url, { max: 1 });
  try {
    await setQueuePaused(db.orm, true, 'local');
    const session = await app.start(await app.createKnowledge(), [await app.upload('a.txt', 'A')]);
    // Readers pass; a take locks rows and does not.
    await hold((tx) => tx`lock table headway_queue.job in exclusive mode`);
    const heldAt = performance.now();
    await setQueuePaused(db.orm, false, 'local');
    await until('its end', () => logged.length > 0);
    expect(logged[0]).toMatch(/^The worker ended \(code 1\); another starts in/);
    expect(performance.now() - heldAt).toBeLessThan(30_000);
    // Neither the one that ended counts, nor its successor, which cannot look either.
    expect(await ready()).toMatchObject({ status: 'degraded', workers: 0 });
    expect(await app.reaches(session, ({ held_by }) => held_by === 'no_worker')).toMatchObject({
      message: 'No worker is running',
      eta_seconds: null,
    });
    await unlock?.();
    expect(await app.reaches(session, isOver)).toMatchObject({ status: 'completed' });
    expect(new Set(ids()).size).toBe(2);
    expect((await ready()).status).toBe('ok');
  } finally {
    await db.close();
  }
});

test('a worker that cannot announce itself ends and is replaced', async () => {
  const { logged, ids } = await startSupervised();
  await hold((tx) => tx`select from headway.worker where id = ${ids()[0]!} for update`);
  await until('its end', () => logged.length > 0);
  expect(logged[0]).toMatch(/^The worker ended \(code 1\); another starts in/);
  await until('its successor', () => ids().length === 2);
  await unlock?.();
  const session = await app.start(await app.createKnowledge(), [await app.upload('b.txt', 'B')]);
  expect(await app.reaches(session, isOver)).toMatchObject({ status: 'completed' });
});

test('a worker stays while its database is silent, and goes on when it answers', async () => {
  const { hostname, port } = new URL(app.url);
  await using proxy = startFreezingProxy({ hostname, port: Number(port) });
  const worker = startProgram({
    args: ['backend/worker.ts', '--stuck-seconds', `${STUCK_SECONDS}`],
    env: {
      DATABASE_URL: app.url.replace(`:${port}/`, `:${proxy.port}/`),
      DATA_DIR: app.dataDir,
    },
  });
  await worker.printed(/takes jobs as/);
  proxy.freeze();
  // At least two seconds lie between one and the next.
  await worker.printed(/(The worker goes on after an error[^]*?){3}/);
  proxy.thaw();
  const session = await app.start(await app.createKnowledge(), [await app.upload('c.txt', 'C')]);
  expect(await app.reaches(session, isOver)).toMatchObject({ status: 'completed' });
  expect(worker.output).not.toContain('is stuck');
  // Its orderly stop would wait for the connections that stay silent.
  worker.kill('SIGKILL');
});
