/**
 * Planted inconsistencies are found, mended, and gone at the next look.
 *
 * @module
 */
import { message } from '../../../backend/contract/messages/catalogue.ts';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';
import { type AdminCalls, createAdmin } from './running.ts';

let app: Installation;
let admin: AdminCalls;
let knowledgeId: string;
beforeAll(async () => {
  app = await createInstallation();
  admin = createAdmin(app);
  knowledgeId = await app.createKnowledge();
});
afterAll(() => app.close());
beforeEach(async () => {
  expect(await admin.json('check')).toEqual({ findings: [], left: 0 });
});

/** What a look finds, as pairs of kind and id. */
const look = async (): Promise<[string, string][]> =>
  (await admin.json('check')).findings.map((one: { kind: string; id: string }) => [
    one.kind,
    one.id,
  ]);

/** Repairs; says what was done to each. */
async function repair(): Promise<string[]> {
  const { findings, left } = await admin.json('check', '--repair', '--yes');
  expect(left).toBe(0);
  return findings.map((one: { repaired: string }) => one.repaired);
}

async function queued(name: string): Promise<{ file: string; session: string; job: string }> {
  const file = await app.upload(name, `Words of ${name}`);
  const session = await app.start(knowledgeId, [file]);
  const { files = [] } = await app.status(session);
  return { file, session, job: files[0]!.job_id };
}

const pathOf = async (file: string): Promise<string> =>
  (await app.sql`select path from file where id = ${file}`)[0]?.path;

test('a healthy installation is clean; --repair asks for --yes', async () => {
  await queued('fine.txt');
  expect(await admin.call('check')).toMatchObject({ code: 0, printed: 'Everything fits together' });
  expect(await admin.call('check', '--repair')).toMatchObject({ code: 2 });
});

test('files without bytes: one to be sent again, one kept with its text', async () => {
  const pending = await app.upload('pending.txt', 'a');
  const done = await app.upload('done.txt', 'b');
  await app.sql`update file set data = '{"status":"completed","content":"b"}' where id = ${done}`;
  for (const id of [pending, done]) await Deno.remove(await pathOf(id));
  expect((await look()).sort()).toEqual(
    [pending, done].map((id) => ['file without bytes', id]).sort(),
  );
  expect((await admin.call('check')).code).toBe(3);
  await repair();
  expect(await look()).toEqual([]);
  expect((await app.file(pending)).data).toEqual({
    status: 'failed',
    error: 'The file is gone. Please upload it again',
    error_details: message('bytes_gone'),
    error_code: 'bytes_missing',
  });
  expect((await app.file(done)).data).toEqual({ status: 'completed', content: 'b' });
});

test("the app's own files, and files of a disk that is not here, are left alone", async () => {
  await app.sql`insert into file (id, user_id, filename, path, data, meta) values
    ('theirs', 'local', 'theirs.txt', '/app/backend/data/uploads/1_theirs.txt',
      '{"content":"An old text."}', '{}'),
    ('bare', 'local', 'bare.txt', ${join(app.dataDir, 'uploads', '1_bare.txt')}, null, '{}')`;
  const ours = await app.upload('elsewhere.txt', 'a');
  const [path, elsewhere] = [await pathOf(ours), `/mnt/not-here/uploads/${crypto.randomUUID()}`];
  await app.sql`update file set path = ${elsewhere} where id = ${ours}`;
  await app.sql`update headway.stored_file set path = ${elsewhere} where file_id = ${ours}`;
  const rows = () => app.sql`select * from file order by id`;
  const before = [...await rows()];
  expect(await look()).toEqual([['file without bytes', ours]]);
  const { findings, left } = await admin.json('check', '--repair', '--yes');
  expect([findings[0].detail, left]).toEqual([
    `elsewhere.txt: its folder is not here: ${elsewhere}`,
    1,
  ]);
  expect([...await rows()]).toEqual(before);
  await app.sql`update headway.stored_file set path = ${path} where file_id = ${ours}`;
  await app.sql`update file set path = ${path} where id = ${ours}`;
});

test('bytes without a file are set aside, young ones left alone', async () => {
  const [old, young] = ['old', 'young'].map((name) => join(app.dataDir, 'uploads', name));
  for (const path of [old!, young!]) await Deno.writeTextFile(path, 'bytes');
  await Deno.utime(old!, new Date(), new Date(Date.now() - 3_600_000));
  expect(await look()).toEqual([['bytes without a file', old]]);
  await repair();
  expect(await Deno.readTextFile(join(app.dataDir, 'orphaned', 'old'))).toBe('bytes');
  expect(await Deno.readTextFile(young!)).toBe('bytes');
  await Deno.remove(young!);
});

test('half-done work, parts, passages and checkpoints of files that are gone are removed', async () => {
  const folder = join(app.dataDir, 'work', 'gone-1');
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, 'audio.wav'), 'x');
  await app
    .sql`insert into headway.part (file_id, index, kind, text) values ('gone-2', 0, 'page', 'x')`;
  await app.sql`insert into headway.passage (file_id, part_index, ordinal, text)
    values ('gone-3', 0, 0, 'x')`;
  await app.sql`insert into headway.extraction (file_id, processor, version, checkpoint)
    values ('gone-4', 'pdf', 1, '{}')`;
  expect(await look()).toEqual([
    ['half-done work without a file', folder],
    ['text without a file', 'gone-2'],
    ['text without a file', 'gone-3'],
    ['text without a file', 'gone-4'],
  ]);
  await repair();
  await expect(Deno.stat(folder)).rejects.toThrow(Deno.errors.NotFound);
});

test('completed files that search cannot find are indexed again, from their parts or their row', async (test) => {
  const [one, other] = [await queued('indexed.txt'), await queued('reread.txt')];
  await app.startWorker();
  for (const { session } of [one, other]) await app.reaches(session, isOver);
  await endPrograms(test);
  const before = await app.sql`select * from headway.passage where file_id = ${one.file}`;
  await app.sql`delete from headway.passage where file_id = any(${[one.file, other.file]}::text[])`;
  await app.sql`delete from headway.part where file_id = ${other.file}`;
  expect((await look()).map(([, id]) => id).sort()).toEqual([one.file, other.file].sort());
  await repair();
  expect(await app.sql`select * from headway.passage where file_id = ${one.file}`).toEqual(before);
  const { data } = await app.file(other.file);
  expect(data).toEqual({ status: 'completed', content: 'Words of reread.txt' });
  const passages = await app.sql`select text from headway.passage where file_id = ${other.file}`;
  expect(passages.map((row) => row.text)).toEqual(['Words of reread.txt']);
});

test('sessions without jobs, and sessions that did not end, end', async () => {
  const [empty, over] = [await queued('empty.txt'), await queued('over.txt')];
  await app.sql`delete from headway_queue.job where id in (${empty.job}, ${over.job})`;
  await app.sql`delete from headway.job where id = ${empty.job}`;
  await app.sql`update headway.job set status = 'cancelled', finished_at = now()
    where id = ${over.job}`;
  expect(await look()).toEqual([
    ['session without jobs', empty.session],
    ['session that did not end', over.session],
  ]);
  expect(await repair()).toEqual(['ended as an error that says so', 'ended as cancelled']);
  expect(await app.status(empty.session)).toMatchObject({
    status: 'error',
    error: 'Its files are gone; nothing is left to do',
  });
});

test('jobs the queue has lost are put into it; entries for nothing are taken out', async () => {
  const [lost, stray] = [await queued('lost.txt'), await queued('stray.txt')];
  await app.sql`delete from headway_queue.job where id = ${lost.job}`;
  await app.sql`update headway.job set status = 'completed', finished_at = now()
    where id = ${stray.job}`;
  await app.sql`update headway.session set status = 'completed', finished_at = now()
    where id = ${stray.session}`;
  expect(await look()).toEqual([
    ['job that the queue has lost', lost.job],
    ['queue entry without a job', stray.job],
  ]);
  expect(await repair()).toEqual(['put into the queue again', 'taken out of the queue']);
  expect((await app.status(lost.session)).status).toBe('queued');
});

test('progress of sessions that are gone leaves meta, the rest stays', async () => {
  const { session } = await queued('there.txt');
  // The version is recorded as known: a changed one is put right by the running app itself.
  await app.sql`with written as (
      update knowledge set meta = jsonb_set(jsonb_set(meta::jsonb,
          '{processing_sessions,ghost}', '{"session_id":"ghost","last_updated":1}'),
        '{processing_progress}', '{"session_id":"ghost","last_updated":1}')
      where id = ${knowledgeId} returning id, xmin::text as version)
    update headway.original_meta o set row_version = version
    from written where o.knowledge_id = written.id`;
  expect(await look()).toEqual([
    ['progress of a session that is gone', `${knowledgeId}/ghost`],
  ]);
  await repair();
  const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
  expect(row?.meta.processing_sessions[session]).toBeDefined();
  expect(row?.meta.processing_sessions.ghost).toBeUndefined();
  expect(row?.meta.processing_progress.session_id).not.toBe('ghost');
});
