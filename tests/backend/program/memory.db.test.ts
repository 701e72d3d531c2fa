/**
 * A long text costs the worker no memory of its size.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { endPrograms, peakBytes } from '../../support/processes.ts';

const MB = 1024 * 1024;
/** `HEADWAY_TEST_TEXT_MB=93` reads more. */
const SIZE = Number(Deno.env.get('HEADWAY_TEST_TEXT_MB') ?? 24) * MB;

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

test('a table of many megabytes raises the memory of the worker by less than 300 MB', async () => {
  const worker = await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  const small = await app.start(knowledgeId, [await app.upload('small.csv', 'a,b\n1,2\n')]);
  await app.reaches(small, ({ status }) => status === 'completed');
  const before = peakBytes(worker.pid);

  const row = 'Elinor,Marianne,Norland Park,Barton Cottage,1811,3.14159,to be continued\n';
  const fileId = await app.upload('large.csv', row.repeat(Math.ceil(SIZE / row.length)));
  const session = await app.start(knowledgeId, [fileId]);
  await app.reaches(session, ({ status }) => status === 'completed');
  const raised = (peakBytes(worker.pid) - before) / MB;
  console.info(`${SIZE / MB} MB: ${before / MB | 0} MB before, ${raised | 0} MB more at most`);
  expect(raised).toBeLessThan(300);

  // The row that the app sees holds the text of all parts, and its hash.
  const [stored] = await app.sql`
    select length(data ->> 'content') as length, hash = encode(sha256(convert_to(
      data ->> 'content', 'UTF8')), 'hex') as hashed,
      (select sum(length(text) + 2) - 2 from headway.part where file_id = ${fileId}) as parts
    from file where id = ${fileId}`;
  expect(stored).toMatchObject({ hashed: true });
  expect(stored!.length).toBe(Number(stored!.parts));
});
