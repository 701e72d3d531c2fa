/**
 * However the program ends, nothing that it started is left running, its database included.
 *
 * @module
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDataDir } from '../../support/installation.ts';
import {
  endPrograms,
  isAlive,
  processesBelow,
  type Program,
  signalTo,
  startProgram,
  until,
} from '../../support/processes.ts';

const MAIN = /backend\/main\.ts/;
const WORKER = /backend\/worker\.ts/;
const DATABASE = /bin\/postgres -D/;

let dataDir: string;
beforeAll(async () => {
  dataDir = await createDataDir();
});
afterEach(endPrograms);
afterAll(() => Deno.remove(dataDir, { recursive: true }));

/** As `npx` does: starts a program and takes no care of it when a signal comes. */
const WRAPPER = `data:text/javascript,
  const args = ['run', '--quiet', '-A', 'backend/main.ts'];
  await new Deno.Command('sh', { args: ['-c', 'exec "$@"; true', 'sh', Deno.execPath(), ...args] })
    .spawn().status;`;

async function start(args: string[]): Promise<{ program: Program; family: number[] }> {
  const program = startProgram({ args, env: { DATA_DIR: dataDir, PORT: '0' } });
  await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  return { program, family: processesBelow(program.pid) };
}

const noneLeft = (family: readonly number[]) =>
  until('the end of all that it started', () => !family.some(isAlive));

test('SIGTERM to a task runner that does not pass it on ends all of it', async () => {
  const { program, family } = await start([WRAPPER]);
  expect(processesBelow(program.pid, MAIN)).not.toEqual([]);
  expect(processesBelow(program.pid, DATABASE)).toHaveLength(1);
  program.kill('SIGTERM');
  await program.ended;
  await noneLeft(family);
  expect(program.output).toContain('The program that started Headway has ended. Stopping');
});

test('the program killed: its database is shut down in order', async () => {
  const { program, family } = await start(['backend/main.ts']);
  expect(processesBelow(program.pid, DATABASE)).toHaveLength(1);
  program.kill('SIGKILL');
  await noneLeft(family);
  const { program: next } = await start(['backend/main.ts']);
  expect(next.output).not.toMatch(/earlier run left behind|not properly shut down/);
});

test('the program killed while its worker is frozen: the worker ends too', async () => {
  const { program, family } = await start(['backend/main.ts']);
  const [worker = 0] = processesBelow(program.pid, WORKER);
  signalTo(worker, 'SIGSTOP');
  program.kill('SIGKILL');
  await noneLeft(family);
});

test.each(['a process of its database', 'its database'])(
  'the program killed while %s is frozen: all of it ends, and the next start succeeds',
  async (what) => {
    const { program, family } = await start(['backend/main.ts']);
    const [server = 0] = processesBelow(program.pid, DATABASE);
    const [backend = 0] = processesBelow(server, /idle$/);
    const frozen = what === 'its database' ? server : backend;
    expect(frozen).toBeGreaterThan(0);
    signalTo(frozen, 'SIGSTOP');
    program.kill('SIGKILL');
    await noneLeft(family);
    const { program: next } = await start(['backend/main.ts']);
    expect(next.output).not.toMatch(/earlier run left behind|lost their database/);
  },
);

test('a failed start of one part leaves no other running', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'headway-no-pages-' });
  await Deno.chmod(folder, 0o755);
  const program = startProgram({
    args: ['tests/support/broken-build.ts'],
    env: { DATA_DIR: folder, PORT: '0' },
  });
  expect((await program.ended).code).toBe(1);
  expect(program.output).toContain('The pages could not be built');
  // Every process of the database says in its command line where its folder is.
  const { stdout } = new Deno.Command('ps', { args: ['-A', '-o', 'command='] }).outputSync();
  expect(new TextDecoder().decode(stdout)).not.toContain(folder);
  await Deno.remove(folder, { recursive: true });
});
