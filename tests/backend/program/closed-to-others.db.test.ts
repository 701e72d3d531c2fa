/**
 * What other users of the machine may do with the program's data, with real processes.
 *
 * @module
 */
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { packagesFolder } from '../../../backend/queue/sandbox.ts';
import { findSandboxUser } from '../../../backend/queue/sandbox-user.ts';
import { createClient, isOver } from '../../support/installation.ts';
import {
  endPrograms,
  processesBelow,
  type Program,
  startProgram,
} from '../../support/processes.ts';
import { readReference } from '../../support/recordings.ts';

const READER = new URL('../../../backend/processing/child.ts', import.meta.url).pathname;

let folder: string;
let dataDir: string;
/** In a folder that other users may enter. */
let deno: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: 'headway-closed-' });
  await Deno.chmod(folder, 0o755);
  dataDir = join(folder, 'new', 'data');
  deno = join(folder, 'deno');
  const original = await Deno.realPath(Deno.execPath());
  await Deno.link(original, deno).catch(() => Deno.copyFile(original, deno));
});
afterEach(endPrograms);
afterAll(() => Deno.remove(folder, { recursive: true }));

/** Under a umask that leaves everything readable, as most systems have it. */
function launch(args: string[]): Program {
  const umask = Deno.umask(0o022);
  try {
    return startProgram({ args, deno, env: { DATA_DIR: dataDir, PORT: '0' } });
  } finally {
    Deno.umask(umask);
  }
}

/** Modes of all files and folders below a folder, by their path in it, as `stat` prints them. */
async function modesBelow(root: string): Promise<[path: string, mode: number][]> {
  const modes: [string, number][] = [];
  const walk = async (path: string): Promise<void> => {
    const info = await Deno.lstat(path).catch(() => null);
    if (!info || info.isSymlink) return;
    modes.push([relative(root, path), info.mode! & 0o777]);
    if (!info.isDirectory) return;
    const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name).catch(() => []);
    for (const name of names) await walk(join(path, name));
  };
  await walk(root);
  return modes;
}

const print = (found: [string, number][]) =>
  found.map(([path, mode]) => `${mode.toString(8)} ${path}`);

/** Not secret, and used by other users: the speech model, and a copy of PostgreSQL's own program. */
const isPublic = (path: string) => /^(models|database\/server-\w+)(\/|$)/.test(path);

/** The umask of a process (Linux). */
async function umaskOf(pid: number): Promise<string | undefined> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => '');
  return /^Umask:\s+(\d+)$/m.exec(status)?.[1];
}

test('no other user may read what the program makes, nor write to it', async () => {
  const program = launch(['backend/main.ts', '--processes', '2']);
  const [, url = ''] = await program.printed(/Headway is ready: (\S+)/);
  await program.printed(/takes jobs as/);
  const client = createClient((path, init) => fetch(`${url}/api/v1${path}`, init));
  const [, reference] = await readReference();
  const ids = [
    await client.upload('a.txt', 'The fox'),
    await client.upload('talk.wav', await Deno.readFile(reference!.path)),
  ];
  const session = await client.start(await client.createKnowledge(), ids);
  const status = await client.reaches(session, isOver);
  expect(status.status).toBe('completed');

  const needs = { run: deno, read: READER, enter: [folder, await packagesFolder()] };
  const { uid } = await findSandboxUser(needs, () => {});
  if (uid !== undefined) expect(program.output).not.toContain('Files are read as root');

  const processes = [program.pid, ...processesBelow(program.pid)];
  const umasks = await Promise.all(processes.map(umaskOf));
  if (Deno.build.os === 'linux') {
    // PostgreSQL, a guard, a worker, two that serve, and readers.
    expect(processes.length).toBeGreaterThan(6);
    expect(new Set(umasks.filter((umask) => umask !== undefined))).toEqual(new Set(['0077']));
  }

  const backup = join(folder, 'backup');
  const admin = launch(['backend/admin.ts', 'backup', backup]);
  expect((await admin.ended).code).toBe(0);
  await expectClosed();
  expect(print((await modesBelow(backup)).filter(([, mode]) => mode & 0o077))).toEqual([]);
  program.kill('SIGTERM');
  await program.ended;
  await expectClosed();
});

async function expectClosed(): Promise<void> {
  const modes = await modesBelow(dataDir);
  const names = modes.map(([path]) => path);
  // As root the database is here too, for its user can enter.
  for (const part of ['headway.lock', 'database/cluster/data', 'uploads', 'work', 'models']) {
    expect(names).toContain(part);
  }
  const ours = modes.filter(([path]) => !isPublic(path));
  expect(print(modes.filter(([, mode]) => mode & 0o022))).toEqual([]);
  expect(print(ours.filter(([path, mode]) => mode & 0o044 && !isInput(path)))).toEqual([]);
  const entered = ours.filter(([, mode]) => mode & 0o011).map(([path]) => path);
  const shared = Deno.uid() === 0 ? ['', 'database', 'sandboxes'] : [];
  expect(entered.filter((path) => !isSandbox(path)).sort()).toEqual(shared);
}

const isSandbox = (path: string) => /^sandboxes\/[-\w]{36}$/.test(path);
/** Readable by the one group of its reader. */
const isInput = (path: string) => /^sandboxes\/[-\w]{36}\/input$/.test(path);
