import { afterAll, beforeAll, expect, test } from 'vitest';
import { Listener } from '../../../backend/database/listener.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/processes.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const NAME = 'listener-test';
const connections = () =>
  database.sql`select pid from pg_stat_activity where application_name = ${NAME}
    and datname = current_database()`;
const say = (channel: string, payload: string) =>
  database.sql`select pg_notify(${channel}, ${payload})`;

test('hears its channels, also after its connection was cut, until it is closed', async () => {
  const heard: string[] = [];
  let connected = 0;
  const listener = new Listener(database.url, NAME);
  const [first] = await Promise.all([
    listener.listen('one', (payload) => heard.push(`one ${payload}`), () => connected++),
    listener.listen('two', (payload) => heard.push(`two ${payload}`)),
  ]);
  const third = await listener.listen('one', (payload) => heard.push(`again ${payload}`));
  expect(await connections()).toHaveLength(1);
  await say('one', 'a');
  await say('two', 'b');
  await until('three messages', () => heard.length === 3);
  expect(heard.sort()).toEqual(['again a', 'one a', 'two b']);

  const before = connected;
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = ${NAME} and datname = current_database()`;
  await until('another connection', () => connected > before);
  await third.unlisten();
  heard.length = 0;
  await say('one', 'c');
  await until('a message', () => heard.length > 0);
  expect(heard).toEqual(['one c']);

  await first.unlisten();
  await listener.close();
  await until('its connection to end', async () => (await connections()).length === 0);
});

test('waits for a database that is not there yet, and can be closed while it waits', async () => {
  const listener = new Listener('postgres://nobody@127.0.0.1:1/nothing', NAME);
  let heard = false;
  const listening = listener.listen('one', () => {}).then(() => heard = true);
  await listener.close();
  expect(heard).toBe(false);
  void listening;
});
