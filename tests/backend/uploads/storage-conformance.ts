/**
 * What every storage has to keep to.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Storage } from '../../../backend/uploads/storage.ts';
import { sha256 } from '../../support/app.ts';

export interface StorageUnderTest {
  readonly storage: Storage;
  /** The same storage, as another process opens it. */
  reopen(): Promise<Storage>;
  /** Names of all that is stored, unfinished or not. */
  stored(): Promise<string[]>;
  close(): Promise<void>;
}

const MB = 1024 * 1024;
const MAX_BYTES = 40 * MB;
const bytesOf = (size: number) => new Uint8Array(randomBytes(size));

async function* piecesOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* breaking(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* piecesOf(bytes);
  throw new Error('The line broke');
}

const streamOf = (bytes: Uint8Array) => Readable.from(piecesOf(bytes));
const bytesFrom = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  await new Response(stream).bytes();
const ignore = () => {};

export function testStorage(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`storage: ${name}`, () => {
    let under: StorageUnderTest;
    let storage: Storage;
    beforeAll(async () => {
      under = await open();
      storage = under.storage;
    });
    afterAll(() => under.close());

    const receive = (bytes: Uint8Array) =>
      storage.receive(piecesOf(bytes), { maxBytes: MAX_BYTES });

    async function leavingNothing(work: () => Promise<unknown>): Promise<void> {
      const before = await under.stored();
      await work();
      expect(await under.stored()).toEqual(before);
    }

    describe('receive()', () => {
      test.each([0, 1, 100_000, 6 * MB])('keeps %i bytes and says what they are', async (size) => {
        const bytes = bytesOf(size);
        const seen: number[] = [];
        const received = await storage.receive(piecesOf(bytes), {
          maxBytes: MAX_BYTES,
          onProgress: (count) => seen.push(count),
        });
        expect(received).toMatchObject({ size, hash: await sha256(bytes) });
        expect(seen.at(-1) ?? 0).toBe(size);
        expect(await storage.size(received.path)).toBe(size);
        expect(await sha256(await bytesFrom(await storage.read(received.path))))
          .toBe(received.hash);
        await leavingNothing(async () => {
          await storage.remove((await receive(bytes)).path);
        });
      });

      test('leaves nothing of what is too large, or broke off', () =>
        leavingNothing(async () => {
          await expect(storage.receive(piecesOf(bytesOf(1_000)), { maxBytes: 999 }))
            .rejects.toMatchObject({ code: 'too_large' });
          await expect(storage.receive(breaking(bytesOf(200_000)), { maxBytes: MAX_BYTES }))
            .rejects.toThrow('The line broke');
        }));
    });

    describe('read()', () => {
      test.each([[0, 1], [0, 300_000], [299_999, 1], [65_535, 2], [100_000, undefined]])(
        'from %i, %s bytes',
        async (start, length) => {
          const bytes = bytesOf(300_000);
          const { path } = await receive(bytes);
          const range = { start, ...(length !== undefined && { length }) };
          const end = length === undefined ? undefined : start + length;
          const read = await bytesFrom(await storage.read(path, range));
          expect(await sha256(read)).toBe(await sha256(bytes.slice(start, end)));
        },
      );

      test('can be left in the middle', async () => {
        const { path } = await receive(bytesOf(600_000));
        const reader = (await storage.read(path)).getReader();
        expect((await reader.read()).done).toBe(false);
        await reader.cancel();
      });
    });

    test('local() is a path with the same bytes, gone afterwards where it was fetched', async () => {
      const bytes = bytesOf(300_000);
      const { path } = await receive(bytes);
      const copy = await storage.local(path);
      expect(await sha256(await Deno.readFile(copy.path))).toBe(await sha256(bytes));
      await copy[Symbol.asyncDispose]();
      expect(await storage.size(path)).toBe(bytes.length);
      if (copy.path !== path) await expect(Deno.stat(copy.path)).rejects.toThrow();
    });

    test('local() as an outline has head, tail and length', async () => {
      const bytes = bytesOf(20 * MB);
      const { path } = await receive(bytes);
      await using copy = await storage.local(path, { outline: true });
      const outline = new Uint8Array(await Deno.readFile(copy.path));
      expect(outline.length).toBe(bytes.length);
      expect(await sha256(outline.slice(0, MB))).toBe(await sha256(bytes.slice(0, MB)));
      expect(await sha256(outline.slice(-MB))).toBe(await sha256(bytes.slice(-MB)));
    });

    test('bytes that are gone are said to be', async () => {
      const { path } = await receive(bytesOf(10));
      await storage.remove(path);
      await storage.remove(path);
      expect(await storage.size(path)).toBeNull();
      await expect(storage.read(path)).rejects.toMatchObject({ code: 'file_not_found' });
      await expect(storage.local(path)).rejects.toMatchObject({ code: 'file_not_found' });
    });

    test('remove() touches nothing that is not its own', async () => {
      const outside = await Deno.makeTempFile();
      const { path } = await receive(bytesOf(10));
      for (
        const other of [outside, `${path}/../../../x`, path.replace(/[^/]+$/, `../${'x'}`), '']
      ) {
        await storage.remove(other);
      }
      expect((await Deno.stat(outside)).isFile).toBe(true);
      await Deno.remove(outside);
      expect(await storage.size(path)).toBe(10);
    });

    test('list() names whole files that are old enough, and nothing unfinished', async () => {
      const { path } = await receive(bytesOf(10));
      const id = crypto.randomUUID();
      await storage.partials.create(id, 100);
      const listed = async (before: Date) => (await Array.fromAsync(storage.list(before))).flat();
      const all = await listed(new Date(Date.now() + 60_000));
      expect(all).toContain(path);
      expect(all.some((name) => name.includes(id))).toBe(false);
      expect(await listed(new Date(0))).toEqual([]);
      await storage.partials.remove(id);
    });

    describe('partials', () => {
      test('grow piece by piece, also in another process, into one file', async () => {
        const bytes = bytesOf(13 * MB + 17);
        const id = crypto.randomUUID();
        await storage.partials.create(id, bytes.length);
        const other = (await under.reopen()).partials;
        let at = 0;
        for (const end of [1, 6 * MB, 6 * MB + 1, bytes.length]) {
          const partials = at % 2 === 0 ? storage.partials : other;
          expect(await partials.offset(id)).toBe(at);
          const seen: number[] = [];
          const piece = bytes.subarray(at, end);
          const onChunk = (chunk: Uint8Array) => seen.push(chunk.length);
          at = await partials.append(id, at, streamOf(piece), onChunk);
          expect(at).toBe(end);
          expect(seen.reduce((sum, count) => sum + count, 0)).toBe(piece.length);
        }
        const received = await storage.partials.commit(id, bytes.length, null);
        expect(received).toMatchObject({ size: bytes.length, hash: await sha256(bytes) });
        expect(await sha256(await bytesFrom(await storage.read(received.path))))
          .toBe(received.hash);
        expect(await storage.partials.commit(id, bytes.length, 'known'))
          .toEqual({ ...received, hash: 'known' });
      });

      test('a stream that breaks leaves an offset from which it goes on', async () => {
        const bytes = bytesOf(500_000);
        const id = crypto.randomUUID();
        await storage.partials.create(id, bytes.length);
        const broken = Readable.from(breaking(bytes.subarray(0, 300_000)));
        await expect(storage.partials.append(id, 0, broken, ignore)).rejects.toThrow();
        const offset = await storage.partials.offset(id) ?? NaN;
        expect(offset).toBeGreaterThan(0);
        expect(offset).toBeLessThanOrEqual(300_000);
        await storage.partials.append(id, offset, streamOf(bytes.subarray(offset)), ignore);
        const { hash } = await storage.partials.commit(id, bytes.length, null);
        expect(hash).toBe(await sha256(bytes));
      });

      test('become no file before they are whole', async () => {
        const id = crypto.randomUUID();
        await storage.partials.create(id, 100);
        await storage.partials.append(id, 0, streamOf(bytesOf(50)), ignore);
        await expect(storage.partials.commit(id, 100, null)).rejects.toThrow();
        await storage.partials.remove(id);
      });

      test('of no bytes become a file of none', async () => {
        const id = crypto.randomUUID();
        await storage.partials.create(id, 0);
        const { path, size } = await storage.partials.commit(id, 0, null);
        expect([size, await storage.size(path)]).toEqual([0, 0]);
      });

      test('that are removed leave nothing, and are known no more', () =>
        leavingNothing(async () => {
          const id = crypto.randomUUID();
          await storage.partials.create(id, 100);
          await storage.partials.append(id, 0, streamOf(bytesOf(50)), ignore);
          await storage.partials.remove(id);
          await storage.partials.remove(id);
          expect(await storage.partials.offset(id)).toBeNull();
        }));

      test('can be cut back where the storage says so', async () => {
        if (!storage.partials.truncate) return;
        const id = crypto.randomUUID();
        await storage.partials.create(id, 100);
        await storage.partials.append(id, 0, streamOf(bytesOf(50)), ignore);
        await storage.partials.truncate(id, 20);
        expect(await storage.partials.offset(id)).toBe(20);
        await storage.partials.remove(id);
      });
    });
  });
}
