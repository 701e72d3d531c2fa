/**
 * Finding, filtering and sorting the files of a knowledge base, and telling which are there already.
 */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KnownFiles } from '../../../backend/contract/known-files.ts';
import { failFiles } from '../../../backend/knowledge/file-statuses.ts';
import { KnowledgeFiles } from '../../../backend/contract/knowledge.ts';
import {
  type Ask,
  notProblem,
  SECRET,
  sha256,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

let app: TestApp;
let knowledgeId: string;
const tokens: Record<string, string> = {};
const as = (id: string): Ask => ({ token: tokens[id]! });
const me = () => as('me');

beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
  for (const id of ['me', 'other']) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${`${id}@example.org`}, 'user', 1)`;
    tokens[id] = await signToken({ id });
  }
});
beforeEach(async () => {
  await app.sql`delete from headway.session`;
  await app.sql`delete from file`;
  knowledgeId = await app.knowledge('Mine', me());
});
afterAll(() => app.stop());

interface Given {
  name: string;
  content?: string;
  type?: string;
  size?: number;
  /** Linked and with its text, as after processing. */
  ready?: boolean;
  process?: boolean;
}

async function put({ name, content = name, type, size, ready, process = false }: Given) {
  const { body } = await app.send(name, content, { knowledge_id: knowledgeId }, {
    ...me(),
    process,
  });
  const meta = { ...body.meta, ...(type && { content_type: type }), ...(size && { size }) };
  await app.sql`update file set meta = ${app.sql.json(meta)} where id = ${body.id}`;
  if (ready) await link(body.id);
  return body.id as string;
}

async function link(fileId: string): Promise<void> {
  await app.sql`insert into knowledge_file
    (id, knowledge_id, file_id, user_id, created_at, updated_at)
    values (${crypto.randomUUID()}, ${knowledgeId}, ${fileId}, 'me', 1, 1)`;
  await app.sql`update file set data = '{"status":"completed"}' where id = ${fileId}`;
}

const list = async (query: string) => {
  const { body } = await app.get(`/knowledge/${knowledgeId}/files?${query}`, me());
  return v.parse(KnowledgeFiles, body);
};
const names = ({ items }: KnowledgeFiles) => items.map((item) => item.filename);

describe('GET /knowledge/{id}/files', () => {
  test('without `state`, answers as the existing app does: the linked files, 30 a page', async () => {
    await put({ name: 'a.txt', ready: true });
    await put({ name: 'b.txt' });
    const page = await list('');
    expect(names(page)).toEqual(['a.txt']);
    expect(page).not.toHaveProperty('counts');
    expect(page.items[0]).not.toHaveProperty('state');
  });

  test('with `state`, says of all of them where they stand, and counts them', async () => {
    await put({ name: 'ready.txt', ready: true });
    await put({ name: 'idle.txt' });
    await put({ name: 'waiting.txt', process: true });
    const failed = await put({ name: 'failed.txt', process: true });
    await app.sql`update headway.job set status = 'error', finished_at = now()
      where file_id = ${failed}`;
    const page = await list('state=all&order_by=name&direction=asc');
    expect(page.items.map(({ filename, state }) => [filename, state])).toEqual([
      ['failed.txt', 'attention'],
      ['idle.txt', 'attention'],
      ['ready.txt', 'ready'],
      ['waiting.txt', 'working'],
    ]);
    expect(page.counts).toEqual({ ready: 1, working: 1, attention: 2 });
    const working = await list('state=working');
    expect([names(working), working.total]).toEqual([['waiting.txt'], 1]);
    expect(working.counts).toEqual(page.counts);
  });

  test('a file that is read again counts as worked on, and as ready when that is cancelled', async () => {
    const id = await put({ name: 'again.txt', ready: true });
    await app.post(`/knowledge/${knowledgeId}/file/update`, { file_id: id }, me());
    expect((await list('state=all')).items[0]?.state).toBe('working');
    await app.sql`update headway.job set status = 'cancelled', finished_at = now()`;
    expect((await list('state=all')).items[0]?.state).toBe('ready');
  });

  test('sorts by size with unknown sizes last, and by state with what needs somebody first', async () => {
    await put({ name: 'small.txt', size: 5, ready: true });
    await put({ name: 'large.txt', size: 5_000, process: true });
    const odd = await put({ name: 'odd.txt' });
    await app
      .sql`update file set meta = (meta::jsonb - 'size')::json where id = ${odd}`;
    expect(names(await list('state=all&order_by=size&direction=desc')))
      .toEqual(['large.txt', 'small.txt', 'odd.txt']);
    expect(names(await list('state=all&order_by=state&direction=asc')))
      .toEqual(['odd.txt', 'large.txt', 'small.txt']);
  });

  test('tells kinds by media type or name', async () => {
    await put({ name: 'talk.mp3', type: 'audio/mpeg', ready: true });
    await put({ name: 'sums.xlsx', type: 'application/octet-stream', ready: true });
    await put({ name: 'notes', type: 'text/plain', ready: true });
    for (
      const [kind, found] of [['audio', 'talk.mp3'], ['table', 'sums.xlsx'], ['document', 'notes']]
    ) expect(names(await list(`kind=${kind}`))).toEqual([found]);
    expect(names(await list('kind=video&state=all'))).toEqual([]);
  });

  test('pages as wide as asked, without a gap or a double', async () => {
    for (let n = 0; n < 7; n++) await put({ name: `${n}.txt`, size: 1, ready: true });
    const seen: string[] = [];
    for (const page of [1, 2, 3, 4]) {
      const found = await list(`limit=2&page=${page}&order_by=size&state=all`);
      expect(found.total).toBe(7);
      seen.push(...names(found));
    }
    expect(new Set(seen).size).toBe(7);
  });

  test.each(['state=done', 'kind=song', 'limit=201', 'limit=0', 'order_by=hash'])(
    'refuses %s',
    async (query) => {
      const answer = await app.get(`/knowledge/${knowledgeId}/files?${query}`, me());
      expect(notProblem(answer, 'invalid')).toBeNull();
    },
  );
});

describe('POST /knowledge/{id}/files/known', () => {
  const ask = async (files: unknown[]) => {
    const { body } = await app.post(`/knowledge/${knowledgeId}/files/known`, { files }, me());
    return v.parse(KnownFiles, body).items;
  };

  test('finds the same name and size, and else files worth comparing', async () => {
    const id = await put({ name: 'a.txt', content: 'twelve bytes', ready: true });
    expect(
      await ask([
        { name: 'new.txt', size: 99 },
        { name: 'b.txt', size: 12 },
        { name: 'folder/a.txt', size: 12 },
      ]),
    ).toMatchObject([
      { index: 1, match: 'size', file_id: id, name: 'a.txt' },
      { index: 2, match: 'name', file_id: id, name: 'a.txt' },
    ]);
  });

  test('the hash decides: the same bytes under another name, other bytes under the same', async () => {
    const id = await put({ name: 'a.txt', content: 'twelve bytes' });
    const same = (await sha256(new TextEncoder().encode('twelve bytes'))).toUpperCase();
    expect(
      await ask([
        { name: 'copy.txt', size: 12, sha256: same },
        { name: 'a.txt', size: 12, sha256: 'f'.repeat(64) },
      ]),
    ).toMatchObject([{ index: 0, match: 'content', file_id: id }]);
  });

  test('a hash cannot rule out a file whose hash nobody knows', async () => {
    const id = await put({ name: 'old.txt', content: 'twelve bytes', ready: true });
    await app.sql`update file set meta = (meta::jsonb - 'file_hash')::json where id = ${id}`;
    expect(await ask([{ name: 'old.txt', size: 12, sha256: 'f'.repeat(64) }]))
      .toMatchObject([{ match: 'name', file_id: id }]);
  });

  test('knows what is being sent right now', async () => {
    await app.post(
      `/knowledge/${knowledgeId}/sessions`,
      { uploads: [{ name: 'coming.mp4', size: 70 }] },
      me(),
    );
    expect(await ask([{ name: 'coming.mp4', size: 70 }]))
      .toMatchObject([{ match: 'name', file_id: null, name: 'coming.mp4' }]);
  });

  test('what is here comes before what is on its way: only that can be compared', async () => {
    const id = await put({ name: 'a.txt', content: 'twelve bytes', ready: true });
    await app.sql`update file set created_at = 1 where id = ${id}`;
    const uploads = [{ name: 'coming.txt', size: 12 }, { name: 'a.txt', size: 12 }];
    await app.post(`/knowledge/${knowledgeId}/sessions`, { uploads }, me());
    expect(await ask([{ name: 'b.txt', size: 12 }, { name: 'a.txt', size: 12 }]))
      .toMatchObject([{ match: 'size', file_id: id }, { match: 'name', file_id: id }]);
  });

  test('a file that failed or was cancelled is not there, unless it has a text', async () => {
    const id = await put({ name: 'a.txt', content: 'twelve bytes' });
    const hash = await sha256(new TextEncoder().encode('twelve bytes'));
    const asked = [
      { name: 'a.txt', size: 12 },
      { name: 'b.txt', size: 12 },
      { name: 'b.txt', size: 12, sha256: hash },
    ];
    const failure = { fileId: id, code: 'broken_file', reason: text('It is damaged') } as const;
    await app.db.orm.transaction((tx) => failFiles(tx, [failure]));
    expect(await ask(asked)).toEqual([]);
    const { body } = await app.post(
      `/knowledge/${knowledgeId}/sessions`,
      { file_ids: [id] },
      me(),
    );
    expect(await ask(asked)).toHaveLength(3);
    await app.post(`/sessions/${body.session_id}/cancel`, {}, me());
    expect(await ask(asked)).toEqual([]);
    await link(id);
    await app.sql`update file set data = '{"status":"completed","content":"Words."}'
      where id = ${id}`;
    await app.db.orm.transaction((tx) => failFiles(tx, [failure]));
    expect(await ask(asked)).toHaveLength(3);
  });

  test('knows nothing of another knowledge base', async () => {
    await put({ name: 'a.txt', content: 'twelve bytes', ready: true });
    knowledgeId = await app.knowledge('Another', me());
    expect(await ask([{ name: 'a.txt', size: 12 }])).toEqual([]);
  });

  test('compares ten thousand files of one size with a thousand of it in one answer', async () => {
    await app.sql`insert into file (id, user_id, filename, meta, created_at)
      select 'same-' || n, 'me', n || '.txt', json_build_object('size', 7, 'file_hash', n,
        'data', json_build_object('knowledge_id', ${knowledgeId}::text)), 1
      from generate_series(1, 1000) n`;
    const files = Array.from({ length: 10_000 }, (_, n) => ({ name: `${n + 1}.txt`, size: 7 }));
    const found = await ask(files);
    expect(found).toHaveLength(10_000);
    expect(found.filter(({ match }) => match === 'name')).toHaveLength(1_000);
  });

  test('answers nobody who may not see the knowledge base, and refuses what is no file', async () => {
    const path = `/knowledge/${knowledgeId}/files/known`;
    const denied = await app.post(path, { files: [] }, as('other'));
    expect(notProblem(denied, 'knowledge_not_found')).toBeNull();
    for (const file of [{ name: '', size: 1 }, { name: 'a', size: -1 }, { name: 'a' }]) {
      expect(notProblem(await app.post(path, { files: [file] }, me()), 'invalid')).toBeNull();
    }
    const bad = { files: [{ name: 'a', size: 1, sha256: 'abc' }] };
    expect(notProblem(await app.post(path, bad, me()), 'invalid')).toBeNull();
  });
});
