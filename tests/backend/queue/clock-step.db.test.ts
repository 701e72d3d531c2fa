/**
 * The database's clock is set back by two hours: seen from the new time, all that was written before
 * lies two hours ahead. That is what these tests make.
 *
 * @module
 */
import { paths } from '#contract/paths.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';
import { metadataHeader, VERSION } from '../../support/tus.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

/** Moves every moment of ours that says when something happened or is due. */
async function setBackTwoHours(): Promise<void> {
  await app.sql.begin(async (sql) => {
    await sql`update headway.setting set value = to_jsonb((value #>> '{}')::float8 + 7200)
      where key = 'clock'`;
    await sql`update headway_queue.job set start_after = start_after + interval '2 hours',
      created_on = created_on + interval '2 hours', heartbeat_on = heartbeat_on + interval '2 hours'`;
    await sql`update headway.job set released_at = released_at + interval '2 hours'`;
    await sql`update headway.session set updated_at = updated_at + interval '2 hours'`;
    await sql`update headway.worker set seen_at = seen_at + interval '2 hours'`;
  });
}

const seesClock = () =>
  until(
    'a look at the clock',
    async () => (await app.sql`select 1 from headway.setting where key = 'clock'`).length > 0,
  );

const followed = async () => {
  await until('the step to be followed', () => app.complaints.length > 0);
  expect(app.complaints.splice(0)).toEqual([
    expect.stringContaining("The database's clock was set back by"),
  ]);
};

test('queued files start, and one whose worker died with the old time is taken over', async () => {
  await seesClock();
  const knowledge = await app.createKnowledge();
  const ids = await Promise.all(['a', 'b'].map((name) => app.upload(`${name}.txt`, `Of ${name}`)));
  const waiting = await app.start(knowledge, [ids[0]!]);
  const dead = await app.start(knowledge, [ids[1]!]);
  await app.sql`update headway_queue.job q set state = 'active', started_on = now(),
    heartbeat_on = now() from headway.job j where j.id = q.id and j.session_id = ${dead}`;
  await app.sql`update headway.job set status = 'processing', worker = 'dead', attempt = 1,
    started_at = now() where session_id = ${dead}`;
  await app.sql`insert into headway.lock (holder, name, expires_at)
    values (gen_random_uuid(), 'of a vanished host', now() + interval '2 hours')`;
  await setBackTwoHours();
  const states = await app.sql`select start_after > now() + interval '1 hour' as later
    from headway_queue.job`;
  expect([...states]).toEqual([{ later: true }, { later: true }]);
  await app.startWorker();
  for (const session of [waiting, dead]) {
    expect(await app.reaches(session, isOver)).toMatchObject({
      status: 'completed',
    });
  }
  expect(app.complaints.splice(0)).toEqual([
    expect.stringContaining("The database's clock was set back by"),
  ]);
  const [lock] = await app.sql`select expires_at <= now() + interval '1 minute' as soon
    from headway.lock where name = 'of a vanished host'`;
  expect(lock?.soon).toBe(true);
});

test('a whole upload becomes a file, and a service is not called down for longer', async () => {
  await seesClock();
  const begun = await app.send(paths.uploads, {
    method: 'POST',
    headers: {
      ...VERSION,
      'upload-length': '3',
      'upload-metadata': metadataHeader({ filename: 'whole.txt' }),
    },
  });
  const id = begun.headers.get('location')?.split('/').at(-1) ?? '';
  // Its bytes are here, its sender has vanished, and a process that asked the service has ended.
  await Deno.writeTextFile(`${app.dataDir}/uploads/partial/${id}`, 'abc');
  await app.sql`update headway.upload set received = 3,
    updated_at = now() + interval '1 hour 59 minutes' where id = ${id}`;
  await app.sql`insert into headway.remote_service (service, status, since, retry_at)
    values ('analysis', 'down', now(), now() + interval '1 hour 57 minutes')`;
  await setBackTwoHours();
  await followed();
  await until('the file', async () => {
    const [upload] = await app.sql`select file_id from headway.upload where id = ${id}`;
    return upload?.file_id;
  });
  expect((await (await app.raw('/ready')).json()).services ?? []).toEqual([]);
});
