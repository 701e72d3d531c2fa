/**
 * The app deletes the row of a file that Headway has read, and makes another one under the same id.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { migrate } from '../../../backend/database/migrate.ts';
import { openExtraction, storeParts } from '../../../backend/knowledge/content.ts';
import { createReconciler } from '../../../backend/knowledge/reconcile.ts';
import { storeWholeTexts } from '../../../backend/knowledge/whole-texts.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createHostDatabase } from '../../support/host-database.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createHostDatabase();
  await migrate(database.url);
  db = connect(database.url, { name: 'test' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const reader = { id: 'text', version: 1, source: null };
const FORMER = 'A private text of the former file.';
const partOf = (text: string) =>
  ({ index: 0, kind: 'section', label: null, text, start: null, end: null }) as const;

const insert = (id: string, userId: string, data: object | null, createdAt: number) =>
  database.sql`insert into file (id, user_id, filename, data, meta, created_at, updated_at)
    values (${id}, ${userId}, 'a.txt', ${data && database.sql.json(data as never)}, '{}',
      ${createdAt}, ${createdAt})`;

/** A file that Headway has read, and whose row the app has replaced by one of another person. */
async function recreated(data: object | null, createdAt = 200): Promise<string> {
  const id = crypto.randomUUID();
  await insert(id, 'first', null, 100);
  const texts = [{ fileId: id, reader, parts: [partOf(FORMER)], checkpoint: {}, notices: [] }];
  await db.orm.transaction((tx) => storeWholeTexts(tx, texts, null));
  await database.sql`delete from file where id = ${id}`;
  await insert(id, 'second', data, createdAt);
  return id;
}

const dataOf = async (id: string) =>
  (await database.sql`select data from file where id = ${id}`)[0]!.data;

const readOf = async (id: string) =>
  (await database.sql`select text from headway.part where file_id = ${id} order by index`)
    .map(({ text }) => text);

describe('a row made anew under the id of a file that was read', () => {
  test.each([[null], [{ status: 'pending' }], [{}]])(
    'gets nothing of the former text where it holds %j',
    async (data) => {
      const id = await recreated(data);
      await createReconciler(db)();
      expect([await dataOf(id), await readOf(id)]).toEqual([data, []]);
    },
  );

  test('is read and found with its own text', async () => {
    const data = { status: 'completed', content: 'Its own text.' };
    const id = await recreated(data);
    await createReconciler(db)();
    expect([await dataOf(id), await readOf(id)]).toEqual([data, [data.content]]);
  });

  test('keeps the parts of its own reading, and gets nothing of the former one', async () => {
    const id = await recreated({ status: 'processing' });
    await db.orm.transaction(async (tx) => {
      const own = { ...reader, version: 2 };
      await openExtraction(tx, id, own);
      await storeParts(tx, id, own, {
        parts: [partOf('Its own.')],
        checkpoint: {},
        fraction: 0.5,
        duration: null,
      });
    });
    await createReconciler(db)();
    expect([await dataOf(id), await readOf(id)]).toEqual([{ status: 'processing' }, ['Its own.']]);
    expect(await database.sql`select 1 from headway.published_text where file_id = ${id}`)
      .toEqual([]);
  });

  test('keeps what was read where it has the same text, and gets that back later', async () => {
    const id = await recreated({ status: 'completed', content: FORMER });
    await createReconciler(db)();
    expect(await readOf(id)).toEqual([FORMER]);
    await database.sql`update file set data = '{"status":"processing"}' where id = ${id}`;
    await createReconciler(db)();
    expect(await dataOf(id)).toMatchObject({ status: 'completed', content: FORMER });
  });

  test('is the same file where it was restored as it was', async () => {
    const id = await recreated({ status: 'processing' }, 100);
    await createReconciler(db)();
    expect(await dataOf(id)).toMatchObject({ status: 'completed', content: FORMER });
  });
});
