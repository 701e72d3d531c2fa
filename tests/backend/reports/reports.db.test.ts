/**
 * Reports over real files: documents and a recording, read by a real worker.
 *
 * @module
 */
import type { JobAccepted, JobResult } from '#contract/jobs.ts';
import { paths } from '#contract/paths.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makePdf } from '../../support/documents.ts';
import { createInstallation, type Installation, isOver, json } from '../../support/installation.ts';
import { endPrograms } from '../../support/processes.ts';
import { readReference } from '../../support/recordings.ts';

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

interface Report {
  readonly markdown: string;
  readonly [key: string]: unknown;
}

async function report(kind: string, knowledgeId: string, input: unknown = {}): Promise<Report> {
  const started = await app.ask<JobAccepted>(
    paths.startJob(kind),
    json({ input, knowledge_id: knowledgeId }),
  );
  const ended = await app.reaches(started.session_id, isOver);
  if (ended.status !== 'completed') throw new Error(`The report failed: ${ended.error}`);
  return (await app.ask<JobResult>(paths.jobResult(started.session_id))).result as Report;
}

test('a report says what is in a knowledge base, and one goes deeper into a file', async () => {
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  const [reference] = await readReference();
  const text = 'The whale sank the ship. Nobody saw the whale again.';
  const files = [
    await app.upload('whales | ships.txt', text),
    await app.upload('letters.pdf', makePdf(['A letter about a garden', 'A second letter'])),
    await app.upload('emma.wav', await Deno.readFile(reference!.path)),
    await app.upload('broken.pdf', '%PDF-1.7 garbage'),
  ];
  await app.reaches(await app.start(knowledgeId, files), isOver);

  const whole = await report('knowledge-report', knowledgeId, { terms: 5 });
  const sizes = await app.sql<{ bytes: number }[]>`
    select sum((meta::jsonb ->> 'size')::int)::int as bytes from file
    where id in (select file_id from knowledge_file where knowledge_id = ${knowledgeId})`;
  expect(whole).toMatchObject({ bytes: sizes[0]?.bytes, seconds: expect.any(Number) });
  expect(whole.terms).toContainEqual({ term: 'whale', count: 2 });
  expect(whole.terms).toContainEqual({ term: 'letter', count: 2 });
  expect(whole.markdown).toContain('# A knowledge base');
  expect(whole.markdown).toMatch(/## Longest recordings\n\n.*\n.*\n\| emma\.wav \| 0:\d\d \|/);

  expect(whole.markdown).toMatch(/\| broken\.pdf \| This PDF is damaged/);
  const inGerman = await report('knowledge-report', knowledgeId, { language: 'de' });
  expect(inGerman.markdown).toMatch(/\| broken\.pdf \| Dieses PDF ist beschädigt/);

  const deeper = await report('file-report', knowledgeId, { file_id: files[0] });
  expect(deeper).toMatchObject({ words: 10, terms: [{ term: 'whale', count: 2 }] });
  expect(deeper.markdown).toContain('# whales \\| ships.txt');
  expect(deeper.markdown).toContain('The whale sank the ship');

  const german = { file_id: files[0], language: 'de' };
  expect((await report('file-report', knowledgeId, german)).markdown).toContain('## Gliederung');

  const spoken = await report('file-report', knowledgeId, { file_id: files[2] });
  expect(spoken.markdown).toMatch(/long, \d{2,3} words a minute/);
});

test('an empty knowledge base has a report, a file that is not in it has none', async () => {
  await app.startWorker();
  const knowledgeId = await app.createKnowledge();
  expect((await report('knowledge-report', knowledgeId)).markdown).toContain('no files in it yet');
  const started = await app.ask<JobAccepted>(
    paths.startJob('file-report'),
    json({ input: { file_id: 'elsewhere' }, knowledge_id: knowledgeId }),
  );
  const { session_id } = started;
  expect(await app.reaches(session_id, isOver)).toMatchObject({
    error: expect.stringContaining('not in this knowledge base'),
  });
  const answer = await app.send(paths.jobResult(session_id));
  expect([answer.status, (await answer.json()).code]).toEqual([409, 'job_failed']);
});
