/**
 * Adding files: several drops, several sessions, and what is held back.
 *
 * @module
 */
import { describe, expect, it, vi } from 'vitest';
import { leftOutNotes } from '../../frontend/src/lib/components/left-out.ts';
import { englishMessages as messages } from '../../frontend/src/lib/components/messages.ts';
import { Adding, type AddingOptions } from '../../frontend/src/lib/state/adding.svelte.ts';

const fileOf = (name: string) => new File([name], name);
const chosen = (...names: string[]) => ({
  files: names.map(fileOf),
  leftOut: 0,
  emptyFolders: [],
});

/** Files whose name begins with `old` are there already. */
function start(options: Partial<AddingOptions> = {}) {
  const sent: string[][] = [];
  const followed: string[] = [];
  const adding = new Adding({
    known: () => Promise.resolve({ items: [] }),
    announce: (files) => {
      sent.push(files.map(({ name }) => name));
      return Promise.resolve({ session_id: `s${sent.length}` } as never);
    },
    onSession: (id) => followed.push(id),
    compare: (files) =>
      Promise.resolve({
        fresh: files.filter(({ name }) => !name.startsWith('old')),
        duplicates: files.filter(({ name }) => name.startsWith('old'))
          .map((file) => ({ file, match: 'content' as const, known: 'x', fileId: 'f' })),
      }),
    ...options,
  });
  return { adding, sent, followed };
}

describe('Adding', () => {
  it('sends what is new and holds what is there, over several drops', async () => {
    const { adding, sent, followed } = start();
    await Promise.all([adding.add(chosen('a', 'old b')), adding.add(chosen('old c'))]);
    expect(sent).toEqual([['a']]);
    expect(followed).toEqual(['s1']);
    expect(adding.held.map(({ file }) => file.name)).toEqual(['old b', 'old c']);
  });

  it('sends held files all the same, or lets them be', async () => {
    const { adding, sent } = start();
    await adding.add(chosen('old a', 'old b', 'old c'));
    await adding.sendHeld(adding.held.slice(1, 2));
    expect(sent).toEqual([['old b']]);
    adding.skipHeld();
    expect(adding.held).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it('makes several sessions of more files than one takes, and says so', async () => {
    const { adding, sent } = start({ mostAtOnce: 2 });
    await adding.add(chosen('a', 'b', 'c', 'd', 'e'));
    expect(sent).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(leftOutNotes(adding.leftOut, messages)).toEqual([messages.knowledge.portions(3)]);
  });

  it('sends everything when nothing can be compared', async () => {
    const { adding, sent } = start({ compare: () => Promise.reject(new Error('offline')) });
    await adding.add(chosen('old a'));
    expect([sent, adding.error]).toEqual([[['old a']], null]);
  });

  it('says what it is doing, and what went wrong', async () => {
    const announce = vi.fn(() => Promise.reject(new Error('Too many requests')));
    const { adding } = start({ announce });
    const done = adding.add(chosen('a'));
    expect(adding.busy).toBe('comparing');
    await done;
    expect(adding.busy).toBeNull();
    expect(adding.error).toMatchObject({ message: 'Too many requests' });
  });

  it('says what was left out until it is dismissed', async () => {
    const { adding, sent } = start();
    const emptyFolders = ['a', 'b', 'c', 'd'];
    await adding.add({ files: [], leftOut: 2, emptyFolders });
    expect(leftOutNotes(adding.leftOut, messages)).toEqual([
      messages.nothingDropped,
      messages.knowledge.leftOutHidden(2),
      messages.knowledge.emptyFolders('a, b, c', 1),
    ]);
    expect(sent).toEqual([]);
    adding.dismiss();
    expect(leftOutNotes(adding.leftOut, messages)).toEqual([]);
  });
});
