/**
 * Which files need not be sent.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { FileToCompare, KnownFile } from '#contract/known-files.ts';
import { compareFiles, sentHere } from '../../frontend/src/lib/uploads/duplicates.ts';
import { hashFile, MOST_HASHED_BYTES } from '../../frontend/src/lib/uploads/hash-file.ts';

interface There {
  name: string;
  text: string;
  /** Without it, its bytes are not known to anybody. */
  hashed?: boolean;
}

/** A server with files; the text of a file stands for its hash. */
function serverWith(there: readonly There[]) {
  const seek = ({ name, size, sha256 }: FileToCompare): [KnownFile['match'], There] | null => {
    const alike = there.filter(({ text }) => text.length === size);
    const same = alike.find(({ text, hashed = true }) => hashed && text === sha256);
    const named = alike.find((file) => file.name === name && (!sha256 || file.hashed === false));
    if (same) return ['content', same];
    if (named) return ['name', named];
    return !sha256 && alike[0] ? ['size', alike[0]] : null;
  };
  return (files: FileToCompare[]) =>
    Promise.resolve({
      items: files.flatMap((file, index) => {
        const [match, found] = seek(file) ?? [];
        if (!match || !found) return [];
        return [{ index, match, file_id: `id of ${found.name}`, name: found.name, created_at: 1 }];
      }),
    });
}

const fileOf = (name: string, text: string) => new File([text], name);
const hash = (file: File): Promise<string | null> => file.text();
const namesOf = (files: { name: string }[]) => files.map(({ name }) => name);

describe('compareFiles()', () => {
  it('holds back the same bytes, under whatever name', async () => {
    const ask = serverWith([{ name: 'a.txt', text: 'twelve' }]);
    const files = [fileOf('a.txt', 'twelve'), fileOf('b.txt', 'twelve'), fileOf('c.txt', 'eleven')];
    const { fresh, duplicates } = await compareFiles(files, { ask, hash });
    expect(namesOf(fresh)).toEqual(['c.txt']);
    expect(duplicates).toMatchObject([
      { match: 'content', known: 'a.txt', fileId: 'id of a.txt' },
      { match: 'content', known: 'a.txt' },
    ]);
  });

  it('sends other bytes of the same name and size', async () => {
    const ask = serverWith([{ name: 'a.txt', text: 'before' }]);
    const { fresh } = await compareFiles([fileOf('a.txt', 'after!')], { ask, hash });
    expect(namesOf(fresh)).toEqual(['a.txt']);
  });

  it('goes by name and size where bytes cannot be compared', async () => {
    const file = fileOf('a.txt', 'before');
    const unread = serverWith([{ name: 'a.txt', text: 'before' }]);
    for (
      const [ask, hashing] of [
        [unread, () => Promise.resolve(null)],
        [serverWith([{ name: 'a.txt', text: 'before', hashed: false }]), hash],
      ] as const
    ) {
      const { duplicates } = await compareFiles([file], { ask, hash: hashing });
      expect(duplicates).toMatchObject([{ match: 'name', known: 'a.txt' }]);
    }
  });

  it('reads only files whose size is known to somebody, and no more than allowed', async () => {
    const reading = vi.fn(hash);
    const ask = serverWith([{ name: 'x', text: 'four' }]);
    const files = ['four', 'fiver', 'sixsix', 'tour'].map((text) => fileOf(text, text));
    await compareFiles(files, { ask, hash: reading });
    expect(reading.mock.calls.map(([file]) => file.name)).toEqual(['four', 'tour']);
    reading.mockClear();
    await compareFiles(files, { ask, hash: reading, mostBytes: 4 });
    expect(reading).toHaveBeenCalledTimes(1);
  });

  it('finds copies within one drop, and keeps the first', async () => {
    const files = [fileOf('a', 'same'), fileOf('b', 'same'), fileOf('c', 'else')];
    const { fresh, duplicates } = await compareFiles(files, { ask: serverWith([]), hash });
    expect(namesOf(fresh)).toEqual(['a', 'c']);
    expect(duplicates).toMatchObject([{ known: 'a', fileId: null, match: 'content' }]);
  });

  it('puts every file into exactly one list, whatever there is', async () => {
    const text = fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom('a', 'b') });
    const files = fc.array(fc.record({ name: text, text }), { maxLength: 8 });
    await fc.assert(fc.asyncProperty(files, files, async (given, there) => {
      const dropped = given.map(({ name, text }) => fileOf(name, text));
      const { fresh, duplicates } = await compareFiles(dropped, { ask: serverWith(there), hash });
      const held = duplicates.map(({ file }) => file);
      expect(new Set([...fresh, ...held])).toEqual(new Set(dropped));
      expect(fresh.length + held.length).toBe(dropped.length);
      const texts = await Promise.all(fresh.map((file) => file.text()));
      expect(texts.filter((each) => there.some(({ text }) => text === each))).toEqual([]);
      expect(new Set(texts).size).toBe(texts.length);
    }));
  });
});

it('sentHere() lets files through that were announced and are not being sent: they go on', () => {
  const asked = ['a', 'b', 'c', 'd'].map((name) => ({ name, size: 4 }));
  const items = asked.map(({ name }, index) => ({
    index,
    match: 'name' as const,
    file_id: name === 'd' ? 'f' : null,
    name,
    created_at: 1,
  }));
  const uploads = [['a', 'sending'], ['b', 'failed']].map(([name = '', kind]) =>
    ({ file: fileOf(name, 'four'), state: { kind } }) as never
  );
  expect(sentHere({ items }, asked, uploads).items.map(({ name }) => name)).toEqual(['a', 'd']);
});

describe('hashFile()', () => {
  it('is the SHA-256, and null where it cannot be had', async () => {
    expect(await hashFile(new Blob(['abc'])))
      .toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(await hashFile({ size: MOST_HASHED_BYTES + 1 } as Blob)).toBeNull();
    const gone = { size: 1, arrayBuffer: () => Promise.reject(new Error('gone')) };
    expect(await hashFile(gone as never)).toBeNull();
  });
});
