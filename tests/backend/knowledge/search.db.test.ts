import { and, eq } from 'drizzle-orm';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Part, SearchResults } from '../../../backend/contract/files.ts';
import { passage } from '../../../backend/database/schema.ts';
import { indexContent, storeParts } from '../../../backend/knowledge/content.ts';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { notProblem, sha256, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
let knowledgeId: string;
let document: string;
let recording: string;

beforeAll(async () => {
  app = await startTestApp();
  knowledgeId = await app.knowledge();
  document = await read('emma.pdf', [
    part(
      0,
      'page',
      'Emma Woodhouse, handsome, clever, and rich, had lived nearly twenty-one years.',
    ),
    part(1, 'page', `${'Nothing of it here. '.repeat(100)}Mr. Knightley, a sensible man.`),
    part(2, 'page', 'Die Bücher über Straßen & <b>Wälder</b>.'),
  ]);
  recording = await read('talk.wav', [
    part(0, 'segment', 'She was a very amiable woman.', 0, 12.5),
    part(1, 'segment', 'The amiable visitors were living in London.', 12.5, 20),
  ]);
});
afterAll(() => app.stop());

function part(
  index: number,
  kind: Part['kind'],
  text: string,
  start: number | null = null,
  end: number | null = null,
): Part {
  return { index, kind, label: null, text, start, end };
}

/** A file as a worker leaves it. */
async function read(name: string, parts: Part[], into = knowledgeId): Promise<string> {
  const { body } = await app.send(name, name, { knowledge_id: into }, { process: false });
  const isSpeech = parts[0]?.kind === 'segment';
  const reader = { id: isSpeech ? 'speech' : 'document', version: 1, source: null };
  await app.db.orm.transaction(async (tx) => {
    const duration = isSpeech ? 20 : null;
    await storeParts(tx, body.id, reader, { parts, checkpoint: {}, fraction: 1, duration });
    await indexContent(tx, body.id);
    await completeFile(tx, body.id, { text: null, knowledgeId: into });
  });
  return body.id;
}

async function search(q: string, more = '') {
  const { status, body } = await app.get(
    `/knowledge/${knowledgeId}/search?q=${encodeURIComponent(q)}${more}`,
  );
  expect(status).toBe(200);
  return v.parse(SearchResults, body);
}

describe('GET /knowledge/{id}/search', () => {
  test('finds both sentences at their time', async () => {
    const { hits, total, query } = await search('amiable');
    expect([query, total]).toEqual(['amiable', 2]);
    expect(hits.map(({ file_id, start, end }) => [file_id, start, end])).toEqual(
      expect.arrayContaining([[recording, 0, 12.5], [recording, 12.5, 20]]),
    );
    for (const { snippet, matches } of hits) {
      expect(matches.map(([from, to]) => snippet.slice(from, to))).toEqual(['amiable']);
    }
  });

  test.each([
    ['handsome clever', 0],
    ['"clever, and rich"', 0],
    ['lives', 0],
    ['knightley', 1],
    ['sensible -handsome', 1],
    ['Bücher', 2],
    ['straßen', 2],
  ])('finds %s on page %i', async (q, page) => {
    const { hits } = await search(q);
    const found = hits.filter((hit) => hit.file_id === document);
    expect(found.map((hit) => hit.part_index)).toEqual([page]);
    expect(found[0]).toMatchObject({ filename: 'emma.pdf', kind: 'page', start: null, end: null });
  });

  test('answers either of two words, and text that is no word with nothing', async () => {
    expect((await search('knightley or visitors')).total).toBe(2);
    for (const q of ['zebra', '&|!()', "'", '\\', ':*', '<->', '📚', '"', '-', 'a'.repeat(400)]) {
      expect([q, await search(q)]).toEqual([q, { query: q.trim(), hits: [], total: 0 }]);
    }
  });

  test('pages, and keeps the total beyond the end', async () => {
    const [one, two] = [
      await search('amiable', '&limit=1'),
      await search('amiable', '&limit=1&offset=1'),
    ];
    expect([one.total, two.total]).toEqual([2, 2]);
    expect(one.hits[0]?.part_index).not.toBe(two.hits[0]?.part_index);
    expect(await search('amiable', '&offset=5')).toEqual({ query: 'amiable', hits: [], total: 2 });
  });

  test('a match is where it says, whatever the document holds', async () => {
    const { hits: [hit] } = await search('Wälder');
    const [[from, to] = [0, 0]] = hit?.matches ?? [];
    expect(hit?.snippet.slice(from, to)).toBe('Wälder');
  });

  test('finds nothing of another knowledge base, nor of a file that was removed', async () => {
    const other = await app.knowledge();
    const file = await read('other.txt', [part(0, 'section', 'A peculiar zeppelin')], other);
    expect((await search('zeppelin')).total).toBe(0);
    expect((await app.get(`/knowledge/${other}/search?q=zeppelin`)).body.total).toBe(1);
    await app.delete(`/files/${file}`);
    expect((await app.get(`/knowledge/${other}/search?q=zeppelin`)).body.total).toBe(0);
  });

  test.each([
    '',
    '?q=',
    '?q=%20',
    `?q=${'x'.repeat(401)}`,
    '?q=a&limit=0',
    '?q=a&limit=101',
    '?q=%00',
  ])(
    'refuses %s',
    async (query) => {
      const answer = await app.get(`/knowledge/${knowledgeId}/search${query}`);
      expect(notProblem(answer, 'invalid')).toBeNull();
    },
  );
});

describe('a file that was read', () => {
  test('is completed for the app, with its text, its hash and its link', async () => {
    const { body } = await app.get(`/files/${recording}`);
    const text = 'She was a very amiable woman.\nThe amiable visitors were living in London.';
    expect(body.data).toEqual({ status: 'completed', content: text });
    expect(body.hash).toBe(await sha256(new TextEncoder().encode(text)));
    const files = await app.get(`/knowledge/${knowledgeId}/files`);
    expect(files.body.total).toBe(2);
    const [link] = await app.sql`select user_id from knowledge_file where file_id = ${recording}`;
    expect(link?.user_id).toBe('local');
  });

  test('gives its parts by pages', async () => {
    const all = await app.get(`/files/${recording}/parts`);
    expect(all.body).toMatchObject({ kind: 'transcript', duration: 20, total: 2 });
    expect(all.body.parts).toHaveLength(2);
    const second = await app.get(`/files/${document}/parts?offset=1&limit=1`);
    expect(second.body).toMatchObject({ kind: 'document', duration: null, total: 3 });
    expect(second.body.parts.map((each: { index: number }) => each.index)).toEqual([1]);
    const beyond = await app.get(`/files/${document}/parts?offset=3`);
    expect(beyond.body).toMatchObject({ parts: [], total: 3 });
    expect(notProblem(await app.get(`/files/${document}/parts?limit=501`), 'invalid')).toBeNull();
  });
});

test('passages are stored with their parts, once; what an older release left is cut at the end', async () => {
  const { body } = await app.send('twice.txt', 'x', {}, { process: false });
  const reader = { id: 'document', version: 1, source: null };
  const parts = [
    part(0, 'page', 'First page. '.repeat(150)),
    part(1, 'page', ''),
    part(2, 'page', 'Third page'),
  ];
  const step = { parts, checkpoint: {}, fraction: 0.5, duration: null };
  const cut = async () =>
    (await app.db.orm.select().from(passage).where(eq(passage.fileId, body.id)))
      .map(({ partIndex, ordinal }) => `${partIndex}.${ordinal}`).sort();
  await app.db.orm.transaction((tx) => storeParts(tx, body.id, reader, step));
  await app.db.orm.transaction((tx) => storeParts(tx, body.id, reader, step));
  expect(await cut()).toEqual(['0.0', '0.1', '2.0']);
  await app.db.orm.delete(passage).where(
    and(eq(passage.fileId, body.id), eq(passage.partIndex, 0)),
  );
  const index = () => app.db.orm.transaction((tx) => indexContent(tx, body.id));
  const text = await index();
  expect(await cut()).toEqual(['0.0', '0.1', '2.0']);
  expect(await index()).toBe(text);
  expect(await cut()).toEqual(['0.0', '0.1', '2.0']);
});
