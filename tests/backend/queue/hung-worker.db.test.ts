/**
 * A worker that hangs is no worker: statuses, the queue and `/ready` say so, and work goes on when
 * there is one.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  createClient,
  createInstallation,
  type Installation,
  isOver,
} from '../../support/installation.ts';
import {
  endPrograms,
  processesBelow,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

const ready = async () => await (await app.raw('/ready')).json();

test('a frozen worker is told of as none, and its work goes on when another comes', async () => {
  const frozen = await app.startWorker();
  await until('a living worker', async () => (await ready()).workers === 1);
  expect((await ready()).status).toBe('ok');
  signalTo(frozen.pid, 'SIGSTOP');
  const knowledge = await app.createKnowledge();
  const session = await app.start(knowledge, [await app.upload('a.txt', 'Some words')]);
  const held = await app.reaches(session, ({ held_by }) => held_by === 'no_worker');
  expect(held).toMatchObject({
    status: 'queued',
    message: 'No worker is running',
    eta_seconds: null,
    files: [{ message: 'No worker is running', eta_seconds: null }],
  });
  expect(await ready()).toMatchObject({ status: 'degraded', message: 'No worker is running' });
  // Of what runs on it nothing is told to be left either.
  await app.sql`update headway.session set status = 'processing', eta_seconds = 1
    where id = ${session}`;
  const running = await app.reaches(session, ({ status }) => status === 'processing');
  expect(running).toMatchObject({ message: 'No worker is running', eta_seconds: null });
  await app.sql`update headway.session set status = 'queued' where id = ${session}`;
  await app.startWorker();
  expect(await app.reaches(session, isOver)).toMatchObject({ status: 'completed' });
  expect((await ready()).status).toBe('ok');
});

test('the program replaces its worker that is frozen in the middle of the work', async () => {
  const program = startProgram({
    args: ['backend/main.ts'],
    env: { DATABASE_URL: app.url, DATA_DIR: app.dataDir, PORT: '0' },
  });
  const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  const [worker = 0] = processesBelow(program.pid, /backend\/worker\.ts/);
  const client = createClient((path, init) => fetch(`${url}/api/v1${path}`, init));
  const knowledge = await client.createKnowledge();
  const ids = await Promise.all(
    Array.from(
      { length: 60 },
      (_, at) => client.upload(`${at}.txt`, `Words ${at}. `.repeat(3_000)),
    ),
  );
  const session = await client.start(knowledge, ids);
  await client.reaches(session, ({ processed_files: done }) => done > 0);
  signalTo(worker, 'SIGSTOP');
  await program.printed(/The worker hangs \(process \d+\): no heartbeat/);
  expect(await client.reaches(session, isOver)).toMatchObject({
    status: 'completed',
    processed_files: 60,
  });
});
