/**
 * Rows that the host may have and that no cast can read: each affects itself and nothing else, in
 * columns of `json` (where Headway made the tables and keeps its list) and of `jsonb` (where not).
 *
 * @module
 */
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metaWithoutSession } from '../../../backend/admin/checks/sessions.ts';
import { completedWithoutPassages } from '../../../backend/admin/checks/content.ts';
import type { Place } from '../../../backend/admin/place.ts';
import { FileRow, ProcessStatus } from '../../../backend/contract/files.ts';
import { FILE_KINDS } from '../../../backend/contract/kinds.ts';
import { Knowledge, KnowledgeFiles, KnowledgeList } from '../../../backend/contract/knowledge.ts';
import { replaceProgress } from '../../../backend/host/knowledge-meta.ts';
import { failures, readyFiles } from '../../../backend/reports/reading.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

/** JSON text by what is odd about it; null is SQL NULL. Those with `unstorable` are no `jsonb`. */
const META: Record<string, string | null> = {
  'unstorable NUL': String.raw`{"name": "a\u0000b", "size": 1, "data": {"knowledge_id": "kb"}}`,
  'unstorable high half': String.raw`{"name": "a\ud800b", "size": 1}`,
  'unstorable low half': String.raw`{"content_type": "\udc00", "data": {"\ud83d": 1}}`,
  'unstorable number': '{"name": "x: 1e999999, y", "size": 1e999999}',
  'pair and escaped backslash': String.raw`{"name": "\ud83d\ude00 \\u0000"}`,
  'media type as list': '{"content_type": ["application/pdf", "text/plain"], "size": 2}',
  'media type as list of nothing': '{"content_type": [], "file_hash": ["x"], "name": ["y"]}',
  'all of another type': '{"name": 5, "content_type": {"a": 1}, "size": "12", "file_hash": 7}',
  'size no float holds': `{"size": 1${'0'.repeat(400)}}`,
  'size below zero': '{"size": -5}',
  'data a list': '{"data": [1, "kb"]}',
  'data a text': '{"data": "kb"}',
  'base a number': '{"data": {"knowledge_id": 5, "language": ["en"]}}',
  'SQL NULL': null,
  'JSON null': 'null',
  list: '["name", 1]',
  text: '"name"',
  number: '5',
  long: JSON.stringify({ name: 'long', extra: 'x'.repeat(300_000), size: 3 }),
};
const DATA: Record<string, string | null> = {
  'unstorable text': String.raw`{"status": "completed", "content": "a\u0000 \ud800 b"}`,
  'unstorable long text': `{"content": "${String.raw`x\u0000\ud800`.repeat(2_000)}"}`,
  'unstorable error': String.raw`{"status": "failed", "error": "a\u0000b"}`,
  'text without status': '{"content": "from an old host"}',
  'status a list': '{"status": ["failed"], "error": {"a": 1}}',
  'status unknown': '{"status": "odd", "error_code": 5}',
  'SQL NULL': null,
  'JSON null': 'null',
  list: '[{"status": "completed"}]',
  text: '"completed"',
};
const KNOWLEDGE: Record<string, string | null> = {
  'unstorable NUL': String.raw`{"source": "local", "note": "\u0000"}`,
  'unstorable half': String.raw`{"source": "local", "processing_sessions": {"a": "\udfff"}}`,
  'sessions a text': '{"source": "local", "processing_sessions": "x", "processing_progress": 5}',
  'session without a time': '{"source": "local", "processing_sessions": {"theirs": ' +
    '{"last_updated": "soon"}, "other": [1]}}',
  'source a list': '{"source": ["external"]}',
  'SQL NULL': null,
  'JSON null': 'null',
  list: '["source"]',
  text: '"source"',
};

const KINDS = [
  { type: 'json', kept: true },
  { type: 'json', kept: false },
  { type: 'jsonb', kept: false },
] as const;

describe.each(KINDS)('columns of $type, list kept: $kept', ({ type, kept }) => {
  let app: TestApp;
  const ofType = (rows: Record<string, string | null>) =>
    Object.entries(rows).filter(([name]) => type === 'json' || !name.startsWith('unstorable'));
  const bases = ofType(KNOWLEDGE).map(([name, meta], index) => ({ id: `kb${index}`, name, meta }));
  const files = [
    ...ofType(META).map(([name, meta]) => ({ name, meta, data: '{"status": "pending"}' })),
    ...ofType(DATA).map(([name, data]) => ({ name, meta: '{"size": 9}', data })),
  ].map((row, index) => ({ ...row, id: `f${index}`, filename: `${row.name}.txt` }));
  const ids = files.map(({ id }) => id);

  beforeAll(async () => {
    app = await startTestApp({ limits: { maxUserBytes: 1e12 } });
    if (!kept) await app.sql`select headway.leave_file_list()`;
    if (type === 'jsonb') {
      await app.sql`alter table file alter data type jsonb, alter meta type jsonb`;
      await app.sql`alter table knowledge alter meta type jsonb`;
    }
    await app.sql`insert into knowledge (id, user_id, name, meta, created_at)
      values ('kb', 'local', 'Good', '{"source": "local"}', 1)`;
    for (const { id, name, meta } of bases) {
      await app.sql.unsafe(
        `insert into knowledge (id, user_id, name, meta, created_at)
         values ($1, 'local', $2, $3::text::${type}, 2)`,
        [id, name, meta],
      );
    }
    await app.sql`insert into file (id, user_id, filename, path, data, meta, created_at, updated_at)
      values ('good', 'local', 'good.txt', '/nowhere', '{"status": "pending"}',
        '{"name": "good.txt", "content_type": "text/plain", "size": 4}', 1, 1)`;
    for (const { id, filename, meta, data } of files) {
      await app.sql.unsafe(
        `insert into file (id, user_id, filename, path, data, meta, created_at, updated_at)
         values ($1, 'local', $2, '/nowhere', $3::text::${type}, $4::text::${type}, 2, 2)`,
        [id, filename, data, meta],
      );
    }
    await app.sql`
      insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      select 'link-' || id, 'kb', id, 'local', 1, 1 from file`;
    expect([...await app.sql`select headway.keeps_file_list() as kept`]).toEqual([{ kept }]);
  });
  afterAll(() => app.stop());

  const GOOD = {
    id: 'good',
    meta: { name: 'good.txt', content_type: 'text/plain', size: 4 },
  };
  async function readAll(path: string): Promise<FileRow[]> {
    const { status, body } = await app.get(path);
    expect([path, status]).toEqual([path, 200]);
    const items = v.parse(v.array(FileRow), body.items ?? body);
    expect(items.find(({ id }) => id === 'good')).toMatchObject(GOOD);
    return items;
  }

  test('lists of knowledge bases show all of them', async () => {
    for (const path of ['/knowledge/', '/knowledge/search?query=']) {
      const { items, total } = v.parse(KnowledgeList, (await app.get(path)).body);
      expect([items.length, total]).toEqual([bases.length + 1, bases.length + 1]);
    }
    for (const { id } of bases) {
      expect(v.parse(Knowledge, (await app.get(`/knowledge/${id}`)).body).id).toBe(id);
    }
  });

  test('the files of a knowledge base are listed in every order and state', async () => {
    for (const order of ['name', 'created_at', 'updated_at', 'size', 'state']) {
      const path = `/knowledge/kb/files?limit=200&order_by=${order}`;
      expect((await readAll(path)).length).toBe(files.length + 1);
      const all = await app.get(`${path}&state=all`);
      expect(v.parse(KnowledgeFiles, all.body).total).toBe(files.length + 1);
    }
    for (const state of ['ready', 'working', 'attention']) {
      expect((await app.get(`/knowledge/kb/files?state=${state}`)).status).toBe(200);
    }
    for (const kind of FILE_KINDS) {
      expect([kind, (await app.get(`/knowledge/kb/files?kind=${kind}`)).status]).toEqual([
        kind,
        200,
      ]);
    }
  });

  test('lists and searches of files show all of them', async () => {
    await readAll('/files/search?filename=good*');
    expect((await app.get('/files/count')).body).toBe(files.length + 1);
    const seen: string[] = [];
    for (let page = 1; seen.length < files.length + 1; page++) {
      const { status, body } = await app.get(`/files/?page=${page}`);
      expect([page, status]).toEqual([page, 200]);
      seen.push(...v.parse(v.array(FileRow), body.items).map(({ id }) => id));
    }
    expect(seen.toSorted()).toEqual(['good', ...ids].toSorted());
  });

  test('each file is shown in the shapes of the contract', async () => {
    for (const { id, name } of files) {
      for (const query of ['', '?content=false']) {
        const { status, body } = await app.get(`/files/${id}${query}`);
        expect([name, status]).toEqual([name, 200]);
        expect(v.parse(FileRow, body).id).toBe(id);
      }
      const { body } = await app.get(`/files/${id}/process/status`);
      expect([name, v.safeParse(ProcessStatus, body).success]).toEqual([name, true]);
    }
  });

  test('what is of use in an odd row is used', async () => {
    const of = async (name: string) => {
      const id = files.find((file) => file.name === name)?.id;
      return id && (await app.get(`/files/${id}`)).body;
    };
    expect((await of('media type as list')).meta.content_type).toBe('application/pdf');
    expect((await of('media type as list of nothing')).meta.content_type).toBeNull();
    expect((await of('text without status')).data).toEqual({
      status: 'completed',
      content: 'from an old host',
    });
    expect((await of('pair and escaped backslash')).meta.name).toBe('😀 \\u0000');
    if (type === 'jsonb') return;
    expect((await of('unstorable NUL')).meta).toMatchObject({ name: 'ab', size: 1 });
    expect((await of('unstorable text')).data.content).toBe('a  b');
    expect((await of('unstorable long text')).data.status).toBe('completed');
    expect((await of('unstorable error')).data.error).toBe('ab');
  });

  test('pending, known, search, reports and checks answer', async () => {
    expect((await app.get('/knowledge/kb/files/pending')).body).toEqual([]);
    const known = await app.post('/knowledge/kb/files/known', {
      files: [{ name: 'good.txt', size: 4 }],
    });
    expect(known.body.items).toEqual([expect.objectContaining({ file_id: 'good', match: 'name' })]);
    expect((await app.get('/knowledge/kb/search?q=word')).status).toBe(200);
    expect((await readyFiles(app.db.orm, 'kb')).length).toBe(files.length + 1);
    await failures(app.db.orm, 'kb');
    const place = { db: app.db } as Place;
    await metaWithoutSession.find(place);
    await completedWithoutPassages.find(place);
  });

  test('uploading counts what is stored', async () => {
    expect((await app.send('new.txt', 'new', {}, { process: false })).status).toBe(200);
    await app.sql`delete from file where filename = 'new.txt'`;
  });

  test('sessions, jobs and background work start', async () => {
    for (const { id } of bases) {
      const started = await app.post(`/knowledge/${id}/sessions`, { file_ids: ['good'] });
      expect([id, started.status]).toEqual([id, 202]);
      const { body } = await app.get(`/progress/knowledge/${id}`);
      expect(body.session_id ?? body.sessions).toBeDefined();
      await replaceProgress(app.db.orm, id, () => Promise.resolve([]));
      const cleared = await app.delete(`/progress/${started.body.session_id}`);
      expect([id, cleared.status]).toEqual([id, 200]);
    }
    const { body } = await app.post('/knowledge/kb/sessions', {});
    const status = await app.get(`/progress/${body.session_id}/status?files=true`);
    expect(status.body.files.map((file: { file_id: string }) => file.file_id)).toContain('good');
    expect((await app.get('/sessions')).status).toBe(200);
    expect((await app.get('/queue/jobs')).status).toBe(200);
    expect((await app.post(`/sessions/${body.session_id}/cancel`)).status).toBe(200);
    expect((await app.delete(`/progress/${body.session_id}`)).status).toBe(200);
    expect((await app.post('/background/start')).status).toBe(202);
    expect((await app.ask('PATCH', '/preferences', { json: { background: false } })).status).toBe(
      200,
    );
  });

  test('renaming, languages, removing and resetting work on each', async () => {
    for (const { id, name } of files) {
      const renamed = await app.post(`/files/${id}/rename`, { filename: `${name}.csv` });
      expect([name, renamed.status]).toEqual([name, 200]);
      const language = await app.ask('PATCH', `/files/${id}/processing`, {
        json: { language: 'de' },
      });
      expect([name, language.status]).toEqual([name, 200]);
    }
    const removed = await app.post('/knowledge/kb/file/remove', { file_id: ids[0] });
    expect(removed.status).toBe(200);
    for (const id of ['kb', ...bases.map((base) => base.id)]) {
      expect([id, (await app.post(`/knowledge/${id}/reset`)).status]).toEqual([id, 200]);
    }
  });
});
