/**
 * What sessions say while nobody works on them. The worker here is the test itself.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { claimJob } from '../../../backend/progress/jobs.ts';
import { refreshSession } from '../../../backend/progress/store.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { until } from '../../support/processes.ts';

let app: Installation;
let db: Database;
let queue: Queue;
beforeAll(async () => {
  app = await createInstallation();
  db = connect(app.url);
  queue = await openQueue(app.url, { onError: (error) => app.complaints.push(`${error}`) });
});
afterAll(async () => {
  await queue.stop();
  await db.close();
  await app.close();
});

async function startSession(): Promise<string> {
  const fileId = await app.upload('a.txt', 'Some words');
  return await app.start(await app.createKnowledge(), [fileId]);
}

async function secondsSinceUpdate(sessionId: string): Promise<number> {
  const [row] = await app.sql`select extract(epoch from now() - updated_at)::float8 as seconds
    from headway.session where id = ${sessionId}`;
  return row?.seconds;
}

test('a session that waits for its turn is no standstill while a worker lives', async () => {
  const sessionId = await startSession();
  await app.sql`insert into headway.worker (id, host, pid) values ('busy', 'host', 1)`;
  await app.sql`update headway.session set updated_at = now() - interval '50 s'
    where id = ${sessionId}`;
  await until('an update', async () => await secondsSinceUpdate(sessionId) < 20);
  expect(await app.status(sessionId)).toMatchObject({ status: 'queued', progress: 0 });
  await app.ask(`/progress/${sessionId}`, { method: 'DELETE' });
});

test('a job whose worker died is called waiting before another worker comes', async () => {
  const sessionId = await startSession();
  const job = (await queue.take())!;
  await db.orm.transaction(async (tx) => {
    await claimJob(tx, { jobId: job.id, worker: 'dead', attempt: job.retryCount + 1 }, []);
    await refreshSession(tx, sessionId);
  });
  expect(await app.status(sessionId)).toMatchObject({ status: 'processing' });
  await app.sql`update headway_queue.job set heartbeat_on = now() - interval '1 minute'
    where id = ${job.id}`;
  const status = await app.reaches(sessionId, (now) => now.status === 'queued');
  expect(status.files).toMatchObject([{
    status: 'queued',
    message: expect.stringContaining('worker was lost'),
  }]);
});
