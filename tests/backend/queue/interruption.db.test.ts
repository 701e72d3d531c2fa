/**
 * What is asked for now goes before what runs in the background, which then goes on where it stood.
 *
 * @module
 */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { openQueue, type Queue } from '../../../backend/queue/boss.ts';
import { setQueuePaused } from '../../../backend/queue/pausing.ts';
import { standInFile, standInText } from '../../support/gated-reader.ts';
import { follow } from '../../support/following.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';

let app: Installation;
let db: Database;
let queue: Queue;
beforeAll(async () => {
  app = await createInstallation({ gated: true });
  db = connect(app.url, { max: 2 });
  queue = await openQueue(app.url, { onError: () => {} });
});
afterEach(endPrograms);
afterAll(async () => {
  await queue.stop();
  await db.close();
  await app.close();
});

async function begin(name: string, bytes: Uint8Array | string, priority: string) {
  const knowledgeId = await app.createKnowledge();
  const fileId = await app.upload(name, bytes);
  return { fileId, sessionId: await app.start(knowledgeId, [fileId], priority) };
}

test(
  'a running low job gives way to a high one and goes on from its checkpoint',
  async () => {
    await app.startWorker();
    await app.gates.open('background.wav', 2);
    const low = await begin('background.wav', standInFile(5), 'low');
    const following = follow(app, low.sessionId, { until: isOver });
    await until('two parts', async () => (await app.parts(low.fileId)).length >= 2);

    const high = await begin('urgent.txt', 'What somebody waits for.', 'high');
    const ended = await app.reaches(high.sessionId, isOver);
    const waiting = await app.status(low.sessionId);
    expect(ended.status).toBe('completed');
    expect(isOver(waiting)).toBe(false);
    const [interrupted] = await app.sql`
      select interruptions, interrupted_by from headway.job where file_id = ${low.fileId}`;
    expect(interrupted).toEqual({ interruptions: 1, interrupted_by: text('urgent.txt') });
    await app.gates.open('background.wav', Infinity);

    const { last } = await following;
    expect(last.status).toBe('completed');
    const texts = (await app.parts(low.fileId)).map(({ text }) => text);
    expect(texts).toEqual(Array.from({ length: 5 }, (_, at) => standInText(at)));
    const [entry] = await app.sql`
      select retry_limit - retry_count as left from headway_queue.job
      where id = (select id from headway.job where file_id = ${low.fileId})`;
    expect(entry).toEqual({ left: 4 }); // none of its attempts was lost
  },
);

test('small texts that are read together give way as well, and cost no attempt', async () => {
  const ids = await Promise.all(
    Array.from({ length: 40 }, (_, at) => app.upload(`${at}.txt`, `Small text ${at}`)),
  );
  const low = await app.start(await app.createKnowledge(), ids, 'low');
  const high = await app.sql.begin(async (tx) => {
    // Whoever ends the first of them waits for us.
    await tx`select 1 from file where id = any(${ids}) for update`;
    await app.startWorker();
    await until('some to be read', async () => {
      const rows = await app.sql`select 1 from pg_stat_activity
        where datname = current_database() and application_name = 'headway-worker'
          and wait_event_type = 'Lock'
          and exists (select 1 from headway.job
            where session_id = ${low} and status = 'processing')`;
      return rows.length > 0;
    });
    const high = await begin('urgent-among-small.txt', 'What somebody waits for.', 'high');
    await until('it to be taken', async () => {
      const rows = await app.sql`select 1 from headway_queue.job
        where priority = 2 and state = 'active'`;
      return rows.length > 0;
    });
    return high;
  });
  for (const id of [high.sessionId, low]) await app.reaches(id, isOver);
  const [order] = await app.sql`
    select count(*)::int as files, max(low.attempt) as attempts,
      count(*) filter (where low.started_at < high.started_at)::int as before
    from headway.job low join headway.job high on high.file_id = ${high.fileId}
    where low.session_id = ${low} and low.status = 'completed'`;
  expect(order).toMatchObject({ files: 40, attempts: 1 });
  expect(order?.before).toBeGreaterThan(0);
  expect(order?.before).toBeLessThanOrEqual(25);
});

test('a running job does not give way to one of its own priority', async () => {
  await app.startWorker();
  await app.gates.open('first.wav', 1);
  const first = await begin('first.wav', standInFile(3), 'medium');
  await until('a part', async () => (await app.parts(first.fileId)).length >= 1);
  const second = await begin('second.txt', 'Later.', 'medium');
  // Something more urgent is let in: by then the other one would have been as well.
  const urgent = await begin('urgent.txt', 'Now.', 'high');
  await app.reaches(urgent.sessionId, isOver);
  expect((await app.status(second.sessionId)).status).toBe('queued');
  await app.gates.open('first.wav', Infinity);
  await app.reaches(second.sessionId, isOver);
  const status = await app.status(first.sessionId);
  expect(status.status).toBe('completed');
  const [row] = await app
    .sql`select interruptions, interrupted_by from headway.job where file_id = ${first.fileId}`;
  expect(row).toEqual({ interruptions: 1, interrupted_by: text('urgent.txt') });
});

test('what waits is taken by priority, and promotion changes its place', async () => {
  const low = await begin('low.txt', 'low', 'low');
  const medium = await begin('medium.txt', 'medium', 'medium');
  const promoted = await begin('promoted.txt', 'promoted', 'low');
  const [job] = await app.sql`select id from headway.job where file_id = ${promoted.fileId}`;
  await queue.promote(db.orm, [job!.id], 2);
  await app.startWorker();
  for (const { sessionId } of [low, medium, promoted]) await app.reaches(sessionId, isOver);
  const order = await app.sql`
    select name from headway.job where name in ('low.txt', 'medium.txt', 'promoted.txt')
    order by started_at`;
  expect(order.map(({ name }) => name)).toEqual(['promoted.txt', 'medium.txt', 'low.txt']);
});

test('waiting makes urgent, one class for each step, and never more than high', async () => {
  const { fileId, sessionId } = await begin('patient.txt', 'patient', 'low');
  const priority = async () => {
    const [row] = await app.sql`select priority from headway_queue.job
      where id = (select id from headway.job where file_id = ${fileId})`;
    return row!.priority;
  };
  const waited = (interval: string) =>
    app.sql`update headway_queue.job set created_on = now() - ${interval}::interval
      where id = (select id from headway.job where file_id = ${fileId})`;
  expect(await queue.age(db.orm, 900)).toBe(0);
  await waited('16 minutes');
  expect(await queue.age(db.orm, 900)).toBe(1);
  expect(await queue.age(db.orm, 900)).toBe(0);
  expect(await priority()).toBe(1);
  await waited('3 hours');
  await queue.age(db.orm, 900);
  expect(await priority()).toBe(2);
  await app.send(`/sessions/${sessionId}/cancel`, { method: 'POST' });
});

test('nothing is taken from a paused queue; resuming it wakes the workers', async () => {
  await setQueuePaused(db.orm, true, 'operator');
  expect(await setQueuePaused(db.orm, true, 'operator')).toBe(false);
  await app.startWorker();
  const { sessionId, fileId } = await begin('held.txt', 'held', 'high');
  const seen = async () => {
    const [row] = await app.sql`select count(*)::int as workers from headway.worker`;
    return row!.workers > 0;
  };
  await until('the worker to be seen', seen);
  // A worker that took it would have done so at the notification, long before it was seen twice.
  const [first] = await app.sql`select max(seen_at) as at from headway.worker`;
  await until('a second sign of life', async () => {
    const [row] = await app.sql`select max(seen_at) > ${first!.at} as later from headway.worker`;
    return row!.later;
  });
  expect((await app.status(sessionId)).status).toBe('queued');
  await setQueuePaused(db.orm, false, 'operator');
  await app.reaches(sessionId, isOver);
  expect((await app.file(fileId)).data.status).toBe('completed');
});
