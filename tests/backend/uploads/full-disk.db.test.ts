/**
 * Uploads to a file system that is really full, or really read-only.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { notProblem, sha256, startTestApp, type TestApp } from '../../support/app.ts';
import { mountSmall, type SmallFileSystem } from '../../support/small-file-system.ts';
import { locationOf, offsetOf, type Tus, tusOf } from '../../support/tus.ts';

const MB = 1024 * 1024;

let app: TestApp;
let tus: Tus;
let disk: SmallFileSystem | string;
beforeAll(async () => {
  app = await startTestApp();
  tus = tusOf(app);
});
afterAll(() => app.stop());

beforeEach(async ({ skip }) => {
  disk = await mountSmall(`${app.dataDir}/uploads`, 'size=2m');
  if (typeof disk === 'string') return skip(disk);
  for (const name of ['incoming', 'partial']) await Deno.mkdir(`${app.dataDir}/uploads/${name}`);
});
afterEach(async () => {
  if (typeof disk !== 'string') await disk[Symbol.asyncDispose]();
});

const remount = async (options: string) => {
  if (typeof disk !== 'string') await disk.remount(options);
};
const bytes = new Uint8Array(randomBytes(3 * MB));
const count = async (table: string) =>
  (await app.sql`select count(*)::int as n from ${app.sql(table)}`)[0]?.n;

describe.each(['full', 'read-only'])('on a disk that is %s', (how) => {
  beforeEach(() => how === 'full' ? undefined : remount('ro'));

  test('a multipart upload answers 507 with the reason and leaves nothing', async () => {
    const before = [await count('file'), await count('headway.session')];
    const answer = await app.send('a.bin', bytes);
    expect(notProblem(answer, 'insufficient_storage')).toBeNull();
    expect(answer.body.detail).toContain(how === 'full' ? 'space' : 'may not write');
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(await app.stored()).toEqual([]);
    expect([await count('file'), await count('headway.session')]).toEqual(before);
  });
});

test('a tus upload on a full disk answers 507, keeps what it has and goes on from there', async () => {
  const at = locationOf(await tus.create(bytes.length, { filename: 'a.bin' }));
  const refused = await tus.send(at, 0, bytes);
  expect(notProblem(refused, 'insufficient_storage')).toBeNull();
  const offset = offsetOf(await tus.head(at));
  expect(offset).toBeGreaterThan(0);
  expect(offset).toBeLessThanOrEqual(2 * MB);
  await remount('size=8m');
  const sent = await tus.send(at, offset, bytes.subarray(offset));
  const fileId = sent.headers.get('content-location')!.split('/').at(-1)!;
  const [row] = await app.sql`select path from file where id = ${fileId}`;
  expect(await sha256(await Deno.readFile(row?.path))).toBe(await sha256(bytes));
});

test.each<[string, string, number]>([
  ['cannot begin', 'ro', 1_000],
  ['has no room for what comes with its creation', 'size=2m', bytes.length],
])('a tus upload that %s answers 507 and leaves nothing', async (_how, options, size) => {
  await remount(options);
  const refused = await tus.create(size, { filename: 'never.bin' }, {
    body: bytes.slice(0, size),
  });
  expect(notProblem(refused, 'insufficient_storage')).toBeNull();
  expect(await app.stored()).toEqual([]);
  for (const table of ['headway.upload', 'headway.job']) {
    const column = app.sql(table === 'headway.job' ? 'name' : 'filename');
    expect(await app.sql`select 1 from ${app.sql(table)} where ${column} = 'never.bin'`)
      .toEqual([]);
  }
});

test('an upload that cannot begin where the disk is away leaves no session that awaits it', async () => {
  for (const name of ['incoming', 'partial']) await Deno.remove(`${app.dataDir}/uploads/${name}`);
  const refused = await tus.create(5, { filename: 'away.bin' });
  expect(notProblem(refused, 'unavailable')).toBeNull();
  expect(await app.sql`select 1 from headway.job where name = 'away.bin'`).toEqual([]);
});
