/**
 * Files that are read by the analysis service, with real workers; and a process killed while it
 * polls.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { API_BASE, paths } from '../../../backend/contract/paths.ts';
import { createHeadway, startHeadwayWorker } from '../../../backend/mod.ts';
import { type AnalysisService, startAnalysisService } from '../../support/analysis-service.ts';
import { follow } from '../../support/following.ts';
import { createTestDatabase } from '../../support/database.ts';
import {
  type Client,
  createClient,
  createInstallation,
  type Installation,
  isOver,
  json,
} from '../../support/installation.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';

const FOREVER_MS = 600_000;

let service: AnalysisService;
let app: Installation;
let options: { endpoint: string; mediaTypes: string[]; key: string; leastPollSeconds: number };
let knowledge: string;
beforeAll(async () => {
  service = startAnalysisService();
  options = {
    endpoint: service.url,
    mediaTypes: ['image/*'],
    key: 'a key of the service',
    leastPollSeconds: 0.1,
  };
  app = await createInstallation({ analysis: options });
  knowledge = await analysedKnowledge();
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
    .toEqual({ analyzer: 'prebuilt-layout', language: null, speech_languages: ['en'] });
  return id;
}

/** A worker in this process, of one job at a time. */
async function withWorker(work: () => Promise<void>): Promise<void> {
  const { url: databaseUrl, dataDir } = app;
  const worker = await startHeadwayWorker({ databaseUrl, dataDir, analysis: options });
  await work().finally(() => worker.stop());
}

const statusOf = async (session: string) => (await app.status(session)).files![0]!;
const polled = () =>
  until('a poll', () => [...service.operations.values()].some((o) => o.polls > 0));

test(
  'a knowledge base is read there: progress on the way, pages and search at the end',
  async () => {
    await withWorker(async () => {
      service.options.workMs = 1000;
      const file = await app.upload('ship.txt', 'What is sent');
      const session = await app.start(knowledge, [file]);
      const followed = await follow(app, session, { until: isOver });
      expect(followed.last).toMatchObject({ status: 'completed', progress: 100 });
      expect((await app.parts(file)).map(({ text }) => text))
        .toEqual(['# A ship\n\nIt sails.', 'The albatross follows.']);
      expect((await app.search(knowledge, 'albatross')).hits).toHaveLength(1);
      expect([...service.operations.values()].map(({ analyzer, body }) => [analyzer, body]))
        .toEqual([['prebuilt-layout', 'What is sent']]);
    });
  },
);

test('a type of files is read there that nobody here can read', async () => {
  await withWorker(async () => {
    const png = Uint8Array.from(
      atob(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      ),
      (c) => c.charCodeAt(0),
    );
    const session = await app.start(await app.createKnowledge(), [await app.upload('a.png', png)]);
    const { status } = await app.reaches(session, isOver);
    expect(status).toBe('completed');
    expect([...service.operations.values()].map(({ contentType }) => contentType))
      .toEqual(['image/png']);
  });
});

test('what the service cannot read fails at once, with its reason', async () => {
  await withWorker(async () => {
    service.options.verdict = 'Failed';
    const session = await app.start(knowledge, [await app.upload('b.txt', 'Bad')]);
    await app.reaches(session, isOver);
    expect(await statusOf(session)).toMatchObject({
      error_code: 'service_refused',
      error: 'The analysis service failed: The pages are upside down',
    });
    expect(service.submits).toHaveLength(1);
  });
});

test(
  'jobs that wait for the service leave their worker to others; a stop hands all of them back',
  async () => {
    service.options.workMs = FOREVER_MS;
    const waiting: string[] = [];
    await withWorker(async () => {
      for (const name of ['one', 'two', 'three']) {
        waiting.push(await app.start(knowledge, [await app.upload(`${name}.txt`, name)]));
      }
      await until('all three at the service', () => service.operations.size === 3);
      const note = await app.start(await app.createKnowledge(), [
        await app.upload('n.txt', 'Note'),
      ]);
      expect((await app.reaches(note, isOver)).status).toBe('completed');
      for (const session of waiting) {
        expect(await statusOf(session)).toMatchObject({ status: 'processing', attempt: 1 });
      }
    });
    for (const session of waiting) {
      expect(await statusOf(session)).toMatchObject({ status: 'interrupted', interruptions: 1 });
    }
    service.options.workMs = 0;
    await withWorker(async () => {
      for (const session of waiting) {
        expect((await app.reaches(session, isOver)).status).toBe('completed');
      }
    });
    expect(service.submits).toHaveLength(3);
  },
);

test(
  'a waiting job is cancelled at once, and its operation is not polled for any more',
  async () => {
    await withWorker(async () => {
      service.options.workMs = FOREVER_MS;
      const session = await app.start(knowledge, [await app.upload('d.txt', 'Cancel')]);
      await polled();
      await app.ask(paths.sessionAction(session, 'cancel'), { method: 'POST' });
      await until('the end of the operation', async () => {
        const [row] = await app.sql`select 1 from headway.operation where status = 'cancelled'`;
        return row;
      });
      const note = await app.start(await app.createKnowledge(), [
        await app.upload('m.txt', 'More'),
      ]);
      expect((await app.reaches(note, isOver)).status).toBe('completed');
    });
  },
);

test('a killed worker: another goes on with the same operation', async () => {
  const first = await app.startWorker();
  service.options.workMs = FOREVER_MS;
  const session = await app.start(knowledge, [await app.upload('c.txt', 'Kill')]);
  await polled();
  await until('its message', async () => /is at work/.test((await statusOf(session)).message));
  first.kill('SIGKILL');
  await first.ended;
  service.options.workMs = 0;
  await withWorker(async () => {
    const { status } = await app.reaches(session, isOver);
    expect(status).toBe('completed');
  });
  expect(service.submits).toHaveLength(1);
});

test(
  'the only process that polls is killed: the next goes on, and submits nothing again',
  async () => {
    service.options.workMs = FOREVER_MS;
    const database = await createTestDatabase({ migrated: true });
    const results = (id: string) => paths.analysisResults('prebuilt-layout', id);
    try {
      const id = await withBackend(database.url, async ({ ask }) => {
        const body = json({ inputs: [{ url: 'https://files.example/a.pdf' }] });
        const path = paths.analyze('prebuilt-layout');
        return (await ask<{ operationId: string }>(path, body)).operationId;
      });
      const program = startProgram({
        args: ['backend/worker.ts'],
        env: {
          DATABASE_URL: database.url,
          DATA_DIR: app.dataDir,
          ANALYSIS_ENDPOINT: service.url,
          ANALYSIS_TOKEN: 'a token of the service',
        },
      });
      const byProgram = () =>
        service.lastHeaders.get('authorization') === 'Bearer a token of the service';
      const polls = service.polledAt.length;
      await until('polls of its own', () => byProgram() && service.polledAt.length > polls + 1);
      program.kill('SIGKILL');
      await program.ended;
      service.options.workMs = 0;
      await withBackend(
        database.url,
        ({ send }) => until('the results', async () => (await send(results(id))).status === 200),
      );
      expect(service.submits).toHaveLength(1);
    } finally {
      await database.drop();
    }
  },
);

async function withBackend<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { dataDir } = app;
  const headway = await createHeadway({ databaseUrl: url, dataDir, analysis: options });
  const client = createClient((path, init) =>
    Promise.resolve(headway.routes.request(`${API_BASE}${path}`, init))
  );
  return await work(client).finally(() => headway.stop());
}
