/**
 * Many pollers at once, over real HTTP, while sessions of one knowledge base run on two workers.
 *
 * @module
 */
import type { ProgressDocument } from '#contract/progress.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeDocx, makePdf } from '../../support/documents.ts';
import { follow, type Followed } from '../../support/following.ts';
import {
  type Client,
  createClient,
  createInstallation,
  type Installation,
  isOver,
} from '../../support/installation.ts';
import { endPrograms, startProgram } from '../../support/processes.ts';
import { readReference } from '../../support/recordings.ts';

const POLLERS = 20;

let app: Installation;
beforeAll(async () => {
  app = await createInstallation();
});
afterEach(endPrograms);
afterAll(() => app.close());

/** The program on the installation's database, with a second worker beside its own. */
async function serve(): Promise<Client> {
  const program = startProgram({
    args: ['backend/main.ts'],
    env: { DATABASE_URL: app.url, DATA_DIR: app.dataDir, PORT: '0' },
  });
  const [, url] = await program.printed(/Headway is ready: (\S+)/);
  await app.startWorker();
  return createClient((path, init) => fetch(`${url}/api/v1${path}`, init));
}

async function uploads(client: Client, prefix: string): Promise<string[]> {
  const [first, second] = await readReference();
  const pages = Array.from({ length: 300 }, (_, at) => `Page ${at}\n${'Words on it. '.repeat(20)}`);
  const files = {
    'pages.pdf': makePdf(pages),
    'one.wav': await Deno.readFile(first!.path),
    'short.txt': 'A few words',
    'two.wav': await Deno.readFile(second!.path),
    'text.docx': makeDocx(['Some words']),
  };
  const sent = Object.entries(files).map(([name, bytes]) => client.upload(prefix + name, bytes));
  return await Promise.all(sent);
}

interface Meta {
  [key: string]: unknown;
  processing_progress?: ProgressDocument;
  processing_sessions?: Record<string, ProgressDocument>;
}

async function metaOf(knowledgeId: string): Promise<{ meta: Meta; kind: string }> {
  const [row] = await app.sql<{ meta: Meta; kind: string }[]>`
    select meta, jsonb_typeof(meta::jsonb) as kind from knowledge where id = ${knowledgeId}`;
  return row!;
}

const DOCUMENT_KEYS = [
  'current_file',
  'error',
  'last_updated',
  'message',
  'processed_files',
  'progress',
  'session_id',
  'status',
  'total_files',
];

test('20 pollers of two sessions: nothing is lost in meta, nothing goes back', async () => {
  const client = await serve();
  const knowledgeId = await client.createKnowledge();
  const own = { theme: 'dark', tags: ['a', 'b'], counter: 0 };
  await app.sql`update knowledge set meta = ${
    JSON.stringify(own)
  }::text::json where id = ${knowledgeId}`;
  const [one, other] = await Promise.all(['a-', 'b-'].map((prefix) => uploads(client, prefix)));
  const ids = [await client.start(knowledgeId, one!), await client.start(knowledgeId, other!)];

  const following = Array.from(
    { length: POLLERS },
    (_, at) => follow(client, ids[at % 2]!, { until: isOver, everyMs: 50 }),
  );
  const all = Promise.all(following);
  let running = true;
  all.then(() => running = false, () => running = false);
  let writes = 0;
  while (running) {
    // The app goes on to write its own key meanwhile.
    await app.sql`
      update knowledge set meta = jsonb_set(meta::jsonb, '{counter}', to_jsonb(${++writes}::int))
      where id = ${knowledgeId}`;
    const { meta } = await metaOf(knowledgeId);
    expect(meta).toMatchObject({ ...own, counter: writes, source: 'local' });
    expect(Object.keys(meta.processing_sessions!).toSorted()).toEqual(ids.toSorted());
    expect(Object.keys(meta.processing_progress!).toSorted()).toEqual(DOCUMENT_KEYS);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const followed: Followed[] = await all;
  for (const { last } of followed) {
    expect(last).toMatchObject({ status: 'completed', progress: 100, processed_files: 5 });
  }
  expect(writes).toBeGreaterThan(20);
  const { meta } = await metaOf(knowledgeId);
  expect(meta).toMatchObject({ ...own, counter: writes });
  for (const id of ids) {
    expect(meta.processing_sessions![id]).toMatchObject({ status: 'completed', progress: 100 });
  }
  const [row] = await app
    .sql`select created_at, updated_at from knowledge where id = ${knowledgeId}`;
  expect(row?.updated_at).toBe(row?.created_at);
});

test.each([['SQL NULL', null], ['JSON null', 'null'], ['an empty object', '{}']])(
  'two sessions at once where meta is %s',
  async (_, meta) => {
    const knowledgeId = await app.createKnowledge();
    await app.sql`update knowledge set meta = ${meta}::text::json where id = ${knowledgeId}`;
    await app.startWorker();
    await app.startWorker();
    const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt'];
    const files = await Promise.all(names.map((name) => app.upload(name, `Words of ${name}`)));
    const ids = await Promise.all(
      [files.slice(0, 2), files.slice(2)].map((some) => app.start(knowledgeId, some)),
    );
    for (const id of ids) {
      expect(await app.reaches(id, isOver)).toMatchObject({ status: 'completed' });
    }
    const after = await metaOf(knowledgeId);
    expect(after.kind).toBe('object');
    expect(after.meta.source).toBe('local');
    expect(Object.keys(after.meta.processing_sessions!).toSorted()).toEqual(ids.toSorted());
  },
);
