/**
 * Connections that the server ends in the middle of the work: statements fail, nothing else does.
 */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/processes.ts';

const NAME = 'cut-test';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { max: 3, name: NAME });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

async function cutAll(): Promise<void> {
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${NAME} and datname = current_database()`;
  await until(
    'the connections to end',
    async () =>
      (await database.sql`select 1 from pg_stat_activity where application_name = ${NAME}
      and datname = current_database()`).length === 0,
  );
}

test('a transaction whose connection was cut fails with each of its statements', async () => {
  const ended: string[] = [];
  const failing = db.orm.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await cutAll();
    for (const size of [10, 100_000]) {
      const long = 'x'.repeat(size);
      const settled = await Promise.allSettled([
        tx.execute(sql`select ${long}::text`),
        tx.execute(sql`select ${long}::text`),
      ]);
      ended.push(...settled.map(({ status }) => status));
    }
  });
  await expect(failing).rejects.toThrow();
  expect(ended).toEqual(Array(4).fill('rejected'));
  expect(await db.orm.execute(sql`select 2 as v`)).toEqual([{ v: 2 }]);
});

test('a transaction that goes on after a failed statement is not committed', async () => {
  await database.sql`create table kept (id int primary key)`;
  const failing = db.orm.transaction(async (tx) => {
    await tx.execute(sql`insert into kept values (1)`);
    await Promise.allSettled([tx.execute(sql`select 1 / 0`)]);
  });
  await expect(failing).rejects.toThrow();
  expect(await database.sql`select * from kept`).toEqual([]);
});
