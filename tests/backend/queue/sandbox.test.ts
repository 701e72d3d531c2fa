/** The sandbox that files are read in, with real processes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { join } from 'node:path';
import { READING_LIMITS } from '../../../backend/processing/limits.ts';
import { createHost, type Host } from '../../../backend/queue/host.ts';
import {
  openSandboxFolder,
  removeAbandonedFolders,
} from '../../../backend/queue/sandbox-folder.ts';
import { packagesFolder } from '../../../backend/queue/sandbox.ts';
import { findSandboxUser } from '../../../backend/queue/sandbox-user.ts';
import {
  makeDocx,
  makeEpub,
  makeOdp,
  makeOds,
  makeOdt,
  makePdf,
  makePptx,
  makeXls,
  makeXlsx,
} from '../../support/documents.ts';
import type { Targets } from '../../support/hostile-reader.ts';
import { readReference, readSamples, wordErrors } from '../../support/recordings.ts';
import { mp4OfSound } from '../processing/transcribe/mp4.ts';

const MODELS = new URL('../../../node_modules/.headway-test-models', import.meta.url).pathname;
const HOSTILE = new URL('../../support/hostile-reader.ts', import.meta.url).pathname;
const never = new AbortController().signal;

let folder: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: 'headway-sandbox-' });
  await Deno.chmod(folder, 0o755);
});
afterAll(() => Deno.remove(folder, { recursive: true }));

async function write(name: string, content: Uint8Array | string): Promise<string> {
  const path = `${folder}/${name}`;
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(path, bytes, { mode: 0o600 });
  return path;
}

const inputOf = (path: string, mediaType: string) => ({
  path,
  name: path.split('/').at(-1)!,
  mediaType,
  workDir: `${path}.work`,
  modelDir: MODELS,
  checkpoint: null,
});

async function textOf(host: Host, path: string, mediaType?: string): Promise<string> {
  const detected = await host.detect(path, path.split('/').at(-1)!, never);
  const input = inputOf(path, mediaType ?? detected.mediaType);
  const events = await Array.fromAsync(host.process(input, never));
  return events.flatMap((event) => event.type === 'parts' ? event.parts : [])
    .map(({ text }) => text).join(' ');
}

test('reads on where somebody has removed the folder of its sandbox', async () => {
  const sandboxes = `${folder}/removed/sandboxes`;
  const host = createHost({ folder: sandboxes });
  const path = await write('read-on.txt', 'Some words');
  try {
    expect(await textOf(host, path)).toBe('Some words');
    await Deno.remove(sandboxes, { recursive: true });
    expect(await textOf(host, path)).toBe('Some words');
  } finally {
    await host.close();
  }
});

/** All that is refused to every reader. */
const REFUSED = [
  'read /etc/passwd',
  'read through node',
  'read another upload',
  'list uploads',
  'read the environment of the process',
  'read the environment of the parent',
  'open a socket',
  'listen',
  'fetch',
  'look up a name',
  'write a file',
  'change its input',
  'remove another upload',
  'make a link to another upload',
  'run a program',
  'load native code',
  'end its parent',
];

test.each([
  ['documents', 'text/plain', REFUSED],
  // Speech is recognised by native code out of the installed packages, and by no other.
  ['recordings', 'audio/mpeg', REFUSED],
])('a reader of %s that was taken over reaches its input alone', async (_, mediaType, refused) => {
  using listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  Deno.env.set('AUTH_SECRET', 'secret-of-the-test');
  Deno.env.set('DATABASE_URL', 'postgres://secret-of-the-test');
  const targets: Targets = { upload: await write('other', 'of somebody else'), folder, port: 0 };
  const path = await write('mine', 'bytes of my own');
  const name = JSON.stringify({ ...targets, port: (listener.addr as Deno.NetAddr).port });
  const host = createHost({ folder: `${folder}/sandboxes`, program: HOSTILE });
  try {
    const reading = host.process({ ...inputOf(path, mediaType), name }, never);
    const failure = await Array.fromAsync(reading).catch((error: Error) => error);
    const found = JSON.parse((failure as Error).message);
    expect(found['read its input']).toBe('bytes of my own');
    for (const what of refused) expect([what, found[what]]).toEqual([what, 'refused']);
    expect(found['read the environment']).toBe('undefined');
    expect(found['read the environment through node']).toBe('undefined');
    expect(found['import from the network']).toMatch(/deny-import|import access|refused/);
    expect(JSON.stringify(found)).not.toMatch(/secret-of-the-test|root:/);
  } finally {
    await host.close();
    Deno.env.delete('AUTH_SECRET');
    Deno.env.delete('DATABASE_URL');
  }
  expect(await Deno.readTextFile(path)).toBe('bytes of my own');
});

test('the environment of a reader holds nothing of its worker', async () => {
  Deno.env.set('AUTH_SECRET', 'secret-of-the-test');
  const program = await write('print.ts', 'await new Promise(() => setInterval(() => {}, 1e6));');
  const limits = { ...READING_LIMITS, maxSilenceSeconds: 60 };
  const host = createHost({ folder: `${folder}/sandboxes`, program, limits });
  const stop = new AbortController();
  const path = await write('any.txt', 'any');
  try {
    const detecting = host.detect(path, 'any.txt', stop.signal).catch(() => {});
    const environments = await environmentsOf(program);
    expect(environments).not.toContain('secret-of-the-test');
    expect(environments).toContain('PATH=');
    stop.abort();
    await detecting;
  } finally {
    await host.close();
    Deno.env.delete('AUTH_SECRET');
  }
});

/** Environment of the process that runs a program, once it does (Linux). */
async function environmentsOf(program: string): Promise<string> {
  if (Deno.build.os !== 'linux') return 'PATH=';
  while (true) {
    for await (const { name } of Deno.readDir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => '');
      if (!command.includes(program) || command.startsWith('/bin/sh')) continue;
      return await Deno.readTextFile(`/proc/${name}/environ`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('documents of every format and speech are read inside the sandbox', async () => {
  const host = createHost({ folder: `${folder}/sandboxes` });
  const rows = { People: [['fox', 'dog'], ['one', 'two']] };
  const [, reference] = await readReference();
  const speech = await readSamples(reference!.path);
  const documents: Record<string, Uint8Array | string> = {
    'a.txt': 'The fox',
    'a.md': '# The fox',
    'a.html': '<!doctype html><p>The fox',
    'a.csv': 'a,b\nfox,dog\n',
    'a.json': '{"a":"fox"}',
    'a.rtf': '{\\rtf1\\ansi The fox}',
    'a.pdf': makePdf(['The fox']),
    'a.docx': makeDocx(['The fox']),
    'a.pptx': makePptx([{ title: 'The fox', lines: [] }]),
    'a.xlsx': makeXlsx(rows),
    'a.xls': makeXls(rows),
    'a.odt': makeOdt(['The fox']),
    'a.ods': makeOds(rows),
    'a.odp': makeOdp([{ title: 'The fox', lines: [] }]),
    'a.epub': makeEpub([{ title: 'One', html: '<p>The fox</p>' }]),
  };
  try {
    for (const [name, bytes] of Object.entries(documents)) {
      expect([name, await textOf(host, await write(name, bytes))])
        .toEqual([name, expect.stringContaining('fox')]);
    }
    const recordings = [
      await Deno.readFile(reference!.path),
      mp4OfSound(speech, 16_000),
      await Deno.readFile(new URL('../../support/media/speech.m4a', import.meta.url)),
    ];
    for (const [at, bytes] of recordings.entries()) {
      const text = await textOf(host, await write(`talk-${at}`, bytes), RECORDING[at]);
      expect(wordErrors(reference!.text, text)).toBeLessThan(3);
    }
    // What was decoded is where a later run looks for it.
    expect(await Deno.stat(`${folder}/talk-1.work/speech.wav`)).toMatchObject({ isFile: true });
  } finally {
    await host.close();
  }
  expect(await Array.fromAsync(Deno.readDir(`${folder}/sandboxes`))).toEqual([]);
});

const RECORDING = ['audio/wav', 'video/mp4', 'audio/mp4'];

test('what a killed worker left in its sandbox is put back where it came from', async () => {
  const parent = `${folder}/killed`;
  const path = await write('long.mp3', 'sound');
  const workDir = `${folder}/long.work`;
  await Deno.mkdir(workDir);
  await Deno.writeTextFile(`${workDir}/speech.wav`, 'decoded');
  const sandbox = await openSandboxFolder(parent, {});
  await sandbox.admit(path, workDir);
  await removeAbandonedFolders(parent);
  // Its worker lives.
  expect(await Deno.readTextFile(`${sandbox.work}/speech.wav`)).toBe('decoded');
  const copy = `${folder}/copied`;
  await Deno.mkdir(copy);
  await Deno.rename(sandbox.path, `${copy}/x`);
  await Deno.remove(`${copy}/x/.lock`);
  await Deno.writeTextFile(`${copy}/x/.lock`, '');
  await removeAbandonedFolders(copy);
  expect(await Deno.readTextFile(`${workDir}/speech.wav`)).toBe('decoded');
  expect(await Array.fromAsync(Deno.readDir(copy))).toEqual([]);
  expect(await Deno.readTextFile(path)).toBe('sound');
});

test('the folder to write to moves between file systems, and an admission that failed is undone', async (context) => {
  const parent = `${folder}/mounted`;
  await Deno.mkdir(parent);
  const run = (program: string, ...args: string[]) =>
    new Deno.Command(program, { args, stdout: 'null', stderr: 'null' }).outputSync().success;
  const mounted = Deno.build.os === 'linux' &&
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', parent);
  if (!mounted) return context.skip('A file system cannot be mounted here');
  try {
    const path = await write('moved.mp3', 'sound');
    const workDir = `${folder}/moved.work`;
    await Deno.mkdir(workDir);
    await Deno.writeTextFile(`${workDir}/speech.wav`, 'decoded');
    const sandbox = await openSandboxFolder(parent, {});
    await sandbox.admit(path, workDir);
    expect(await Deno.readTextFile(`${sandbox.work}/speech.wav`)).toBe('decoded');
    await expect(Deno.stat(workDir)).rejects.toThrow(Deno.errors.NotFound);
    await sandbox.release();
    expect(await Deno.readTextFile(`${workDir}/speech.wav`)).toBe('decoded');

    await Deno.writeFile(`${workDir}/large.wav`, new Uint8Array(2_000_000));
    await expect(sandbox.admit(path, workDir)).rejects.toMatchObject({ code: 'ENOSPC' });
    await Deno.remove(`${workDir}/large.wav`);
    await sandbox.admit(path, workDir);
    expect(await Deno.readTextFile(`${sandbox.work}/speech.wav`)).toBe('decoded');
    await sandbox.remove();
  } finally {
    run('umount', parent);
  }
});

test('root reads files as another user, who cannot open the uploads themselves', async (context) => {
  const deno = join(folder, 'deno');
  await Deno.link(await Deno.realPath(Deno.execPath()), deno).catch(() =>
    Deno.copyFile(Deno.execPath(), deno)
  );
  const needs = { run: deno, read: HOSTILE, enter: [folder, await packagesFolder(), MODELS] };
  const { uid } = await findSandboxUser(needs, () => {});
  if (uid === undefined) return context.skip('needs root, and a checkout that others may enter');
  // As a worker has it.
  const umask = Deno.umask(0o077);
  const host = createHost({ folder: `${folder}/others`, deno });
  try {
    const path = await write('closed.txt', 'The fox');
    expect(await textOf(host, path)).toBe('The fox');
    const [, reference] = await readReference();
    const sound = mp4OfSound(await readSamples(reference!.path), 16_000);
    const recording = await write('closed.mp4', sound);
    const text = await textOf(host, recording, 'video/mp4');
    expect(wordErrors(reference!.text, text)).toBeLessThan(3);
    const decoded = await Deno.stat(`${recording}.work/speech.wav`);
    expect(decoded.uid).toBeGreaterThanOrEqual(60_578);
    for (const upload of [path, recording]) {
      expect(await Deno.stat(upload)).toMatchObject({ uid: 0, gid: 0, mode: 0o100600 });
    }
  } finally {
    Deno.umask(umask);
    await host.close();
  }
});

test('root stays root where another user cannot reach the programs, and says so', async (context) => {
  if (Deno.uid() !== 0) return context.skip('needs root');
  const closed = `${folder}/closed`;
  await Deno.mkdir(closed, { mode: 0o700 });
  const said: string[] = [];
  const needs = { run: '/bin/sh', read: '/bin/sh', enter: [closed] };
  expect(await findSandboxUser(needs, (message) => said.push(message))).toEqual({});
  expect(said).toEqual([expect.stringContaining(closed)]);
});
