import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clean, type CleanOptions, cleanWhenDue } from '../../../backend/queue/clean.ts';
import { reconcileProgress } from '../../../backend/progress/store.ts';
import { openDiskStorage } from '../../../backend/uploads/disk-storage.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { whileRefused } from '../../support/refused-writes.ts';

let app: TestApp;
let options: CleanOptions;
beforeAll(async () => {
  app = await startTestApp();
  options = { historyDays: 90, bytes: await openDiskStorage(app.dataDir) };
});
beforeEach(async () => {
  // The app cleans by itself too: to it, that was done just now.
  await cleaned('0 s');
  for (const table of ['headway.session', 'headway.worker', 'file']) {
    await app.sql.unsafe(`delete from ${table}`);
  }
  for await (const { name, isFile } of Deno.readDir(`${app.dataDir}/uploads`)) {
    if (isFile) await Deno.remove(`${app.dataDir}/uploads/${name}`);
  }
});
afterAll(() => app.stop());

/** As if it had last been cleaned so long ago. */
async function cleaned(ago: string): Promise<void> {
  await app.sql`insert into headway.setting (key, value, updated_at)
    values ('cleaned', 'true', now() - ${ago}::interval)
    on conflict (key) do update set updated_at = excluded.updated_at`;
}

async function age(name: string, hours: number): Promise<void> {
  const then = new Date(Date.now() - hours * 3_600_000);
  await Deno.utime(`${app.dataDir}/uploads/${name}`, then, then);
}

test('clean() forgets sessions that ended long ago, with their files, and no other', async () => {
  const knowledgeId = await app.knowledge();
  const sessions: string[] = [];
  for (const name of ['old.txt', 'recent.txt', 'live.txt']) {
    const { body } = await app.send(name, name, { knowledge_id: knowledgeId }, { process: false });
    const started = await app.post(`/knowledge/${knowledgeId}/sessions`, { file_ids: [body.id] });
    sessions.push(started.body.session_id);
  }
  const [old, recent, live] = sessions as [string, string, string];
  await app.sql`update headway.session set finished_at = now() - interval '91 days',
    status = 'completed' where id = ${old}`;
  await app.sql`update headway.session set finished_at = now() - interval '89 days',
    status = 'completed' where id = ${recent}`;
  await app.sql`update headway.session set created_at = now() - interval '1 year'
    where id = ${live}`;
  expect(await clean(app.db, options)).toMatchObject({ sessions: 1 });
  const left = await app.sql`select session_id from headway.job`;
  expect(left.map((row) => row.session_id).sort()).toEqual([recent, live].sort());
  const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
  expect(Object.keys(row?.meta.processing_sessions)).not.toContain(old);
  expect((await app.get(`/progress/${old}/status`)).status).toBe(404);
});

test('clean() goes on where the app does not let meta be written', async () => {
  const knowledgeId = await app.knowledge();
  const sessionId = crypto.randomUUID();
  await app.headway.progress.updateProgress({ sessionId, knowledgeId }, {});
  await app.sql`update headway.session set finished_at = now() - interval '91 days',
    status = 'completed' where id = ${sessionId}`;
  const cleaned = await whileRefused(
    app.sql,
    'knowledge',
    knowledgeId,
    () => clean(app.db, options),
  );
  expect(cleaned).toMatchObject({ sessions: 1 });
  await reconcileProgress(app.db);
  expect((await app.sql`select meta from knowledge where id = ${knowledgeId}`)[0]?.meta).toBeNull();
});

test('clean() forgets workers that were not seen for an hour', async () => {
  await app.sql`insert into headway.worker (id, host, pid, seen_at) values
    ('dead', 'h', 1, now() - interval '61 minutes'), ('alive', 'h', 2, now())`;
  expect(await clean(app.db, options)).toMatchObject({ workers: 1 });
  expect((await app.sql`select id from headway.worker`).map((row) => row.id)).toEqual(['alive']);
});

test('clean() removes old bytes that no file points at, whatever the folder is called', async () => {
  const { body } = await app.send('kept.txt', 'kept', {}, { process: false });
  const [row] = await app.sql`select path from file where id = ${body.id}`;
  const kept = row?.path.split('/').at(-1);
  await app.sql`update file set path = ${`/elsewhere/uploads/${kept}`} where id = ${body.id}`;
  const [orphan, young] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const name of [orphan, young, 'README', 'incoming/half']) {
    await Deno.writeTextFile(`${app.dataDir}/uploads/${name}`, 'x');
  }
  for (const name of [kept, orphan, 'README', 'incoming/half']) await age(name, 25);
  await age(young, 23);
  expect(await clean(app.db, options)).toMatchObject({ files: 1 });
  expect((await app.stored()).sort()).toEqual([kept, young, 'README', 'half'].sort());
});

test('clean() removes nothing where the database knows none of the bytes', async () => {
  const name = crypto.randomUUID();
  await Deno.writeTextFile(`${app.dataDir}/uploads/${name}`, 'x');
  await age(name, 48);
  expect(await clean(app.db, options)).toMatchObject({ files: 0 });
  expect(await app.stored()).toContain(name);
});

test('cleanWhenDue() cleans once in its time, whatever the number of processes', async () => {
  // Long ago for these, and not for the app's own looks.
  const often = { ...options, everySeconds: 60 };
  await cleaned('61 s');
  const all = await Promise.all([1, 2, 3].map(() => cleanWhenDue(app.db, often)));
  expect(all.filter((each) => each !== null)).toHaveLength(1);
  expect(await cleanWhenDue(app.db, often)).toBeNull();
  await cleaned('61 s');
  expect(await cleanWhenDue(app.db, often)).not.toBeNull();
});
