/**
 * Disk and object store against the same conformance suite.
 */
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openDiskStorage } from '../../../backend/uploads/disk-storage.ts';
import { openS3Storage } from '../../../backend/uploads/s3-storage.ts';
import { sha256 } from '../../support/app.ts';
import { startS3Double } from '../../support/s3-double.ts';
import { mountSmall } from '../../support/small-file-system.ts';
import { testStorage } from './storage-conformance.ts';

testStorage('disk', async () => {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
  const storage = await openDiskStorage(dataDir);
  return {
    storage,
    reopen: () => openDiskStorage(dataDir),
    stored() {
      const folders = ['', 'incoming', 'partial'].map((name) => join(dataDir, 'uploads', name));
      const names = folders.flatMap((folder) => [...Deno.readDirSync(folder)]);
      return Promise.resolve(names.filter(({ isFile }) => isFile).map(({ name }) => name).sort());
    },
    close: () => Deno.remove(dataDir, { recursive: true }),
  };
});

const MB = 1024 * 1024;
const settings = {
  region: 'us-east-1',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
  prefix: 'headway/',
  forcePathStyle: true,
};

testStorage('S3 (a double of its protocol)', async () => {
  const double = startS3Double();
  const { endpoint, bucket } = double;
  const open = () => openS3Storage({ ...settings, endpoint, bucket });
  return {
    storage: await open(),
    reopen: open,
    stored: () => Promise.resolve([...double.objects.keys(), ...double.multiparts.keys()].sort()),
    close: double.stop,
  };
});

test('openS3Storage() names the bucket that cannot be reached', async () => {
  const double = startS3Double();
  const opening = openS3Storage({ ...settings, endpoint: double.endpoint, bucket: 'other' });
  await expect(opening).rejects.toThrow('Cannot open the bucket other');
  await double.stop();
});

describe.each(['hangs', 'refuses connections'])('a bucket that %s', (how) => {
  test('fails a request in time; the upload keeps what it has and goes on afterwards', async () => {
    const double = startS3Double();
    const { endpoint, bucket } = double;
    const { partials } = await openS3Storage({ ...settings, endpoint, bucket, answerMs: 1_500 });
    const bytes = new Uint8Array(randomBytes(9 * MB));
    const id = crypto.randomUUID();
    const streamOf = (start: number, end: number) => Readable.from([bytes.subarray(start, end)]);
    await partials.create(id, bytes.length);
    await partials.append(id, 0, streamOf(0, MB), () => {});
    if (how === 'hangs') double.hang();
    else await double.goAway();
    await expect(partials.append(id, MB, streamOf(MB, 9 * MB), () => {}))
      .rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    double.comeBack();
    const offset = await partials.offset(id) ?? NaN;
    expect(offset).toBeGreaterThanOrEqual(MB);
    await partials.append(id, offset, streamOf(offset, 9 * MB), () => {});
    const { hash } = await partials.commit(id, bytes.length, null);
    expect(hash).toBe(await sha256(bytes));
    await double.stop();
  });
});

test('a path of the app that names no file on disk is that of bytes that are gone', async () => {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
  const storage = await openDiskStorage(dataDir);
  const { path: file } = await storage.receive(Readable.from([new Uint8Array(10)]), {
    maxBytes: 10,
  });
  for (const path of [dataDir, '/dev/zero', `${file}/inside`, join(dataDir, 'x'.repeat(5_000))]) {
    expect(await storage.size(path)).toBeNull();
    await expect(storage.read(path)).rejects.toMatchObject({ code: 'file_not_found' });
    await expect(storage.local(path)).rejects.toMatchObject({ code: 'file_not_found' });
  }
  await Deno.remove(dataDir, { recursive: true });
});

test("a path of the app that leads to the program's own data is refused, and logged", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
  const elsewhere = await Deno.makeTempDir({ prefix: 'headway-elsewhere-' });
  const databaseDir = join(elsewhere, 'database');
  const logged: string[] = [];
  const log = (line: string) => logged.push(line);
  const storage = await openDiskStorage(dataDir, { databaseDir, log });
  const secrets = [
    join(dataDir, 'database', 'password'),
    join(dataDir, 'work', 'speech.wav'),
    join(databaseDir, 'password'),
  ];
  for (const path of secrets) {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, 'secret');
  }
  const link = join(elsewhere, 'link');
  await Deno.symlink(secrets[0]!, link);
  const roundabout = `${dataDir}/uploads/../database/password`;
  for (const path of [...secrets, link, roundabout]) {
    logged.length = 0;
    expect(await storage.size(path)).toBeNull();
    expect(logged).toEqual([expect.stringContaining(path)]);
    await expect(storage.read(path)).rejects.toMatchObject({ code: 'file_not_found' });
    await expect(storage.local(path)).rejects.toMatchObject({ code: 'file_not_found' });
  }
  const other = join(elsewhere, 'talk.txt');
  await Deno.writeTextFile(other, 'words');
  expect(await storage.size(other)).toBe(5);
  expect(await new Response(await storage.read(other)).text()).toBe('words');
  for (const folder of [dataDir, elsewhere]) await Deno.remove(folder, { recursive: true });
});

describe('folders on disk', () => {
  const one = () => Readable.from([new Uint8Array(10)]);
  const MOST = { maxBytes: 10 };

  test.each(['uploads/incoming', 'uploads/partial', 'uploads'])(
    'are made again where somebody has removed %s',
    async (removed) => {
      const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
      const { receive, partials, size } = await openDiskStorage(dataDir);
      const before = await receive(one(), MOST);
      const begun = crypto.randomUUID();
      await partials.create(begun, 10);
      await Deno.remove(join(dataDir, removed), { recursive: true });
      expect(await partials.offset(begun)).toBe(removed === 'uploads/incoming' ? 0 : null);
      expect(await size(before.path)).toBe(removed === 'uploads' ? null : 10);
      const { path } = await receive(one(), MOST);
      expect(await size(path)).toBe(10);
      const id = crypto.randomUUID();
      await partials.create(id, 10);
      expect(await partials.append(id, 0, one(), () => {})).toBe(10);
      expect((await partials.commit(id, 10, null)).size).toBe(10);
      await Deno.remove(dataDir, { recursive: true });
    },
  );

  test('are not made where their file system is away, and no file is said to be gone', async ({ skip }) => {
    const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
    const { receive, partials, size, local } = await openDiskStorage(dataDir);
    const { path } = await receive(one(), MOST);
    const id = crypto.randomUUID();
    await partials.create(id, 10);
    const uploads = join(dataDir, 'uploads');
    const other = await mountSmall(uploads, 'size=1m');
    if (typeof other === 'string') return skip(other);
    const away = { code: 'unavailable', cause: { code: 'EHOSTUNREACH' } };
    try {
      await expect(size(path)).rejects.toMatchObject(away);
      await expect(local(path)).rejects.toMatchObject(away);
      await expect(partials.offset(id)).rejects.toMatchObject(away);
      await expect(receive(one(), MOST)).rejects.toMatchObject(away);
      await expect(partials.create(crypto.randomUUID(), 10)).rejects.toMatchObject(away);
      expect(await Array.fromAsync(Deno.readDir(uploads))).toEqual([]);
    } finally {
      await other[Symbol.asyncDispose]();
    }
    expect(await size(path)).toBe(10);
    expect(await partials.offset(id)).toBe(0);
    await Deno.remove(dataDir, { recursive: true });
  });
});

test('no other user of the machine may read what is on disk, also where it was open before', async () => {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
  const umask = Deno.umask(0);
  try {
    const uploads = join(dataDir, 'uploads');
    const old = join(uploads, crypto.randomUUID());
    await Deno.mkdir(join(uploads, 'partial'), { recursive: true, mode: 0o755 });
    await Deno.writeTextFile(old, 'old', { mode: 0o644 });
    const { receive, partials } = await openDiskStorage(dataDir);
    const { path } = await receive(Readable.from([new Uint8Array(10)]), { maxBytes: 10 });
    const id = crypto.randomUUID();
    await partials.create(id, 10);
    const modeOf = async (of: string) => ((await Deno.stat(of)).mode! & 0o777).toString(8);
    for (const folder of ['', 'incoming', 'partial']) {
      expect(await modeOf(join(uploads, folder))).toBe('700');
    }
    for (const file of [old, path, join(uploads, 'partial', id)]) {
      expect(await modeOf(file)).toBe('600');
    }
  } finally {
    Deno.umask(umask);
    await Deno.remove(dataDir, { recursive: true });
  }
});
