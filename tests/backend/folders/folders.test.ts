/**
 * Modes of folders that an older version, or an operator, made.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDataDir } from '../../../backend/database/data-lock.ts';
import { makeEnterableFolder, makePrivateFolder } from '../../../backend/folders/folders.ts';

const isRoot = Deno.build.os !== 'windows' && Deno.uid() === 0;
/** Of a folder that others must pass through, where there are others. */
const ENTERABLE = isRoot ? 0o711 : 0o700;

let root: string;
let dataDir: string;
beforeEach(async () => {
  root = await Deno.makeTempDir({ prefix: 'headway-folders-' });
  dataDir = join(root, 'data');
  await folder(dataDir);
});
afterEach(() => Deno.remove(root, { recursive: true }));

async function folder(path: string, mode = 0o755): Promise<string> {
  await Deno.mkdir(path);
  await Deno.chmod(path, mode);
  return path;
}

async function file(path: string): Promise<string> {
  await Deno.writeTextFile(path, 'x');
  await Deno.chmod(path, 0o644);
  return path;
}

const modeOf = async (path: string) => ((await Deno.stat(path)).mode ?? 0) & 0o7777;

/** What opens a data folder: the program, and whatever keeps a folder in it. */
const OPENINGS: [string, () => Promise<unknown>][] = [
  ['lockDataDir', async () => (await lockDataDir(dataDir)).release()],
  ['makePrivateFolder', () => makePrivateFolder(join(dataDir, 'work'))],
];

describe.skipIf(Deno.build.os === 'windows').each(OPENINGS)('%s', (_name, open) => {
  test.each(['755', '750', '777'])('tightens a data folder of mode %s', async (octal) => {
    const mode = parseInt(octal, 8);
    await Deno.chmod(dataDir, mode);
    for (const name of ['uploads', 'database', 'models']) await folder(join(dataDir, name));
    await file(join(dataDir, 'headway.lock'));
    await open();
    expect(await modeOf(dataDir)).toBe(mode & ENTERABLE);
    expect(await modeOf(root)).toBe(0o700);
  });

  test('opens none that is closed', async () => {
    await Deno.chmod(dataDir, 0o700);
    await open();
    expect(await modeOf(dataDir)).toBe(0o700);
  });

  test('leaves a folder alone that holds more, or that is shared', async () => {
    const notes = await file(join(dataDir, 'notes.txt'));
    await open();
    expect(await modeOf(dataDir)).toBe(0o755);
    await Deno.remove(notes);
    await Deno.chmod(dataDir, 0o1777);
    await open();
    expect(await modeOf(dataDir)).toBe(0o1777);
  });

  test.runIf(isRoot)('leaves the folder of another user alone', async () => {
    await Deno.chown(dataDir, 12_345, 12_345);
    await open();
    expect(await modeOf(dataDir)).toBe(0o755);
  });
});

describe.skipIf(Deno.build.os === 'windows')('makePrivateFolder', () => {
  test('closes an open folder and the files in it', async () => {
    const uploads = await folder(join(dataDir, 'uploads'));
    const stored = await file(join(uploads, 'stored'));
    await makePrivateFolder(uploads);
    expect([await modeOf(uploads), await modeOf(stored)]).toEqual([0o700, 0o600]);
  });
});

describe.skipIf(Deno.build.os === 'windows')('makeEnterableFolder', () => {
  test('makes what is missing, and tightens only the folder itself', async () => {
    const database = await folder(join(dataDir, 'database'));
    await makeEnterableFolder(database);
    await makeEnterableFolder(join(dataDir, 'new', 'inner'));
    expect(await modeOf(database)).toBe(ENTERABLE);
    expect(await modeOf(join(dataDir, 'new', 'inner'))).toBe(ENTERABLE);
    expect(await modeOf(dataDir)).toBe(0o755);
  });
});
