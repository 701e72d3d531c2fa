/**
 * The command line as a process of its own, beside the real program and without it.
 *
 * @module
 */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createClient, createDataDir, isOver } from '../../support/installation.ts';
import { endPrograms, type Program, startProgram } from '../../support/processes.ts';

let dataDir: string;
let emptyDir: string;
let folder: string;
beforeAll(async () => {
  [dataDir, emptyDir] = [await createDataDir(), await createDataDir()];
  folder = await Deno.makeTempDir({ prefix: 'headway-backup-' });
});
afterEach(endPrograms);
afterAll(async () => {
  for (const dir of [dataDir, emptyDir, folder]) await Deno.remove(dir, { recursive: true });
});

async function start(dir: string) {
  const program = startProgram({
    args: ['backend/main.ts'],
    env: { DATA_DIR: dir, PORT: '0' },
  });
  const [, url] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  return { program, client: createClient((path, init) => fetch(`${url}/api/v1${path}`, init)) };
}

async function stop(program: Program): Promise<void> {
  program.kill('SIGTERM');
  expect((await program.ended).code).toBe(0);
}

async function admin(dir: string, ...words: string[]): Promise<{ code: number; output: string }> {
  const program = startProgram({ args: ['backend/admin.ts', ...words], env: { DATA_DIR: dir } });
  const { code } = await program.ended;
  // Its last words may come after its end.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { code, output: program.output };
}

test('from a running program to a backup, to an empty folder, to a running program', async () => {
  const { program, client } = await start(dataDir);
  const id = await client.upload('a.txt', 'Words that are found again');
  const knowledgeId = await client.createKnowledge();
  await client.reaches(await client.start(knowledgeId, [id]), isOver);
  expect((await admin(dataDir, 'status')).output).toMatch(/Headway is running: http.*[^]*yes/);
  const backup = join(folder, 'one');
  expect(await admin(dataDir, 'backup', backup)).toMatchObject({
    code: 0,
    output: expect.stringContaining('Headway ran meanwhile: http'),
  });
  expect(await admin(dataDir, 'restore', backup)).toMatchObject({
    code: 1,
    output: expect.stringContaining('Stop Headway first'),
  });
  await stop(program);
  expect(await admin(dataDir, 'check')).toMatchObject({
    code: 0,
    output: expect.stringContaining('Everything fits together'),
  });
  expect((await admin(emptyDir, 'status')).output).toContain('Headway was never started');
  expect(await admin(emptyDir, 'restore', backup)).toMatchObject({ code: 0 });
  const other = await start(emptyDir);
  expect((await other.client.search(knowledgeId, 'found')).hits).toHaveLength(1);
  const content = await other.client.send(`/files/${id}/content`);
  expect(await content.text()).toBe('Words that are found again');
});
