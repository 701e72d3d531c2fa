/**
 * What comes out of a drop: files with their folders, and what was left out.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  droppedFiles,
  folderOf,
  pathOf,
  pickedFiles,
} from '../../frontend/src/lib/uploads/dropped-files.ts';
import { inPortions } from '../../frontend/src/lib/uploads/portions.ts';

interface Folder {
  [name: string]: Folder | string;
}

/** An entry as a browser hands it out: a hundred children at a time. */
function entryOf(name: string, content: Folder | string): FileSystemEntry {
  if (typeof content === 'string') {
    const file = (done: FileCallback) => done(new File([content], name));
    return { name, isFile: true, isDirectory: false, file } as never;
  }
  const children = Object.entries(content).map(([child, inside]) => entryOf(child, inside));
  const createReader = () => ({
    readEntries: (done: (entries: FileSystemEntry[]) => void) => done(children.splice(0, 100)),
  });
  return { name, isFile: false, isDirectory: true, createReader } as never;
}

function dropOf(content: Folder): Pick<DataTransfer, 'items'> {
  const items = Object.entries(content).map(([name, inside]) => ({
    kind: 'file',
    webkitGetAsEntry: () => entryOf(name, inside),
  }));
  return { items: [...items, { kind: 'string' }] as never };
}

describe('droppedFiles()', () => {
  it('finds files in folders at any depth and knows where they lay', async () => {
    const { files } = await droppedFiles(
      dropOf({ 'a.txt': 'a', reports: { 'b.txt': 'b', y2024: { 'c.txt': 'c' } } }),
    );
    expect(files.map(pathOf)).toEqual(['a.txt', 'reports/b.txt', 'reports/y2024/c.txt']);
    expect(files.map(folderOf)).toEqual(['', 'reports', 'reports/y2024']);
  });

  it('reads folders with more children than a browser hands out at once', async () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`${n}.txt`, '']));
    expect((await droppedFiles(dropOf({ many }))).files).toHaveLength(250);
  });

  it('leaves out what systems made, counted, and tells of empty folders', async () => {
    const found = await droppedFiles(dropOf({
      '.DS_Store': '',
      __MACOSX: { 'a.txt': '' },
      photos: { 'Thumbs.db': '', '.git': { config: '' }, 'one.jpg': '' },
      empty: {},
      outer: { inner: {} },
    }));
    expect(found.files.map(pathOf)).toEqual(['photos/one.jpg']);
    expect(found).toMatchObject({ leftOut: 4, emptyFolders: ['empty', 'outer/inner'] });
  });
});

describe('pickedFiles()', () => {
  it('leaves out hidden files and all in hidden folders', () => {
    const file = (path: string) =>
      Object.defineProperty(new File([''], path.split('/').at(-1) ?? ''), 'webkitRelativePath', {
        value: path,
      });
    const { files, leftOut } = pickedFiles(
      ['docs/a.txt', 'docs/.cache/b.txt', 'docs/desktop.ini'].map(file),
    );
    expect([files.map(pathOf), leftOut]).toEqual([['docs/a.txt'], 2]);
  });
});

it('inPortions() keeps everything in its order', () => {
  expect(inPortions([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inPortions([], 2)).toEqual([]);
});
