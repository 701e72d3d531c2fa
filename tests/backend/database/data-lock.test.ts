import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  findDatabaseTrouble,
  lockDataDir,
  readDataLock,
} from '../../../backend/database/data-lock.ts';

const MODULE = new URL('../../../backend/database/data-lock.ts', import.meta.url).href;

let dataDir: string;

beforeEach(async () => {
  dataDir = await Deno.makeTempDir({ prefix: 'headway-lock-' });
});

afterEach(() => Deno.remove(dataDir, { recursive: true }));

/** Another process that takes the lock and keeps it. */
async function startHolder(): Promise<Deno.ChildProcess> {
  const program = `import { lockDataDir } from ${JSON.stringify(MODULE)};
    const lock = await lockDataDir(${JSON.stringify(dataDir)});
    await lock.describe({ url: 'http://127.0.0.1:8000' });
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const command = new Deno.Command(Deno.execPath(), {
    args: ['eval', program],
    stdin: 'null',
    stdout: 'piped',
  });
  const holder = command.spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  await reader.cancel();
  return holder;
}

describe('lockDataDir()', () => {
  test('refuses a second holder and says where the first one is', async () => {
    const lock = await lockDataDir(dataDir);
    await lock.describe({ url: 'http://127.0.0.1:8000' });
    await expect(lockDataDir(dataDir)).rejects.toThrow(
      'Headway is already running on this data folder: ' +
        `http://127.0.0.1:8000 (process ${Deno.pid})`,
    );
    lock.release();
  });

  test('names the folder while the first one has no address yet', async () => {
    const lock = await lockDataDir(dataDir, { description: 'The archive' });
    await expect(lockDataDir(dataDir, { description: 'The archive' })).rejects.toThrow(
      `The archive is already running on this data folder: ${dataDir} (process ${Deno.pid})`,
    );
    lock.release();
  });

  test('creates the folder and can be taken again after release', async () => {
    const nested = `${dataDir}/a/b`;
    (await lockDataDir(nested)).release();
    (await lockDataDir(nested)).release();
  });

  test('keeps its file from other users', async () => {
    const lock = await lockDataDir(dataDir);
    expect((await Deno.stat(`${dataDir}/headway.lock`)).mode! & 0o777).toBe(0o600);
    lock.release();
  });

  test('forgets a longer earlier description', async () => {
    const lock = await lockDataDir(dataDir);
    await lock.describe({ url: 'http://127.0.0.1:8000', databaseUrl: 'postgres://127.0.0.1/x' });
    await lock.describe({});
    expect(await readDataLock(dataDir)).toEqual({ pid: Deno.pid });
    lock.release();
  });

  test('holds against another process until that is killed', async () => {
    const holder = await startHolder();
    await expect(lockDataDir(dataDir)).rejects.toThrow(`(process ${holder.pid})`);
    holder.kill('SIGKILL');
    await holder.status;
    (await lockDataDir(dataDir)).release();
  });
});

describe('readDataLock()', () => {
  test('gives what the holder says about itself', async () => {
    const holder = await startHolder();
    const info = { pid: holder.pid, url: 'http://127.0.0.1:8000' };
    expect(await readDataLock(dataDir)).toEqual(info);
    holder.kill('SIGKILL');
    await holder.status;
  });

  test('gives null when nothing ever ran here, or does no more', async () => {
    expect(await readDataLock(dataDir)).toBeNull();
    (await lockDataDir(dataDir)).release();
    expect(await readDataLock(dataDir)).toBeNull();
  });
});

describe('findDatabaseTrouble()', () => {
  test('gives what keeps the database of the holder from running', async () => {
    const lock = await lockDataDir(dataDir);
    const [databaseUrl, databaseTrouble] = ['postgres://here', 'Disk quota exceeded'];
    await lock.describe({ databaseUrl, databaseTrouble });
    expect(await findDatabaseTrouble(dataDir, databaseUrl)).toBe(databaseTrouble);
    expect(await findDatabaseTrouble(dataDir, 'postgres://elsewhere')).toBeNull();
    await lock.describe({ databaseUrl, databaseTrouble: null });
    expect(await findDatabaseTrouble(dataDir, databaseUrl)).toBeNull();
    lock.release();
  });
});
