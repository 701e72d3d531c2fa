import { ExportedFile, FileOutline, FileParts, FoundInside, type Part } from '#contract/files.ts';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, notProblem, SECRET, signToken } from '../../support/app.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { pagesOf, segmentsOf, type StoredParts, storeParts } from '../../support/parts.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

async function file(name: string, stored?: StoredParts): Promise<string> {
  const { body } = await app.send(name, crypto.randomUUID(), {}, { process: false });
  if (stored) await storeParts(app.sql, body.id, stored);
  return body.id;
}

const SPOKEN = segmentsOf(['Ä first & only <line>.', 'A second one.']);
const recording = () => file('Bücher.wav', { processor: 'speech', duration: 20, parts: SPOKEN });
const exported = (id: string, query: string) => app.get(`/files/${id}/export?${query}`);

describe('GET /files/{id}/export', () => {
  test.each([
    ['txt', 'text/plain; charset=utf-8', /^Ä first & only <line>\.\nA second one\.$/],
    ['md', 'text/markdown; charset=utf-8', /^# Bücher\.wav\n\n\*\*0:00\*\* Ä first \\& only/],
    ['srt', 'application/x-subrip; charset=utf-8', /^1\r\n00:00:00,000 --> 00:00:10,000\r\nÄ /],
    ['vtt', 'text/vtt; charset=utf-8', /^WEBVTT\n\n00:00:00\.000 --> 00:00:10\.000\nÄ first &amp;/],
  ])('%s is sent as what it is, under the name of its file', async (format, type, text) => {
    const { status, headers, body } = await exported(await recording(), `format=${format}`);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(body).toMatch(text);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="B_cher.${format}"; filename*=UTF-8''B%C3%BCcher.${format}`,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('json has all there is', async () => {
    const id = await recording();
    const { headers, body } = await exported(id, 'format=json');
    expect(headers.get('content-type')).toBe('application/json');
    expect(v.parse(ExportedFile, body)).toEqual({
      id,
      name: 'Bücher.wav',
      kind: 'transcript',
      duration: 20,
      complete: true,
      parts: SPOKEN,
    });
  });

  test('can be shown in place: captions of a video', async () => {
    const { headers } = await exported(await recording(), 'format=vtt&download=false');
    expect(headers.get('content-disposition')).toMatch(/^inline; /);
  });

  test('the text of a document is that of the app, or has marks of its pages', async () => {
    const id = await file('places.pdf');
    await app.post(`/files/${id}/data/content/update`, { content: 'First.\n\nSecond.' });
    const { body: row } = await app.get(`/files/${id}`);
    expect((await exported(id, 'format=txt')).body).toBe(row.data.content);
    await storeParts(app.sql, id, { parts: pagesOf(['One.', 'Two.']) });
    expect((await exported(id, 'marks=true')).body)
      .toBe('--- Page 1 ---\n\nOne.\n\n--- Page 2 ---\n\nTwo.\n');
  });

  test('a table is a table in Markdown', async () => {
    const id = await file('a.csv', {
      processor: 'csv',
      parts: pagesOf(['A | B\n1 | 2'], 'section'),
    });
    expect((await exported(id, 'format=md')).body).toContain('| A | B |\n| --- | --- |\n| 1 | 2 |');
  });

  test('a document of 5,000 pages comes whole and in its order', async () => {
    const parts = pagesOf(
      Array.from({ length: 5_000 }, (_, at) => `Page ${at}: ${'x'.repeat(500)}`),
    );
    const id = await file('long.pdf', { parts });
    const { body } = await exported(id, 'format=json');
    expect(body.parts.map(({ text }: Part) => text)).toEqual(parts.map(({ text }) => text));
  });

  test('a reader who leaves in the middle ends the reading', async () => {
    const id = await file('left.pdf', { parts: pagesOf(Array(2_000).fill('x'.repeat(2_000))) });
    const answer = await app.headway.routes.request(`/api/v1/files/${id}/export`);
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await app.get('/files/count')).status).toBe(200);
  });

  test('HEAD has the headers alone', async () => {
    const answer = await app.ask('HEAD', `/files/${await recording()}/export?format=vtt`);
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
  });

  test('what is being transcribed can be had as far as it is', async () => {
    const id = await file('running.wav', { processor: 'speech', complete: false, parts: SPOKEN });
    expect((await exported(id, 'format=json')).body).toMatchObject({
      complete: false,
      parts: [{}, {}],
    });
  });

  test('says why it has nothing', async () => {
    const document = await file('a.pdf', { parts: pagesOf(['x']) });
    for (const format of ['srt', 'vtt']) {
      expect(notProblem(await exported(document, `format=${format}`), 'invalid')).toBeNull();
    }
    expect(notProblem(await exported(document, 'format=docx'), 'invalid')).toBeNull();
    const fresh = await file('b.pdf');
    expect(notProblem(await exported(fresh, 'format=txt'), 'conflict')).toBeNull();
    await app
      .sql`update file set data = '{"status":"failed","error":"It is broken"}' where id = ${fresh}`;
    expect((await exported(fresh, 'format=txt')).body.detail).toContain('It is broken');
    const missing = crypto.randomUUID();
    expect(notProblem(await exported(missing, 'format=txt'), 'file_not_found')).toBeNull();
  });
});

describe('GET /files/{id}/parts, /outline and /find', () => {
  test('say what is there before all of it is', async () => {
    const id = await file('running.wav', { processor: 'speech', complete: false, parts: SPOKEN });
    const parts = v.parse(FileParts, (await app.get(`/files/${id}/parts?offset=1`)).body);
    expect(parts).toMatchObject({ kind: 'transcript', complete: false, total: 2 });
    expect(parts.parts).toEqual([SPOKEN[1]]);
  });

  test('say whether lines are rows', async () => {
    const id = await file('a.csv', { processor: 'csv', parts: pagesOf(['a | b'], 'section') });
    expect((await app.get(`/files/${id}/parts`)).body.table).toBe(true);
  });

  test('the outline joins neighbours of one kind and label', async () => {
    const sheets = pagesOf(['', '', '', ''], 'sheet').map((part, at) => ({
      ...part,
      label: at < 3 ? 'Sums' : 'Notes',
    }));
    const id = await file('a.xlsx', { processor: 'spreadsheet', parts: sheets });
    const { entries } = v.parse(FileOutline, (await app.get(`/files/${id}/outline`)).body);
    expect(entries).toEqual([
      { index: 0, count: 3, kind: 'sheet', label: 'Sums' },
      { index: 3, count: 1, kind: 'sheet', label: 'Notes' },
    ]);
  });

  test('find counts part by part, in 5,000 pages too', async () => {
    const texts = Array.from(
      { length: 5_000 },
      (_, at) => at % 1_000 === 7 ? 'Ünd ÜND' : 'nothing',
    );
    const id = await file('long.pdf', { parts: pagesOf(texts) });
    const find = async (
      q: string,
    ) => (await app.get(`/files/${id}/find?q=${encodeURIComponent(q)}`));
    expect(v.parse(FoundInside, (await find(' ünd ')).body)).toEqual({
      query: 'ünd',
      total: 10,
      parts: [[7, 2], [1_007, 2], [2_007, 2], [3_007, 2], [4_007, 2]],
    });
    expect((await find('.*')).body.total).toBe(0);
    for (const q of ['', ' x ', 'x'.repeat(201)]) {
      expect(notProblem(await find(q), 'invalid')).toBeNull();
    }
  });

  test('the row of a file can be had without its text', async () => {
    const id = await recording();
    expect((await app.get(`/files/${id}`)).body.data.content).toContain('second');
    const { body } = await app.get(`/files/${id}?content=false`);
    expect(body.data).toEqual({ status: 'completed' });
  });
});

test('only who may read a file may have its text', async () => {
  const other = await startTestApp({ authSecret: SECRET });
  try {
    const tokens: string[] = [];
    for (const id of ['owner', 'stranger']) {
      await other.sql`insert into "user" (id, name, email, role, created_at)
        values (${id}, ${id}, ${`${id}@example.org`}, 'user', 1)`;
      tokens.push(await signToken({ id }));
    }
    const [owner = '', stranger = ''] = tokens;
    const { body } = await other.send('a.wav', 'a', {}, { process: false, token: owner });
    await storeParts(other.sql, body.id, { processor: 'speech', parts: SPOKEN });
    for (const path of ['export?format=vtt', 'outline', 'find?q=line', 'parts']) {
      const ask = (token?: string): Promise<Answer> =>
        other.get(`/files/${body.id}/${path}`, token ? { token } : {});
      expect([path, (await ask(owner)).status]).toEqual([path, 200]);
      expect(notProblem(await ask(stranger), 'file_not_found')).toBeNull();
      expect(notProblem(await ask(), 'unauthenticated')).toBeNull();
    }
  } finally {
    await other.stop();
  }
});
