/**
 * The app reads `knowledge.meta`, and writes it back later: what it writes of progress is put right.
 *
 * @module
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changedMetas } from '../../../backend/host/knowledge-meta.ts';
import { reconcileProgress } from '../../../backend/progress/store.ts';
import { eventually, startTestApp, type TestApp } from '../../support/app.ts';

const ORIGINALS: [string, string | null][] = [
  ['SQL NULL', null],
  ['JSON null', 'null'],
  ['a list', '[1,  2]'],
  ['an object', '{"b": 1,  "a": {}}'],
  ['an object with source', '{"source":  "local"}'],
  ['texts of our keys', '{"processing_sessions": "x",  "processing_progress": 5}'],
];

describe.each(['json', 'jsonb'] as const)('a column of %s', (type) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    if (type === 'jsonb') await app.sql`alter table knowledge alter meta type jsonb`;
  });
  afterAll(() => app.stop());

  async function base(meta: string | null): Promise<string> {
    const id = crypto.randomUUID();
    await app.sql`insert into knowledge (id, user_id, name, meta, created_at, updated_at)
      values (${id}, 'local', 'Base', ${literal(meta)}, 1, 2)`;
    return id;
  }
  const literal = (text: string | null) =>
    app.sql.unsafe(text === null ? 'null' : `'${text}'::${type}`);
  const textOf = async (id: string): Promise<string | null> =>
    (await app.sql`select meta::text from knowledge where id = ${id}`)[0]?.meta;
  const metaOf = async (id: string) => JSON.parse(await textOf(id) ?? 'null');
  /** Returns what is there then. */
  const write = async (id: string, meta: string | null): Promise<string | null> =>
    (await app.sql`update knowledge set meta = ${literal(meta)} where id = ${id}
      returning meta::text`)[0]?.meta;
  const report = (knowledgeId: string, sessionId: string, progress = 10) =>
    app.headway.progress.updateProgress({ sessionId, knowledgeId }, { progress });
  const clear = async (sessionId: string) =>
    expect((await app.delete(`/progress/${sessionId}`)).status).toBe(200);
  const reconcile = () => reconcileProgress(app.db);

  /** The value with a key of the app's own added. */
  const withTags = (text: string | null) =>
    JSON.stringify({ ...JSON.parse(text ?? '{}'), tags: ['x'] });

  test.each(ORIGINALS)('a copy from before the end of all work: %s', async (_name, meta) => {
    const id = await base(meta);
    const before = await textOf(id);
    await report(id, `${id}-a`);
    await report(id, `${id}-b`);
    const copy = await textOf(id);
    await clear(`${id}-a`);
    await clear(`${id}-b`);
    expect(await textOf(id)).toBe(before);
    for (let times = 0; times < 2; times++) {
      await write(id, copy);
      await reconcile();
      expect(await textOf(id)).toBe(before);
    }
  });

  test('a copy with a change of the app keeps it, and the source', async () => {
    const id = await base(null);
    await report(id, `${id}-a`);
    const copy = withTags(await textOf(id));
    await clear(`${id}-a`);
    await write(id, copy);
    await reconcile();
    expect(await metaOf(id)).toEqual({ source: 'local', tags: ['x'] });
    const theirs = await write(id, '{"source": "local",  "tags": []}');
    await reconcile();
    expect(await textOf(id)).toBe(theirs);
  });

  test.each(ORIGINALS)('a copy from before a second session: %s', async (_name, meta) => {
    const id = await base(meta);
    const before = await textOf(id);
    await report(id, `${id}-a`);
    const copy = await textOf(id);
    await clear(`${id}-a`);
    await write(id, copy);
    await report(id, `${id}-b`);
    await report(id, `${id}-b`, 20);
    await reconcile();
    expect(Object.keys((await metaOf(id)).processing_sessions)).toEqual([`${id}-b`]);
    await clear(`${id}-b`);
    expect(await textOf(id)).toBe(before);
  });

  test('a second session alone removes what a copy brought back', async () => {
    const id = await base('{"theirs":  1}');
    const before = await textOf(id);
    await report(id, `${id}-a`);
    const copy = await textOf(id);
    await clear(`${id}-a`);
    await write(id, copy);
    await report(id, `${id}-b`);
    await clear(`${id}-b`);
    expect(await textOf(id)).toBe(before);
  });

  test('a copy from the middle of the work says afterwards how it ended', async () => {
    const id = await base('{"theirs": 1}');
    await report(id, `${id}-a`);
    await report(id, `${id}-b`);
    const copy = withTags(await textOf(id));
    await app.headway.progress.markSessionComplete(`${id}-b`);
    await app.headway.progress.markSessionComplete(`${id}-a`);
    const { processing_progress, processing_sessions } = await metaOf(id);
    await write(id, copy);
    await reconcile();
    expect(await metaOf(id)).toEqual({
      theirs: 1,
      source: 'local',
      tags: ['x'],
      processing_progress,
      processing_sessions,
    });
    expect(processing_progress).toMatchObject({ session_id: `${id}-a`, status: 'completed' });
  });

  test('progress comes back where the app replaces it while work goes on', async () => {
    const id = await base('{"theirs": 1}');
    await report(id, `${id}-a`);
    const { processing_progress, processing_sessions } = await metaOf(id);
    const theirs = await write(id, '{"other":  2}');
    await reconcile();
    expect(await metaOf(id)).toEqual({
      other: 2,
      source: 'local',
      processing_progress,
      processing_sessions,
    });
    await clear(`${id}-a`);
    expect(await textOf(id)).toBe(theirs);
  });

  test('a copy that a tick follows at once is put right all the same', async () => {
    const id = await base(null);
    await report(id, `${id}-a`);
    await report(id, `${id}-b`);
    const copy = await textOf(id);
    await app.headway.progress.markSessionComplete(`${id}-a`);
    await reconcile();
    await write(id, copy);
    await report(id, `${id}-b`, 30);
    await reconcile();
    const { processing_sessions } = await metaOf(id);
    expect(processing_sessions[`${id}-a`].status).toBe('completed');
    expect(processing_sessions[`${id}-b`].progress).toBe(30);
  });

  test('objects of others under the keys of progress are removed', async () => {
    const id = await base('{"theirs": 1, "processing_sessions": {"x": {"a": 1}}}');
    const other = await base('{"theirs": 1, "processing_progress": {"session_id": "x"}}');
    for (const each of [id, other]) {
      await report(each, `${each}-a`);
      await reconcile();
      expect(Object.keys((await metaOf(each)).processing_sessions)).toEqual([`${each}-a`]);
      await clear(`${each}-a`);
      expect((await textOf(each))?.replaceAll(' ', '')).toBe('{"theirs":1}');
    }
  });

  test('only rows that the app has written are looked at', async () => {
    const id = await base(null);
    await report(id, `${id}-a`);
    await reconcile();
    expect(await changedMetas(app.db.orm)).toEqual([]);
    await report(id, `${id}-a`, 20);
    await app.headway.progress.markSessionComplete(`${id}-a`);
    expect(await changedMetas(app.db.orm)).toEqual([]);
    await clear(`${id}-a`);
    expect(await changedMetas(app.db.orm)).toEqual([]);
    // In a transaction, so that the app does not reconcile it first.
    const changed = await app.db.orm.transaction(async (tx) => {
      await tx.execute(sql`update knowledge set meta = '{"source": "local"}' where id = ${id}`);
      return await changedMetas(tx);
    });
    expect(changed).toEqual([id]);
    const [before] = await app.sql`select xmin::text from knowledge where id = ${id}`;
    await reconcile();
    expect(await changedMetas(app.db.orm)).toEqual([]);
    expect((await app.sql`select xmin::text from knowledge where id = ${id}`)[0]).toEqual(before);
  });

  test('the app by itself puts a copy right', async () => {
    const id = await base(null);
    await report(id, `${id}-a`);
    const copy = await textOf(id);
    await clear(`${id}-a`);
    await write(id, copy);
    expect(await eventually(() => textOf(id), (text) => text === null, 30_000)).toBeNull();
  }, 40_000);
});
