/** What is changed at the same moment: one after the other, and nobody in vain or without a reason. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lostToAnother } from '../../../backend/database/error-code.ts';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { until } from '../../support/processes.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

test('rewriting, unlinking, emptying and deleting at once never wait for each other', async () => {
  for (let round = 0; round < 6; round++) {
    const knowledge = await app.knowledge();
    const sent = await app.send('a.txt', `Text ${round}`, {}, { process: false });
    const file = sent.body.id;
    await app.post(`/files/${file}/data/content/update`, { content: 'First.' });
    await app.post(`/knowledge/${knowledge}/file/add`, { file_id: file });
    const rewrite = () => app.post(`/files/${file}/data/content/update`, { content: 'Words. ' });
    const answers = await Promise.all([
      rewrite(),
      app.post(`/knowledge/${knowledge}/file/remove`, { file_id: file }),
      rewrite(),
      round % 2 === 0 ? app.delete(`/files/${file}`) : app.post(`/knowledge/${knowledge}/reset`),
      rewrite(),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
  }
});

test('a file that is deleted while it is added to a knowledge base is a conflict', async () => {
  const knowledge = await app.knowledge();
  const { id } = (await app.send('gone.txt', 'Gone.', {}, { process: false })).body;
  const waits = () =>
    app.sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'
      and datname = current_database()`.then((rows) => rows.length > 0);
  const added = await app.sql.begin(async (tx) => {
    await tx`delete from file where id = ${id}`;
    const answer = app.post(`/knowledge/${knowledge}/file/add`, { file_id: id });
    await until('the adding to wait for the deletion', waits);
    // In an object: the transaction is not to wait for whoever waits for it.
    return { answer };
  });
  expect(notProblem(await added.answer, 'conflict')).toBeNull();
});

test('of two transactions that wait for each other one begins again, and both end well', async () => {
  await app.sql`create table pair (id int primary key, changes int not null default 0)`;
  await app.sql`insert into pair values (1), (2)`;
  const both = Promise.withResolvers<void>();
  let begun = 0;
  const changeBoth = (first: number, second: number) =>
    app.db.orm.transaction(async (tx) => {
      await tx.execute(sql`set local deadlock_timeout = '20ms'`);
      await tx.execute(sql`update pair set changes = changes + 1 where id = ${first}`);
      if (++begun === 2) both.resolve();
      await both.promise;
      await tx.execute(sql`update pair set changes = changes + 1 where id = ${second}`);
      return first;
    });
  expect(await Promise.all([changeBoth(1, 2), changeBoth(2, 1)])).toEqual([1, 2]);
  expect(begun).toBe(3);
  expect(await app.sql`select changes from pair`).toEqual([{ changes: 2 }, { changes: 2 }]);
});

test('a transaction that loses every time ends with what PostgreSQL said, and changes nothing', async () => {
  const knowledge = await app.knowledge();
  let begun = 0;
  const losing = app.db.orm.transaction(async (tx) => {
    begun++;
    await tx.execute(sql`update knowledge set name = 'Lost' where id = ${knowledge}`);
    await tx.execute(sql`do $$ begin
      raise exception 'could not serialize access' using errcode = '40001'; end $$`);
  });
  const error = await losing.catch((error) => error);
  expect(begun).toBe(3);
  expect(lostToAnother(error)).toBe(true);
  expect(error.cause.message).toBe('could not serialize access');
  expect(await app.sql`select name from knowledge where id = ${knowledge}`)
    .toEqual([{ name: 'Novels' }]);
});
