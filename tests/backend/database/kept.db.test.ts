/**
 * What is kept prepared, and that nothing else is.
 *
 * @module
 */
import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database, type Executor } from '../../../backend/database/connection.ts';
import { KEPT } from '../../../backend/database/kept.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { max: 1 });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const ask = async (executor: Executor, statement: SQL) =>
  (await executor.execute<{ value: number }>(statement)).map(({ value }) => value);
const keptTexts = async () =>
  (await db.orm.execute<{ statement: string }>(sql`
    select statement from pg_prepared_statements where from_sql = false and statement like '/%'`))
    .map(({ statement }) => statement);

test('a marked statement is prepared once, on the pool, in transactions and in savepoints', async () => {
  const statement = (value: number) => sql`${KEPT} select ${value}::int + 1 as value`;
  expect(await ask(db.orm, statement(1))).toEqual([2]);
  await db.orm.transaction(async (tx) => {
    expect(await ask(tx, statement(2))).toEqual([3]);
    await tx.transaction(async (inner) => expect(await ask(inner, statement(3))).toEqual([4]));
  });
  expect(await ask(db.orm, sql`select ${5}::int as value`)).toEqual([5]);
  expect(await keptTexts()).toEqual(['/* kept */ select $1::int + 1 as value']);
});

test('texts that never end are not all kept', async () => {
  for (let at = 0; at < 120; at++) {
    const statement = sql`${KEPT} select ${at}::int as ${sql.identifier(`v${at}`)}`;
    expect(await db.orm.execute(statement)).toEqual([{ [`v${at}`]: at }]);
  }
  expect((await keptTexts()).length).toBeLessThanOrEqual(100);
});
