/**
 * The same bytes are read once, whoever sends them and however often.
 *
 * @module
 */
import { paths } from '#contract/paths.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { standInFile } from '../../support/gated-reader.ts';
import { createInstallation, type Installation, isOver } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation({ gated: true });
});
afterEach(endPrograms);
afterAll(() => app.close());

/**
 * Those of the files whose bytes were read, in order; the others' text was copied. Only who has read
 * a file knows how much there is of it.
 */
async function read(ids: readonly string[]): Promise<string[]> {
  const rows = await app.sql<{ file_id: string }[]>`
    select file_id from headway.job where file_id = any(${ids as string[]}) and units is not null
    order by started_at`;
  return rows.map((row) => row.file_id);
}

const REUSED = 'Already read before; its text was reused';
const text = (subject: string) => `The ${subject} lies in the morning mist.\n`.repeat(50);

async function finished(sessionId: string) {
  const status = await app.reaches(sessionId, isOver);
  expect(status.status).toBe('completed');
  return status.files!;
}

test('twice in one session: read once, found twice', async () => {
  await app.startWorker();
  const ids = [await app.upload('a.txt', text('pier')), await app.upload('b.txt', text('pier'))];
  const knowledgeId = await app.createKnowledge();
  const files = await finished(await app.start(knowledgeId, ids));
  expect(files.map((file) => file.message).toSorted()).toEqual([REUSED, 'Ready']);
  expect(await read(ids)).toHaveLength(1);
  expect(await app.parts(ids[0]!)).toEqual(await app.parts(ids[1]!));
  expect((await app.file(ids[0]!)).data.content).toBe((await app.file(ids[1]!)).data.content);
  const { hits } = await app.search(knowledgeId, 'pier');
  expect([...new Set(hits.map((hit) => hit.file_id))].toSorted()).toEqual(ids.toSorted());
});

test('in two knowledge bases, one after the other, and the same file again', async () => {
  await app.startWorker();
  const first = await app.upload('a.txt', text('quay'));
  await finished(await app.start(await app.createKnowledge(), [first]));
  const second = await app.upload('b.txt', text('quay'));
  const knowledgeId = await app.createKnowledge();
  const [file] = await finished(await app.start(knowledgeId, [second]));
  expect(file).toMatchObject({ message: REUSED, progress: 100 });
  expect((await app.search(knowledgeId, 'quay')).hits).not.toEqual([]);
  const again = await app.createKnowledge();
  expect((await finished(await app.start(again, [first])))[0]!.message).toBe(REUSED);
  expect((await app.search(again, 'quay')).hits).not.toEqual([]);
  expect(await read([first, second])).toEqual([first]);
});

test('another language, or another version of the processor, is another work', async () => {
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  const send = async (name: string, language: string | null) => {
    const id = await app.upload(name, text('lighthouse'));
    await app.sql`update file set meta = jsonb_set(meta::jsonb, '{data,language}',
      ${app.sql.json(language)}::jsonb) where id = ${id}`;
    await finished(await app.start(knowledgeId, [id]));
    return id;
  };
  const plain = await send('a.txt', null);
  const german = await send('b.txt', 'de');
  const austrian = await send('c.txt', 'DE');
  expect(await read([plain, german, austrian])).toEqual([plain, german]);
  await app.sql`update headway.extraction set version = version - 1`;
  const later = await send('d.txt', null);
  expect(await read([later])).toEqual([later]);
});

test(
  'at the same time, by two workers: the second waits, says so, and costs no attempt',
  async () => {
    await app.startWorker();
    await app.startWorker();
    for (const name of ['a.wav', 'b.wav']) await app.gates.open(name, 1);
    const bytes = standInFile(3);
    const ids = [await app.upload('a.wav', bytes), await app.upload('b.wav', bytes)];
    const sessions = [
      await app.start(await app.createKnowledge(), [ids[0]!]),
      await app.start(await app.createKnowledge(), [ids[1]!]),
    ];
    const waiting = await until('a message', async () => {
      const all = await Promise.all(sessions.map((id) => app.status(id)));
      return all.flatMap((status) => status.files!).find((file) => /being read/.test(file.message));
    });
    expect(waiting.status).toBe('queued');
    for (const name of ['a.wav', 'b.wav']) await app.gates.open(name, Infinity);
    const files = (await Promise.all(sessions.map(finished))).flat();
    expect(files.map((file) => file.message).toSorted()).toEqual([REUSED, 'Ready']);
    expect(files.map((file) => file.attempt)).toEqual([1, 1]);
    expect(await read(ids)).toHaveLength(1);
    expect(await app.parts(ids[0]!)).toEqual(await app.parts(ids[1]!));
  },
  90_000,
);

test('a first one that died keeps nobody waiting', async () => {
  const ids = [await app.upload('a.txt', text('ferry')), await app.upload('b.txt', text('ferry'))];
  const dead = await app.start(await app.createKnowledge(), [ids[0]!]);
  // A job that its worker left without a trace in the queue.
  await app.sql`update headway.job set status = 'processing', worker = 'gone', attempt = 1
    where session_id = ${dead}`;
  await app.sql`update headway_queue.job set state = 'active', started_on = now() - interval '1 h',
    heartbeat_on = now() - interval '1 h', heartbeat_seconds = 10
    where id in (select id from headway.job where session_id = ${dead})`;
  await app.startWorker();
  await finished(await app.start(await app.createKnowledge(), [ids[1]!]));
  await finished(dead);
  expect(await read(ids)).toHaveLength(1);
});

test('asked for again while it is read: joined, and not preempted by its own duplicate', async () => {
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  await app.gates.open('twice.json', 1);
  const id = await app.upload('twice.json', standInFile(3));
  const first = await app.start(knowledgeId, [id], 'low');
  await app.reaches(first, ({ files }) => files?.[0]?.status === 'processing');
  await until('a part', async () => (await app.parts(id)).length === 1);
  const second = await app.start(knowledgeId, [id], 'high');
  await app.reaches(second, ({ files }) => /being read already/.test(files?.[0]?.message ?? ''));
  // It has the priority of whoever wants it most.
  const { files: [running] = [] } = await app.reaches(
    first,
    ({ files }) => files?.[0]?.priority === 'high',
  );
  expect(running).toMatchObject({ status: 'processing', interruptions: 0 });
  // Also the same bytes in another file.
  const copy = await app.upload('twice.json', standInFile(3, { id: await idOf(id) }));
  const third = await app.start(knowledgeId, [copy], 'high');
  await app.reaches(third, ({ files }) => /being read already/.test(files?.[0]?.message ?? ''));
  await app.gates.open('twice.json', Infinity);
  const ends = [await finished(first), await finished(second), await finished(third)];
  expect(ends.map(([file]) => [file?.message, file?.interruptions])).toEqual([
    ['Ready', 0],
    [REUSED, 0],
    [REUSED, 0],
  ]);
  expect(await read([id, copy])).toEqual([id]);
});

/** What tells the bytes of a stand-in file. */
async function idOf(fileId: string): Promise<string> {
  return (await (await app.send(paths.fileContent(fileId))).json()).id;
}
