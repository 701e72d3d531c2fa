/**
 * Files that are read by the analysis service, with real workers.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { paths } from '../../../backend/contract/paths.ts';
import { type AnalysisService, startAnalysisService } from '../../support/analysis-service.ts';
import { follow } from '../../support/following.ts';
import { createInstallation, type Installation, isOver, json } from '../../support/installation.ts';
import { endPrograms, until } from '../../support/processes.ts';

const SLOW = 60_000;

let service: AnalysisService;
let app: Installation;
beforeAll(async () => {
  service = startAnalysisService();
  app = await createInstallation({
    analysis: { endpoint: service.url, mediaTypes: ['image/*'], key: 'a key of the service' },
  });
});
beforeEach(() => {
  Object.assign(service.options, { workMs: 0, verdict: 'Succeeded' });
  service.submits.length = 0;
  service.forget();
});
afterEach(endPrograms);
afterAll(async () => {
  await app.close();
  await service.close();
});

/** A knowledge base whose files are analysed. */
async function analysedKnowledge(): Promise<string> {
  const id = await app.createKnowledge();
  const change = { ...json({ analyzer: 'prebuilt-layout' }), method: 'PATCH' };
  expect(await app.ask(paths.knowledgeProcessing(id), change))
    .toEqual({ analyzer: 'prebuilt-layout', language: null });
  return id;
}

const statusOf = async (jobSession: string) => (await app.status(jobSession)).files![0]!;
const polled = () =>
  until('a poll', () => [...service.operations.values()].some((o) => o.polls > 0));

test(
  'a knowledge base is read there: progress on the way, pages and search at the end',
  async () => {
    await app.startWorker();
    service.options.workMs = 2500;
    const knowledge = await analysedKnowledge();
    const file = await app.upload('ship.txt', 'What is sent');
    const session = await app.start(knowledge, [file]);
    const followed = await follow(app, session, { until: isOver });
    expect(followed.last).toMatchObject({ status: 'completed', progress: 100 });
    expect((await app.parts(file)).map(({ text }) => text))
      .toEqual(['# A ship\n\nIt sails.', 'The albatross follows.']);
    expect((await app.search(knowledge, 'albatross')).hits).toHaveLength(1);
    expect([...service.operations.values()].map(({ analyzer, body }) => [analyzer, body]))
      .toEqual([['prebuilt-layout', 'What is sent']]);
  },
  SLOW,
);

test('a type of files is read there that nobody here can read', async () => {
  await app.startWorker();
  const png = Uint8Array.from(
    atob(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    ),
    (c) => c.charCodeAt(0),
  );
  const session = await app.start(await app.createKnowledge(), [await app.upload('a.png', png)]);
  const { status } = await app.reaches(session, isOver, { ms: 30_000 });
  expect(status).toBe('completed');
  expect([...service.operations.values()].map(({ contentType }) => contentType))
    .toEqual(['image/png']);
}, SLOW);

test('what the service cannot read fails at once, with its reason', async () => {
  await app.startWorker();
  service.options.verdict = 'Failed';
  const session = await app.start(await analysedKnowledge(), [await app.upload('b.txt', 'Bad')]);
  await app.reaches(session, isOver, { ms: 30_000 });
  expect(await statusOf(session)).toMatchObject({
    error_code: 'service_refused',
    error: 'The analysis service failed: The pages are upside down',
  });
  expect(service.submits).toHaveLength(1);
}, SLOW);

test('a killed worker: another goes on with the same operation', async () => {
  const first = await app.startWorker();
  service.options.workMs = 6_000;
  const session = await app.start(await analysedKnowledge(), [await app.upload('c.txt', 'Kill')]);
  await polled();
  await until('its message', async () => /is at work/.test((await statusOf(session)).message));
  first.kill('SIGKILL');
  await first.ended;
  await app.startWorker();
  const { status } = await app.reaches(session, isOver, { ms: 50_000 });
  expect(status).toBe('completed');
  expect(service.submits).toHaveLength(1);
}, SLOW);

test('a cancelled job is not polled for any more', async () => {
  await app.startWorker();
  service.options.workMs = 600_000;
  const session = await app.start(await analysedKnowledge(), [await app.upload('d.txt', 'Cancel')]);
  await polled();
  await app.ask(paths.sessionAction(session, 'cancel'), { method: 'POST' });
  await until('the end of the operation', async () => {
    const [row] = await app.sql`select 1 from headway.operation where status = 'cancelled'`;
    return row;
  }, { ms: 45_000 });
}, SLOW);
