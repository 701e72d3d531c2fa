/**
 * `deno task start --processes 2`: one port, two processes, and the same truth from both.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDataDir } from '../../support/installation.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  endPrograms,
  processesBelow,
  type Program,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';

let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
  dataDir = await createDataDir();
});
afterEach(endPrograms);
afterAll(async () => {
  await database.drop();
  await Deno.remove(dataDir, { recursive: true });
});

const serving = ({ pid }: Program) => processesBelow(pid, /backend\/serve\.ts/);

test('both serve, both know what changed, and one that is killed is replaced', async () => {
  const program = startProgram({
    args: ['backend/main.ts', '--', '--processes', '2'],
    env: { DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0' },
  });
  const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  const [one = 0, other = 0, ...more] = serving(program);
  expect([one > 0, other > 0, more]).toEqual([true, true, []]);
  /** Over a connection of its own, which the kernel gives to one of them. */
  const ask = (path: string) => fetch(`${url}${path}`, { headers: { connection: 'close' } });

  for (const stopped of [one, other]) {
    signalTo(stopped, 'SIGSTOP');
    let answered = 0;
    const asking = Array.from({ length: 24 }, async () => {
      await (await ask('/health')).body?.cancel();
      answered++;
    });
    await until('an answer of the other one', () => answered > 0);
    signalTo(stopped, 'SIGCONT');
    await Promise.all(asking);
  }

  await database
    .sql`insert into headway.session (id, user_id, status) values ('s', 'local', 'paused')`;
  const progress = async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => ask('/api/v1/progress/s/status')),
    );
    return await Promise.all(answers.map(async (answer) => (await answer.json()).progress));
  };
  expect(new Set(await progress())).toEqual(new Set([0]));
  await database.sql`update headway.session set progress = 40 where id = 's'`;
  await until('the change in both', async () => (await progress()).every((each) => each === 40));

  signalTo(one, 'SIGKILL');
  await program.printed(/The serving process ended \(SIGKILL\)/);
  await until('another one', () => serving(program).filter((pid) => pid !== one).length === 2);
  expect(serving(program)).toContain(other);
  expect((await progress()).every((each) => each === 40)).toBe(true);
  program.kill('SIGTERM');
  expect((await program.ended).code).toBe(0);
});
