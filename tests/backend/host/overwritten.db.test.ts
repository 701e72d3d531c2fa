/**
 * The app writes rows back whole, from copies that it read before Headway's result was there.
 */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { openExtraction, storeParts } from '../../../backend/knowledge/content.ts';
import { completeFile } from '../../../backend/knowledge/finish-file.ts';
import { failFiles } from '../../../backend/knowledge/file-statuses.ts';
import { createReconciler } from '../../../backend/knowledge/reconcile.ts';
import { storeWholeTexts } from '../../../backend/knowledge/whole-texts.ts';
import { startHeadwayWorker } from '../../../backend/worker.ts';
import { eventually, sha256, startTestApp } from '../../support/app.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createHostDatabase } from '../../support/host-database.ts';
import { REFUSAL, whileRefused } from '../../support/refused-writes.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { createAdmin } from '../admin/running.ts';

const hashOf = (text: string) => sha256(new TextEncoder().encode(text));

/** Writes every column of a row, as the app's object mapper does. */
async function writeBack(sql: postgres.Sql, row: postgres.Row, data: object): Promise<void> {
  await sql`update file set user_id = ${row.user_id}, hash = ${row.hash}, filename = ${row.filename},
    path = ${row.path}, data = ${sql.json(data as never)}, meta = ${row.meta && sql.json(row.meta)},
    created_at = ${row.created_at}, updated_at = ${row.updated_at} where id = ${row.id}`;
}

test('sixty files keep their texts beside a writer of stale rows', async () => {
  const app = await startTestApp({ database: await createHostDatabase() });
  const names = Array.from({ length: 60 }, (_, n) => `file-${n}.txt`);
  const ids: string[] = [];
  for (const name of names) ids.push((await app.send(name, name, {}, { process: false })).body.id);
  const second = postgres(app.db.url, { max: 1 });
  const stale = new Map(
    (await second`select * from file where id = any(${ids}::text[])`).map((row) => [row.id, row]),
  );
  await app.post('/knowledge/host/sessions', { file_ids: ids });
  const worker = await startHeadwayWorker({ databaseUrl: app.db.url, dataDir: app.dataDir });
  await eventually(
    async () => {
      const rows = await second`select id from file where id = any(${[...stale.keys()]}::text[])
      and data::text ~ '"status": ?"completed"'`;
      for (const { id } of rows) {
        const row = stale.get(id)!;
        stale.delete(id);
        const status = stale.size % 10 === 0 ? 'pending' : 'processing';
        await writeBack(second, row, { ...row.data, status });
      }
      return stale.size;
    },
    (left) => left === 0,
    60_000,
  );
  const rows = await eventually(
    () =>
      second`select id, filename, hash, data from file where id = any(${ids}::text[])
        and data::text ~ '"status": ?"completed"'`,
    (rows) => rows.length === ids.length,
    60_000,
  );
  for (const { filename, hash, data } of rows) {
    expect([data, hash]).toEqual([
      { status: 'completed', content: filename },
      await hashOf(filename),
    ]);
  }
  await second.end();
  await worker.stop();
  await app.stop();
});

describe('a row that the app has written', () => {
  let database: TestDatabase;
  let db: Database;
  let reconcile: () => Promise<void>;
  beforeAll(async () => {
    database = await createHostDatabase();
    await migrate(database.url);
    db = connect(database.url, { name: 'test' });
    reconcile = createReconciler(db);
  });
  afterEach(async () => {
    await database.sql`delete from headway.published_text`;
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  const reader = { id: 'text', version: 1, source: null };
  const part = (text: string) =>
    ({ index: 0, kind: 'section', label: null, text, start: null, end: null }) as const;

  /** A file of the app that Headway has read; `before` is what its row held. */
  async function publish(before: object, text = 'Read by Headway.'): Promise<string> {
    const id = crypto.randomUUID();
    await database.sql`insert into file (id, user_id, filename, data, meta)
      values (${id}, 'local', 'a.txt', ${database.sql.json(before as never)}, '{}')`;
    await db.orm.transaction((tx) =>
      storeWholeTexts(tx, [{
        fileId: id,
        reader,
        parts: [part(text)],
        checkpoint: {},
        notices: [],
      }], null)
    );
    return id;
  }

  const write = (id: string, data: object, hash: string | null = null) =>
    database.sql`update file set data = ${database.sql.json(data as never)}, hash = ${hash}
      where id = ${id}`;

  const fail = (id: string) =>
    db.orm.transaction((tx) =>
      failFiles(tx, [{ fileId: id, code: 'stalled', reason: text('Why') }])
    );

  test('keeps no other from its text where the app does not let it be restored', async () => {
    const ids = [await publish({}), await publish({}), await publish({})];
    for (const id of ids) await write(id, { status: 'pending' });
    const [refused = '', ...others] = ids;
    await whileRefused(database.sql, 'file', refused, async () => {
      await expect(reconcile()).rejects.toMatchObject({ cause: { message: REFUSAL } });
    });
    const completed = { status: 'completed', content: 'Read by Headway.' };
    for (const id of others) expect((await read(id))?.data).toEqual(completed);
    expect((await read(refused))?.data).toEqual({ status: 'pending' });
    await reconcile();
    expect((await read(refused))?.data).toEqual(completed);
  });

  test('keeps no other from its text while the app has locked it', async () => {
    const ids = [await publish({}), await publish({}), await publish({})];
    for (const id of ids) await write(id, { status: 'pending' });
    const [locked = '', ...others] = ids;
    await database.sql.begin(async (tx) => {
      await tx`select 1 from file where id = ${locked} for update`;
      await expect(reconcile()).rejects.toMatchObject({ cause: { code: '55P03' } });
    });
    for (const id of others) {
      expect((await read(id))?.data).toMatchObject({ status: 'completed' });
    }
  });

  const read = async (id: string) =>
    (await database.sql`select data, hash, xmin::text as version from file where id = ${id}`)[0];

  const RESULT = { status: 'completed', content: 'Read by Headway.' };

  test.each([
    ['that is pending', { status: 'pending' }],
    ['that is being processed, with an empty text', { status: 'processing', content: '' }],
    ['whose processing failed', { status: 'failed', error: 'theirs' }],
    ['with the text of before', { status: 'completed', content: 'Of before.' }],
    ['with the right text and another status', { status: 'processing', content: RESULT.content }],
    ['with the right text and no hash', RESULT],
    ['without anything', {}],
  ])('gets the text back: %s', async (_, written) => {
    const id = await publish({ status: 'pending', content: 'Of before.', theirs: 1 });
    await write(id, { ...written, theirs: 2 });
    await reconcile();
    const row = await read(id);
    expect(row?.data).toEqual({ ...RESULT, theirs: 2 });
    expect(row?.hash).toBe(await hashOf(RESULT.content));
    await reconcile();
    expect((await read(id))?.version).toBe(row?.version);
  });

  test('keeps a newer text, such as an edit in the app, whatever is written next', async () => {
    const id = await publish({ status: 'pending' });
    await write(id, { status: 'completed', content: 'Edited in the app.' }, 'theirs');
    const before = await read(id);
    await reconcile();
    expect(await read(id)).toEqual(before);
    await write(id, { status: 'pending' });
    await reconcile();
    expect((await read(id))?.data).toEqual({ status: 'pending' });
  });

  test('gets the latest edit back from a copy of any state before it', async () => {
    const id = await publish({ status: 'pending', content: 'Of before.' });
    const edits = ['First.', 'Second.', 'Third.', 'Fourth.'];
    const copies: object[] = [{ status: 'completed', content: 'Of before.' }];
    for (const text of edits) {
      copies.push((await read(id))?.data);
      await completeFile(db.orm, id, { text, knowledgeId: null, edited: true });
    }
    for (const copy of copies) {
      await write(id, copy);
      await reconcile();
      expect((await read(id))?.data).toEqual({ status: 'completed', content: 'Fourth.' });
    }
    // A text of earlier that is written again is no stale copy, and the one that it replaced is.
    await completeFile(db.orm, id, { text: 'First.', knowledgeId: null, edited: true });
    await reconcile();
    expect((await read(id))?.data.content).toBe('First.');
    await write(id, { status: 'completed', content: 'Fourth.' });
    await reconcile();
    expect((await read(id))?.data.content).toBe('First.');
  });

  describe('with a text that was replaced', () => {
    const BEFORE = { status: 'completed', content: 'Of before.' };
    const LATER = 3_600;
    const YEAR_AGO = -365 * 24 * 3_600;

    /** Writes the text of before; the time of the row is so many seconds from now. */
    async function writeBefore(id: string, seconds: number, hash: string | null): Promise<void> {
      await database.sql`update file set data = ${database.sql.json(BEFORE)},
        hash = coalesce(${hash}, hash), updated_at = extract(epoch from now())::bigint + ${seconds}
        where id = ${id}`;
    }

    test('keeps it where hash and time say that it was written on purpose', async () => {
      const id = await publish(BEFORE);
      await write(id, BEFORE);
      await reconcile();
      expect((await read(id))?.data).toEqual(RESULT);
      await writeBefore(id, LATER, await hashOf(BEFORE.content));
      await reconcile();
      expect((await read(id))?.data).toEqual(BEFORE);
      await reconcile();
      expect((await read(id))?.data).toEqual(BEFORE);
    });

    test.each([
      ['the whole row', YEAR_AGO, hashOf(BEFORE.content)],
      ['its data alone', LATER, null],
    ])('gets the latest back where a stale copy wrote %s', async (_, seconds, hash) => {
      const id = await publish(BEFORE);
      await writeBefore(id, seconds, await hash);
      await reconcile();
      expect((await read(id))?.data).toEqual(RESULT);
    });

    test('compares with the time that the app gave the row, whatever clock it has', async () => {
      const id = crypto.randomUUID();
      const hash = await hashOf(BEFORE.content);
      await database.sql`insert into file (id, user_id, filename, data, meta, hash, updated_at)
        values (${id}, 'local', 'a.txt', ${database.sql.json(BEFORE)}, '{}', ${hash},
          extract(epoch from now())::bigint + ${LATER})`;
      await completeFile(db.orm, id, { text: 'An edit.', knowledgeId: null, edited: true });
      await writeBefore(id, LATER - 60, hash);
      await reconcile();
      expect((await read(id))?.data.content).toBe('An edit.');
    });

    test('still knows it after the app has written a newer one', async () => {
      const id = await publish(BEFORE);
      await write(id, { status: 'completed', content: 'Edited in the app.' }, 'theirs');
      await reconcile();
      await completeFile(db.orm, id, { text: 'Edited here.', knowledgeId: null, edited: true });
      for (const stale of [RESULT, BEFORE, { ...RESULT, content: 'Edited in the app.' }]) {
        await write(id, stale);
        await reconcile();
        expect((await read(id))?.data.content).toBe('Edited here.');
      }
    });
  });

  test('remembers a bounded number of replaced texts, the latest', async () => {
    const id = await publish({ status: 'pending' });
    for (let n = 0; n < 30; n++) {
      await completeFile(db.orm, id, { text: `Edit ${n}`, knowledgeId: null, edited: true });
    }
    const [row] = await database.sql`select replaced_hashes from headway.published_text
      where file_id = ${id}`;
    const latest = Array.from({ length: 20 }, (_, n) => hashOf(`Edit ${28 - n}`));
    expect(row?.replaced_hashes).toEqual(await Promise.all(latest));
  });

  test('gets a text back that a person wrote here, to the letter', async () => {
    const id = await publish({ status: 'pending' });
    const text = `  A text \n\n\n of a person.${' And more of it.'.repeat(400)}\n`;
    await completeFile(db.orm, id, { text, knowledgeId: null, edited: true });
    await write(id, { status: 'pending' });
    await reconcile();
    expect((await read(id))?.data).toEqual({ status: 'completed', content: text });
  });

  test('is left alone while it is read again, and where it has failed since', async () => {
    const id = await publish({ status: 'pending' });
    await database.sql`update headway.extraction set complete = false where file_id = ${id}`;
    await write(id, { status: 'processing' });
    await reconcile();
    expect((await read(id))?.data).toEqual({ status: 'processing' });
    await fail(id);
    await database.sql`update headway.extraction set complete = true where file_id = ${id}`;
    await reconcile();
    expect((await read(id))?.data).toMatchObject({ status: 'failed', error: 'Why' });
  });

  test.each([
    ['was cancelled', 'without a text', { status: 'pending' }],
    ['was cancelled', 'with the text of before', { status: 'completed', content: 'Of before.' }],
    ['failed', 'without a text', { status: 'pending' }],
  ])('gets its text back after a second reading that %s: %s', async (end, _, written) => {
    const id = await publish({ status: 'pending', content: 'Of before.' });
    await db.orm.transaction(async (tx) => {
      const newer = { ...reader, version: 2 };
      await openExtraction(tx, id, newer);
      const step = { checkpoint: { at: 1 }, fraction: 0.5, duration: null };
      await storeParts(tx, id, newer, { ...step, parts: [part('Half.')] });
    });
    await write(id, written);
    if (end === 'failed') {
      await fail(id);
    }
    await reconcile();
    // It may be asked for again.
    expect((await read(id))?.data).toEqual(written);
    await database.sql`update headway.extraction set updated_at = now() - interval '61 seconds'
      where file_id = ${id}`;
    await reconcile();
    const row = await read(id);
    expect(row?.data).toEqual(RESULT);
    expect(row?.hash).toBe(await hashOf(RESULT.content));
    const parts = await database.sql`select text from headway.part where file_id = ${id}`;
    expect([...parts]).toEqual([{ text: RESULT.content }]);
    await reconcile();
    expect((await read(id))?.version).toBe(row?.version);
  });

  test('is found and put right by the consistency check, also of an earlier release', async () => {
    const dataDir = await Deno.makeTempDir();
    const admin = createAdmin({ url: database.url, dataDir });
    const found = async (...options: string[]) =>
      (await admin.json('check', ...options)).findings.map((
        { kind, id, repaired }: Record<string, string>,
      ) => [kind, id, repaired]).filter(([kind]: string[]) =>
        kind?.startsWith('text that the app')
      );
    const KIND = 'text that the app has overwritten';
    const [one, old, gone] = [await publish({}), await publish({}), await publish({})];
    await database
      .sql`insert into headway.session (id, user_id, status) values ('s', 'local', 'completed')`;
    await database
      .sql`insert into headway.job (id, session_id, file_id, position, name, status, step, finished_at)
      values (gen_random_uuid(), 's', ${old}, 0, 'a.txt', 'completed', 'index', now())`;
    await database.sql`delete from headway.published_text where file_id = ${old}`;
    expect(await found()).toEqual([]);
    for (const id of [one, old, gone]) await write(id, { status: 'processing' });
    await database.sql`delete from headway.part where file_id = ${gone}`;
    expect((await found()).map(([, id]: string[]) => id).sort()).toEqual([one, old, gone].sort());
    const repaired = await found('--repair', '--yes');
    expect(Object.fromEntries(repaired.map(([, id, what]: string[]) => [id, what]))).toEqual({
      [one]: 'written again',
      [old]: 'written again',
      [gone]: null,
    });
    for (const id of [one, old]) expect((await read(id))?.data).toEqual(RESULT);
    // What cannot be restored stays a finding, and is tried again only when the row changes.
    await reconcile();
    expect(await found()).toEqual([[KIND, gone, null]]);
    await Deno.remove(dataDir, { recursive: true });
  });
});
