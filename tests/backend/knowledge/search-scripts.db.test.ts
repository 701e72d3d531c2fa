/**
 * Search over scripts without spaces, decomposed letters, parts of codes, and words with typos.
 *
 * @module
 */
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FoundInside, SearchResults } from '../../../backend/contract/files.ts';
import { indexContent, replaceContent, storeParts } from '../../../backend/knowledge/content.ts';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { reindexPassages } from '../../../backend/knowledge/search-index.ts';
import { search } from '../../../backend/knowledge/search.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

const JAPANESE =
  '会議の議事録です。来年の予算について話し合いました。東京都の担当者は山田太郎さんです。';
const DECOMPOSED = 'Die Brücke in Köln gehört Frau Müller-Lüdenscheidt.'.normalize('NFD');

let app: TestApp;
let knowledgeId: string;
const files: Record<string, string> = {};
beforeAll(async () => {
  app = await startTestApp();
  knowledgeId = await app.knowledge();
  const texts = {
    japanese: JAPANESE,
    decomposed: DECOMPOSED,
    thai: 'การประชุมประจำปีที่กรุงเทพมหานคร',
    chinese: '我们明年的预算已经通过。',
    korean: '내년 예산을 논의했습니다',
    codes: 'Invoice INV-2024-00017, ask info@example.com, part XK2024, file my_report.pdf',
    soft: 'Die Donau\u00addampf\u00adschiff\u00adfahrt fährt. O’Brien and l’été.',
    wide: 'Ｔｏｋｙｏ　Ｔｏｗｅｒ ٣٤٥',
    english: 'An amiable visitor was living in a comfortable house.',
    cyrillic: 'Договор подписан в Москве',
  };
  for (const [name, text] of Object.entries(texts)) files[name] = await read(name, [text]);
});
afterAll(() => app.stop());

async function read(name: string, texts: string[], into = knowledgeId): Promise<string> {
  const { body } = await app.send(`${name}.txt`, name, { knowledge_id: into }, { process: false });
  const parts = texts.map((text, index) => ({
    index,
    kind: 'page' as const,
    label: null,
    text,
    start: null,
    end: null,
  }));
  const reader = { id: 'document', version: 1, source: null };
  await app.db.orm.transaction(async (tx) => {
    await storeParts(tx, body.id, reader, { parts, checkpoint: {}, fraction: 1, duration: null });
    await indexContent(tx, body.id);
    await completeFile(tx, body.id, { text: null, knowledgeId: into });
  });
  return body.id;
}

async function ask(q: string, more = '', path = `/knowledge/${knowledgeId}/search`) {
  const { status, body } = await app.get(`${path}?q=${encodeURIComponent(q)}${more}`);
  expect(status).toBe(200);
  return v.parse(SearchResults, body);
}

const marks = ({ hits }: SearchResults) =>
  hits.map(({ snippet, matches }) => matches.map(([from, to]) => snippet.slice(from, to)));

test.each([
  ['予算', 'japanese', ['予算']],
  ['東京', 'japanese', ['東京']],
  ['山田太郎', 'japanese', ['山田太郎']],
  ['録', 'japanese', ['録で']],
  ['Müller', 'decomposed', ['Mu\u0308ller']],
  ['Brücke', 'decomposed', ['Bru\u0308cke']],
  ['Köln', 'decomposed', ['Ko\u0308ln']],
  ['Ko\u0308ln', 'decomposed', ['Ko\u0308ln']],
  ['Lüden', 'decomposed', ['Lu\u0308denscheidt']],
  ['ประชุม', 'thai', ['ประชุม']],
  ['กรุงเทพ', 'thai', ['กรุงเทพ']],
  ['预算', 'chinese', ['预算']],
  ['예산', 'korean', ['예산']],
  ['00017', 'codes', ['00017']],
  ['INV-2024-00017', 'codes', ['INV-2024-00017']],
  ['inv-2024', 'codes', ['INV-2024']],
  ['example', 'codes', ['example']],
  ['info@exam', 'codes', ['info@example']],
  ['report', 'codes', ['report']],
  ['XK2024', 'codes', ['XK2024']],
  ['donaudampfschiff', 'soft', ['Donau\u00addampf\u00adschiff\u00adfahrt']],
  ['Donau\u00addampf', 'soft', ['Donau\u00addampf\u00adschiff\u00adfahrt']],
  ["o'brien", 'soft', ['O’Brien']],
  ['obrien', 'soft', ['O’Brien']],
  ['été', 'soft', ['été']],
  ['tokyo', 'wide', ['Ｔｏｋｙｏ']],
  ['345', 'wide', ['٣٤٥']],
  ['amia', 'english', ['amiable']],
  ['lives', 'english', ['living']],
  ['the amiable', 'english', ['amiable']],
])('%s is found in the %s text', async (q, name, expected) => {
  const found = await ask(q);
  expect(found.hits.map((hit) => hit.file_id)).toEqual([files[name]]);
  expect(found.approximate).toBeUndefined();
  expect(marks(found)).toEqual([expected]);
});

test.each(['Müller', 'Brücke', 'Köln'])('%s is found inside the decomposed text', async (q) => {
  const path = `/files/${files.decomposed}/find?q=${encodeURIComponent(q)}`;
  expect(v.parse(FoundInside, (await app.get(path)).body).total).toBe(1);
});

test.each([
  ['amiabel', 'english', 'amiable'],
  ['comfrtable', 'english', 'comfortable'],
  ['amiable vissitor', 'english', 'visitor'],
  ['Bruecke Köln', null, ''],
  ['Brücken-', 'decomposed', 'Bru\u0308cke'],
  ['договар', 'cyrillic', 'Договор'],
  ['zzzzzzz', null, ''],
])('a typo is forgiven: %s', async (q, name, expected) => {
  const found = await ask(q);
  expect(found.hits.map((hit) => hit.file_id)).toEqual(name === null ? [] : [files[name]]);
  expect(found.approximate).toBe(name === null ? undefined : true);
  if (name !== null) expect(marks(found).flat()).toContain(expected);
});

describe('GET /search', () => {
  test('finds all that one may read, and nothing else', async () => {
    const other = await app.knowledge();
    const file = await read('elsewhere', ['A zeppelin over 予算'], other);
    const { hits } = await ask('zeppelin', '', '/search');
    expect(hits.map((hit) => hit.file_id)).toEqual([file]);
    const both = await ask('予算', '', '/search');
    expect(new Set(both.hits.map((hit) => hit.file_id))).toEqual(new Set([file, files.japanese]));
  });

  test('names the first knowledge base of each file, and counts them', async () => {
    const [b, a] = [await app.knowledge('b base'), await app.knowledge('A base')];
    const file = await read('in two', ['A quetzal'], b);
    await app.post(`/knowledge/${a}/file/add`, { file_id: file });
    const alone = await read('in one', ['The other quetzal'], b);
    const { hits } = await ask('quetzal', '&group=file', '/search');
    expect(new Map(hits.map(({ file_id, knowledge }) => [file_id, knowledge]))).toEqual(
      new Map([
        [file, { id: a, name: 'A base', total: 2 }],
        [alone, { id: b, name: 'b base', total: 1 }],
      ]),
    );
    const inside = await ask('quetzal', '', `/knowledge/${b}/search`);
    expect(inside.hits.map((hit) => 'knowledge' in hit)).toEqual([false, false]);
    await app.post(`/knowledge/${b}/file/remove?delete_file=false`, { file_id: alone });
    const left = await ask('quetzal', '', '/search');
    expect(left.hits.find((hit) => hit.file_id === alone)?.knowledge).toBeNull();
  });
});

test('group=file gives each file once, pages over files, and file_id gives the rest', async () => {
  const base = await app.knowledge();
  const many = await read('many', Array.from({ length: 7 }, (_, n) => `Walrus number ${n}`), base);
  const one = await read('one', ['A walrus, a walrus'], base);
  const path = `/knowledge/${base}/search`;
  const grouped = await ask('walrus', '&group=file', path);
  expect([grouped.total, grouped.total_files]).toEqual([8, 2]);
  expect(new Map(grouped.hits.map((hit) => [hit.file_id, hit.in_file])))
    .toEqual(new Map([[many, 7], [one, 1]]));
  const second = await ask('walrus', '&group=file&limit=1&offset=1', path);
  expect(second.hits.map((hit) => hit.file_id)).toEqual([grouped.hits[1]?.file_id]);
  expect((await ask('walrus', '&group=file&offset=9', path)).total_files).toBe(2);
  const rest = await ask('walrus', `&file_id=${many}`, path);
  expect([rest.total, new Set(rest.hits.map((hit) => hit.part_index)).size]).toEqual([7, 7]);
});

test('every hit is on one page, whatever the size of the pages', async () => {
  const base = await app.knowledge();
  await read('pages', Array.from({ length: 230 }, (_, n) => `Heron ${n}`), base);
  const seen: number[] = [];
  for (let offset = 0; offset < 240; offset += 60) {
    const page = await ask('heron', `&limit=60&offset=${offset}`, `/knowledge/${base}/search`);
    expect(page.total).toBe(230);
    seen.push(...page.hits.map((hit) => hit.part_index));
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 230 }, (_, n) => n));
});

test('no text of a query is an error', async () => {
  const scope = { knowledgeId };
  const run = (query: string) => search(app.db.orm, { scope, query, limit: 5, offset: 0 });
  const odd = ['\0', '\ud800', '\udc00a', "'\\'", ':*', '!', '(', '<->', '\u0301', '"', '- -'];
  for (const unit of [...odd, 'a', 'ab ', '山', 'a-', '-a ', ' or ', '山 ']) {
    for (const query of [unit, unit.repeat(400), unit.repeat(10_000).slice(0, 10_000)]) {
      expect((await run(query)).total).toBeGreaterThanOrEqual(0);
    }
  }
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, async (query) => void expect((await run(query)).query).toBe(query)),
    { numRuns: 60 },
  );
}, 120_000);

test('any piece of a text is found, in any of its forms', async () => {
  const base = await app.knowledge();
  const { body } = await app.send('any.txt', 'any', { knowledge_id: base }, { process: false });
  const words = fc.array(
    fc.constantFrom(
      'Mühle',
      'naïve',
      '予算会議',
      'ประชุม',
      'INV-77',
      'a@b.org',
      'Ωmega',
      'x2y',
      '한국',
    ),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(words, fc.nat(), fc.nat(2), async (pieces, pick, form) => {
      await app.db.orm.transaction((tx) => replaceContent(tx, body.id, pieces.join(' ')));
      await app.sql`insert into knowledge_file
          (id, knowledge_id, file_id, user_id, created_at, updated_at)
        values (${body.id}, ${base}, ${body.id}, 'local', 1, 1) on conflict do nothing`;
      const word = pieces[pick % pieces.length]!;
      const q = [word, word.normalize('NFD'), [...word].join('\u00ad')][form]!;
      const found = await ask(q, '', `/knowledge/${base}/search`);
      expect([q, found.total, found.approximate]).toEqual([q, 1, undefined]);
      expect(found.hits[0]?.matches.length).toBeGreaterThan(0);
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('passages of an earlier release are found, and indexed again', async () => {
  const base = await app.knowledge();
  const file = await read('old', ['Old 予算 file INV-2024-00099'], base);
  await app.sql`update headway.passage set words_version = 0,
    words = to_tsvector('english', text) || to_tsvector('simple', text) where file_id = ${file}`;
  const path = `/knowledge/${base}/search`;
  expect((await ask('file', '', path)).total).toBe(1);
  while (await reindexPassages(app.db) > 0);
  expect((await ask('00099', '', path)).total).toBe(1);
  expect((await ask('算', '', path)).total).toBe(1);
});
