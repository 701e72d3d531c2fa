/**
 * What the app has in its JSON columns is as it was when Headway's part of it is gone, and stays as
 * it is while that part is there.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { clean } from '../../../backend/queue/clean.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

/** JSON text; null is SQL NULL. */
const VALUES: Record<string, string | null> = {
  'SQL NULL': null,
  'JSON null': 'null',
  'an empty object': '{}',
  'an object': '{"b": [1, null, {"c": "x"}],  "a": {"source": "y"}}',
  'an object with source': '{"source": "local", "theirs": 1}',
  'an object of an external base': '{"source": "external"}',
  'a source that is null': '{"source": null}',
  'a source that is a list': '{"source": ["local"]}',
  'an empty key': '{"": 1, "\uFDD0": 2}',
  'texts of our keys': '{"processing_sessions": "x", "processing_progress": 5}',
  'escapes': String.raw`{"a": "\u00e9 \ud83d\ude00 \\u0000 \\\\ \" \/ \n", "\\ud800": "\\"}`,
  'our marks':
    '{"a": "\uFDD0u0000\uFDD1", "b": "\uFDD01e5\uFDD1", "c": "\uFDD0m\uFDD1\uFDD0\uFDD1"}',
  'numbers': '{"a": 1.50, "b": 1e5, "c": -2.5E-7, "d": 12345678901234567890.10, "e": "1e999"}',
  'a list': '[1, "source", {"a": null}]',
  'an empty list': '[]',
  'a text': '"text"',
  'a number': '5',
  'a boolean': 'false',
};

/** No `jsonb` holds these. */
const ONLY_JSON: Record<string, string> = {
  'NUL': String.raw`{"a": "x\u0000y", "\u0000": {"\u0000\u0000": ["\\\u0000"]}}`,
  'halves of pairs': String.raw`{"a": "\ud800", "b": "\udc00\ud83d", "c": "\ud83d\ude00\ude00"}`,
  'numbers beyond numeric': `{"a": 1e999999, "b": [-1.5E+400000, 7${'0'.repeat(400)}e131072]}`,
  'keys twice': '{"a": 1, "a": 2}',
  'a list with NUL': String.raw`["\u0000", 1e999999]`,
  'a text with NUL': String.raw`"\u0000"`,
};

describe.each(['json', 'jsonb'] as const)('columns of %s', (type) => {
  let app: TestApp;
  const values: [string, string | null][] = Object.entries(
    type === 'json' ? { ...VALUES, ...ONLY_JSON } : VALUES,
  );
  const literal = (text: string | null) =>
    app.sql.unsafe(text === null ? 'null' : `'${text}'::${type}`);

  beforeAll(async () => {
    app = await startTestApp();
    if (type === 'json') return;
    await app.sql`select headway.leave_file_list()`;
    await app.sql`alter table file alter data type jsonb, alter meta type jsonb`;
    await app.sql`alter table knowledge alter meta type jsonb`;
  });
  afterAll(() => app.stop());

  const report = (knowledgeId: string, sessionId: string, progress = 10) =>
    app.headway.progress.updateProgress({ sessionId, knowledgeId }, { progress });
  const clear = async (sessionId: string) =>
    expect((await app.delete(`/progress/${sessionId}`)).status).toBe(200);

  async function base(meta: string | null): Promise<string> {
    const id = crypto.randomUUID();
    await app.sql`insert into knowledge (id, user_id, name, meta, created_at, updated_at)
      values (${id}, 'local', 'Base', ${literal(meta)}, 1, 2)`;
    return id;
  }
  const textOf = async (id: string): Promise<string | null> =>
    (await app.sql`select meta::text from knowledge where id = ${id}`)[0]?.meta;
  /** Returns what is there then. */
  const write = async (id: string, meta: string | null): Promise<string | null> =>
    (await app.sql`update knowledge set meta = ${literal(meta)} where id = ${id}
      returning meta::text`)[0]?.meta;
  const originals = async () => (await app.sql`select 1 from headway.original_meta`).length;

  /** Nothing is kept of what ended a day ago. */
  async function forgetAll(): Promise<void> {
    await app.sql`update headway.original_meta set ended_at = ended_at - interval '25 hours'`;
    await clean(app.db, {
      historyDays: 90,
      bytes: { async *list() {}, remove: () => Promise.resolve() },
    });
    expect(await originals()).toBe(0);
  }

  /** The app's part of an object. */
  async function theirs(id: string): Promise<Record<string, unknown>> {
    const { processing_progress, processing_sessions, ...rest } = JSON.parse(
      await textOf(id) ?? 'null',
    );
    expect(processing_sessions[processing_progress.session_id]).toEqual(processing_progress);
    return rest;
  }
  const isObject = (text: string | null) => text?.startsWith('{') === true;
  const ours = /^processing_/;

  test.each(values)('knowledge.meta that is %s', async (_name, meta) => {
    const id = await base(meta);
    const before = await textOf(id);
    const expected = isObject(meta)
      ? Object.fromEntries(
        Object.entries(JSON.parse(before!)).filter(([key]) => !ours.test(key)),
      )
      : {};
    const sessions = ['a', '\uFDD0m\uFDD1'].map((name) => `${id}-${name}`);
    for (const [at, session] of [...sessions, ...sessions].entries()) {
      expect(await report(id, session, at)).toBe(true);
      expect(await theirs(id)).toEqual({ source: 'local', ...expected });
    }
    await clear(sessions[0]!);
    expect(await theirs(id)).toEqual({ source: 'local', ...expected });
    await clear(sessions[1]!);
    expect(await textOf(id)).toBe(before);
    await forgetAll();
  });

  test.each(values)('what the app writes meanwhile stays when it is %s', async (_name, meta) => {
    const id = await base('{"theirs": 1}');
    await report(id, `${id}-a`);
    const written = await write(id, meta);
    await report(id, `${id}-a`, 20);
    await clear(`${id}-a`);
    expect(await textOf(id)).toBe(written);
    await report(id, `${id}-b`);
    await write(id, meta);
    await clear(`${id}-b`);
    expect(await textOf(id)).toBe(written);
    await forgetAll();
  });

  test.each(values)('a key that the app adds meanwhile stays beside %s', async (_name, meta) => {
    const id = await base(meta);
    const before = isObject(meta) ? JSON.parse(await textOf(id) ?? '{}') : {};
    await report(id, `${id}-a`);
    await app.sql`update knowledge set meta =
      (left(meta::text, -1) || ', "added": [1]}')::${app.sql.unsafe(type)} where id = ${id}`;
    await report(id, `${id}-a`, 20);
    await clear(`${id}-a`);
    const after = await textOf(id) ?? '';
    for (const [odd] of meta?.matchAll(/(?<!\\)\\u0000|1e999999/g) ?? []) {
      if (isObject(meta)) expect(after).toContain(odd);
    }
    const kept = Object.entries(before).filter(([key]) => !ours.test(key));
    // Without a source the app's list would hide it.
    const expected = { source: 'local', ...Object.fromEntries(kept), added: [1] };
    expect(JSON.parse(after)).toEqual(expected);
    await report(id, `${id}-b`);
    await clear(`${id}-b`);
    expect(await textOf(id)).toBe(after);
  });

  test('nothing is kept of a knowledge base that the app deletes', async () => {
    const id = await base('{"theirs": 1}');
    await report(id, `${id}-a`);
    await app.sql`delete from knowledge where id = ${id}`;
    await forgetAll();
  });

  test('a source that the app sets meanwhile stays', async () => {
    const id = await base(null);
    await report(id, `${id}-a`);
    await app.sql`update knowledge set meta = (jsonb_set(meta::jsonb, '{source}', '"theirs"'))
      ::${app.sql.unsafe(type)} where id = ${id}`;
    await clear(`${id}-a`);
    expect(await textOf(id)).toMatch(/^\{"source": ?"theirs"\}$/);
  });

  test('progress that an earlier release wrote is removed, and the rest stays', async () => {
    const session = { session_id: 'old', last_updated: 1 };
    const id = await base(JSON.stringify({
      theirs: 1,
      source: 'local',
      processing_progress: session,
      processing_sessions: { old: session },
    }));
    await report(id, `${id}-a`);
    await clear(`${id}-a`);
    expect(JSON.parse(await textOf(id) ?? '')).toEqual({ theirs: 1, source: 'local' });
  });

  async function file(meta: string | null, data: string | null = null): Promise<string> {
    const id = crypto.randomUUID();
    await app.sql`insert into file (id, user_id, filename, data, meta, created_at, updated_at)
      values (${id}, 'local', 'a.txt', ${literal(data)}, ${literal(meta)}, 1, 2)`;
    return id;
  }
  const rowOf = async (id: string) => {
    const [row] = await app.sql`select filename, meta::text, data::text from file where id = ${id}`;
    if (!row) throw new Error(`There is no such file: ${id}`);
    return row;
  };

  test.each(values)('file.meta that is %s, renamed and declared', async (_name, meta) => {
    const id = await file(meta);
    const before = await rowOf(id);
    const filename = '\uFDD0m\uFDD1.txt';
    expect((await app.post(`/files/${id}/rename`, { filename })).body.filename).toBe(filename);
    const json = { language: 'de' };
    expect((await app.ask('PATCH', `/files/${id}/processing`, { json })).status).toBe(200);
    const after = await rowOf(id);
    expect(after.filename).toBe(filename);
    if (meta !== null && meta !== 'null' && !isObject(meta)) {
      expect(after.meta).toBe(before.meta);
      return;
    }
    const kept = JSON.parse(before.meta ?? 'null') ?? {};
    expect(JSON.parse(after.meta)).toEqual({ ...kept, name: filename, data: json });
    expect(after.meta).toContain(meta?.includes('1e999999') ? '1e999999' : '');
  });

  test.each(['[1, "kb"]', '"kb"', '5'])('meta.data that is %s stays', async (data) => {
    const id = await file(`{"data": ${data}}`);
    const json = { language: 'de' };
    expect((await app.ask('PATCH', `/files/${id}/processing`, { json })).status).toBe(200);
    expect(JSON.parse((await rowOf(id)).meta)).toEqual({ data: JSON.parse(data) });
  });

  test.each(values.filter(([, value]) => isObject(value)))(
    'other keys of file.data, %s, beside a result',
    async (_name, other) => {
      const pending = await file(null, other);
      const withText = await file(
        null,
        `{"content": "Words.", ${other!.slice(1)}`
          .replace(', }', '}'),
      );
      const kept = JSON.parse((await rowOf(pending)).data);
      const text = 'New \uFDD0m\uFDD1 words.';
      await completeFile(app.db.orm, pending, { text, knowledgeId: null });
      await completeFile(app.db.orm, withText, { text: ' ', knowledgeId: null });
      expect(JSON.parse((await rowOf(pending)).data)).toEqual({
        ...kept,
        status: 'completed',
        content: text,
      });
      const after = (await rowOf(withText)).data;
      expect(JSON.parse(after)).toEqual({ ...kept, status: 'completed', content: 'Words.' });
      expect(after).toContain(other!.includes('1e999999') ? '1e999999' : '');
    },
  );
});
