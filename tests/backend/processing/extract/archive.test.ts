import { afterEach, expect, test } from 'vitest';
import { Archive, ARCHIVE_LIMITS } from '../../../../backend/processing/extract/archive.ts';
import { zip } from '../../../support/documents.ts';

const files: string[] = [];
afterEach(async () => {
  for (const path of files.splice(0)) await Deno.remove(path);
});

async function open(bytes: Uint8Array, limits = {}): Promise<Archive> {
  const path = await Deno.makeTempFile({ prefix: 'headway-archive-' });
  files.push(path);
  await Deno.writeFile(path, bytes);
  return await Archive.open(path, 'archive', { ...ARCHIVE_LIMITS, ...limits });
}

test('Archive.read() gives the bytes of single entries, stored or deflated', async () => {
  using archive = await open(zip({ mimetype: 'stored', 'a/b.txt': 'deflated '.repeat(100) }));
  expect(archive.names).toEqual(['mimetype', 'a/b.txt']);
  expect(await archive.text('mimetype')).toBe('stored');
  expect(await archive.text('a/b.txt')).toBe('deflated '.repeat(100));
  expect(await archive.text('missing')).toBe(null);
  await expect(archive.read('missing')).rejects.toMatchObject({ code: 'broken_file' });
});

test('Archive.read() stops inflating at the limit of an entry, of the whole and of the ratio', async () => {
  const bytes = zip({
    a: new Uint8Array(50_000),
    b: new Uint8Array(50_000),
    mimetype: 'x'.repeat(900),
  });
  const tooLarge = { code: 'too_large_inside' };
  using entry = await open(bytes, { maxEntryBytes: 49_999 });
  await expect(entry.read('a')).rejects.toMatchObject(tooLarge);
  using total = await open(bytes, { maxTotalBytes: 99_999 });
  await total.read('a');
  await expect(total.read('b')).rejects.toMatchObject(tooLarge);
  using ratio = await open(bytes, { maxRatio: 10, ratioFromBytes: 1000 });
  await expect(ratio.read('a')).rejects.toMatchObject(tooLarge);
  using stored = await open(bytes, { maxEntryBytes: 899 });
  await expect(stored.read('mimetype')).rejects.toMatchObject(tooLarge);
  await expect(open(bytes, { maxEntries: 2 })).rejects.toMatchObject(tooLarge);
});

test('Archive.read() believes no size that the archive claims', async () => {
  const bytes = zip({ a: new Uint8Array(50_000) });
  const directory = bytes.findLastIndex((byte, at) => byte === 0x50 && bytes[at + 2] === 1);
  new DataView(bytes.buffer).setUint32(directory + 24, 10, true);
  using archive = await open(bytes, { maxEntryBytes: 40_000 });
  await expect(archive.read('a')).rejects.toMatchObject({ code: 'too_large_inside' });
});

test('Archive.read() fails with broken_file for bytes that were changed', async () => {
  const bytes = zip({ mimetype: 'some text', b: 'other text '.repeat(50) });
  bytes[40]! ^= 1;
  using archive = await open(bytes);
  await expect(archive.read('mimetype')).rejects.toMatchObject({ code: 'broken_file' });
  await expect(open(bytes.slice(0, -30))).rejects.toMatchObject({ code: 'broken_file' });
});

test('Archive.read() fails with encrypted_file for an entry behind a password', async () => {
  const bytes = zip({ mimetype: 'x' });
  const directory = bytes.findLastIndex((byte, at) => byte === 0x50 && bytes[at + 2] === 1);
  bytes[directory + 8]! |= 1;
  using archive = await open(bytes);
  await expect(archive.read('mimetype')).rejects.toMatchObject({ code: 'encrypted_file' });
});
