/**
 * `file/update` of the app makes the text of its row what search finds. The worker here is the test
 * itself.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { paths } from '../../../backend/contract/paths.ts';
import { createReconciler } from '../../../backend/knowledge/reconcile.ts';
import { runJob } from '../../../backend/queue/run-job.ts';
import {
  createInProcessWorker,
  type InProcessWorker,
  undisturbed,
} from '../../support/in-process-worker.ts';
import { createInstallation, type Installation, json } from '../../support/installation.ts';

let app: Installation;
let worker: InProcessWorker;
beforeAll(async () => {
  app = await createInstallation();
  worker = await createInProcessWorker(app);
});
afterAll(async () => {
  await worker.close();
  await app.close();
});

let files = 0;
let base: string;
let fileId: string;
/** Words of the bytes, which no other file has. */
let bytes: string;

/** A file of a knowledge base that Headway has read. */
beforeEach(async () => {
  bytes = `Quokka number ${++files}.`;
  base = await app.createKnowledge();
  fileId = await app.upload(`${files}.txt`, bytes);
  await app
    .sql`insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
    values (${crypto.randomUUID()}, ${base}, ${fileId}, 'local', 1, 1)`;
  await app.start(base, [fileId]);
  await runAll();
  expect(await rowText()).toBe(bytes);
});

/** Runs the jobs that wait. Returns how many. */
async function runAll(): Promise<number> {
  for (let jobs = 0;; jobs++) {
    const job = await worker.queue.take();
    if (!job) return jobs;
    await runJob(worker.context, job, undisturbed());
  }
}

const update = () => app.ask(`/knowledge/${base}/file/update`, json({ file_id: fileId }));
const edit = (content: string) =>
  app.ask(`/files/${fileId}/data/content/update`, json({ content }));
const write = (content: string) =>
  app.sql`update file set data = ${app.sql.json({ status: 'completed', content })}
    where id = ${fileId}`;
const rowText = async () =>
  (await app.sql`select data from file where id = ${fileId}`)[0]?.data.content;
const found = async (words: string) => (await app.search(base, words)).total;

async function expectText(text: string, jobs: number): Promise<void> {
  expect(await runAll()).toBe(jobs);
  await createReconciler(worker.db)();
  expect(await rowText()).toBe(text);
  expect([await found('quokka'), await found('narwhal')]).toEqual(
    /quokka/i.test(text) ? [1, 0] : [0, 1],
  );
}

test('keeps a text that was edited through the API', async () => {
  await edit('A narwhal.');
  await update();
  await expectText('A narwhal.', 0);
});

test.each([{ reconciled: false }, { reconciled: true }])(
  'keeps and indexes a text that the app wrote, reconciled: $reconciled',
  async ({ reconciled }) => {
    await write('A narwhal.');
    if (reconciled) await createReconciler(worker.db)();
    await update();
    await expectText('A narwhal.', 0);
  },
);

test('keeps an edit whose row a stale copy replaced', async () => {
  await edit('A narwhal.');
  await write(bytes);
  await update();
  await expectText('A narwhal.', 0);
});

test('ends a reading that was requested before the edit', async () => {
  const sessionId = await app.start(base, [fileId]);
  await write('A narwhal.');
  await update();
  expect((await app.status(sessionId)).status).toBe('cancelled');
  await expectText('A narwhal.', 0);
});

test('reads the bytes of a file that was not edited', async () => {
  await update();
  await expectText(bytes, 1);
  // An earlier release did not record what it wrote.
  await app.sql`delete from headway.published_text where file_id = ${fileId}`;
  await update();
  await expectText(bytes, 1);
});

test('leaves a reading that was requested after the edit', async () => {
  await edit('A narwhal.');
  const sessionId = await app.start(base, [fileId]);
  await update();
  await expectText(bytes, 2);
  expect((await app.ask<{ status: string }>(paths.sessionStatus(sessionId))).status).toBe(
    'completed',
  );
});
