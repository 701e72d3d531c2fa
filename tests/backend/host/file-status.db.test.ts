/**
 * Where files stand is read without their text, and parsed once for each version of a row.
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { type ByteCounter, countBytes } from '../../support/byte-counter.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const MEGABYTE = 1024 ** 2;

describe.each(['json', 'jsonb'] as const)('data of type %s', (type) => {
  let base: TestDatabase;
  let counter: ByteCounter;
  let app: TestApp;
  beforeAll(async () => {
    base = await createTestDatabase({ migrated: true });
    if (type === 'jsonb') await base.sql`alter table file alter data type jsonb`;
    counter = await countBytes(base.url);
    app = await startTestApp({ database: { ...base, url: counter.url } });
    await app.sql`insert into knowledge (id, user_id, name, created_at)
      values ('kb', 'local', 'Base', 1)`;
  });
  afterAll(async () => {
    await app.stop();
    await counter.close();
  });
  beforeEach(() => app.sql`truncate file, knowledge_file, headway.known_state`);

  /** Files `f1` … with texts that do not compress well, of so many megabytes. */
  async function fill(files: number, megabytes: number, status = 'completed'): Promise<void> {
    const length = Math.round((megabytes * MEGABYTE) / 33);
    await app.sql`
      with long as materialized (
        select string_agg(md5(j::text), ' ') as text from generate_series(1, ${length}::int) j)
      insert into file (id, user_id, filename, path, data, meta, created_at, updated_at)
      select 'f' || i, 'local', i || '.txt', '/nowhere', json_build_object(
        'status', ${status}::text, 'content', i || long.text, 'error', 'Why'), '{}', i, i
      from generate_series(1, ${files}::int) i, long`;
    await app.sql`
      insert into knowledge_file (id, knowledge_id, file_id, user_id, created_at, updated_at)
      select 'l' || id, 'kb', id, 'local', 1, 1 from file`;
  }
  async function bytesOf(work: () => Promise<unknown>): Promise<number> {
    const before = counter.received();
    await work();
    return counter.received() - before;
  }
  const known = async () =>
    (await app.sql`select file_id, status, error from headway.known_state order by file_id`)
      .map((row) => ({ ...row }));

  test('ten polls of a long file carry nothing of its text', async () => {
    await fill(1, 8);
    const bytes = await bytesOf(async () => {
      for (let poll = 0; poll < 10; poll++) {
        expect((await app.get('/files/f1/process/status')).body).toEqual({ status: 'completed' });
      }
    });
    expect(bytes).toBeLessThan(100_000);
    expect(await known()).toEqual([{ file_id: 'f1', status: 'completed', error: null }]);
  });

  test('lists, sessions, background and repairs carry nothing of the texts', async () => {
    await fill(30, 0.25);
    const paths = [
      '/knowledge/kb/files',
      '/knowledge/kb/files?state=all&order_by=size',
      '/knowledge/kb/files/pending',
      '/files/',
      '/files/search?filename=*.txt',
      '/files/f1?content=false',
      '/sessions',
    ];
    const bytes = await bytesOf(async () => {
      for (const path of paths) {
        expect([path, (await app.get(path)).status]).toEqual([path, 200]);
      }
      await app.post('/knowledge/kb/sessions', {});
      await app.post('/background/start');
    });
    expect(bytes).toBeLessThan(MEGABYTE);
    expect((await known()).length).toBe(30);
  });

  test('what is known of a row is not believed of its next version', async () => {
    await fill(1, 1, 'pending');
    const status = async () => (await app.get('/files/f1/process/status')).body;
    expect(await status()).toEqual({ status: 'pending' });
    await app.sql`update file set data = (replace(data::text, 'pending', 'failed'))::json`
      .catch(() =>
        app.sql`update file set data = (replace(data::text, 'pending', 'failed'))::jsonb`
      );
    expect(await status()).toEqual({ status: 'failed', error: 'Why' });
    expect(await known()).toEqual([{ file_id: 'f1', status: 'failed', error: 'Why' }]);
    await app.sql`update file set data = '{"content": "short"}'`;
    expect(await status()).toEqual({ status: 'completed' });
  });

  test('completion keeps the state of the row that it writes', async () => {
    await fill(1, 0, 'pending');
    await app.db.orm.transaction((tx) =>
      completeFile(tx, 'f1', { text: 'word '.repeat(50_000), knowledgeId: null })
    );
    const [row] = await app.sql`select known.status from headway.known_state known
      join file f on f.id = known.file_id and f.xmin = known.row_xmin and f.ctid = known.row_ctid`;
    expect(row).toEqual({ status: 'completed' });
  });
});
