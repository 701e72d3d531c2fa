import { describe, expect, it } from 'vitest';
import type { SearchHit } from '#contract/files.ts';
import { defaultHrefs, placeOf } from '../../frontend/src/lib/components/hrefs.ts';
import {
  entryAfter,
  hasMoreFiles,
  isSearchKey,
  isTyped,
  markedPlace,
  placeName,
  searchNews,
  withFiles,
  withHits,
} from '../../frontend/src/lib/components/search-view.ts';
import { englishMessages as messages } from '../../frontend/src/lib/messages/index.ts';
import { hitOf, resultsOf } from './fakes.ts';

const files = (...ids: string[]): SearchHit[] =>
  ids.map((file_id) => hitOf({ file_id, filename: `${file_id}.pdf`, in_file: 3 }));

describe('files with hits', () => {
  it('are one entry each, with their knowledge base and the number of their hits', () => {
    const knowledge = { id: 'k', name: 'Novels', total: 2 };
    const found = withFiles(resultsOf([hitOf({ file_id: 'a', knowledge, in_file: 4 })]));
    expect(found.files).toMatchObject([{ fileId: 'a', knowledge, total: 4 }]);
    expect(hasMoreFiles(found)).toBe(false);
  });

  it('go on behind those shown, and a file on both pages is shown once', () => {
    const first = withFiles(resultsOf(files('a', 'b'), { total_files: 4 }));
    expect(hasMoreFiles(first)).toBe(true);
    const both = withFiles(resultsOf(files('b', 'c'), { total_files: 4 }), first);
    expect(both.files.map(({ fileId }) => fileId)).toEqual(['a', 'b', 'c']);
    expect([both.sent, hasMoreFiles(both)]).toEqual([4, false]);
  });

  it('take in more hits, until a page is empty', () => {
    const shown = withFiles(resultsOf(files('a', 'b')));
    const more = withHits(shown, 'a', resultsOf([hitOf({ part_index: 7 })], { total: 3 }));
    expect(more.files.map(({ hits, total }) => [hits.length, total])).toEqual([[2, 3], [1, 3]]);
    const end = withHits(more, 'a', resultsOf([], { total: 3 }));
    expect(end.files[0]).toMatchObject({ total: 2 });
  });
});

describe('a hit', () => {
  it('leads to its part or its time, with its match to mark', () => {
    const part = hitOf({ part_index: 2, snippet: 'An amiable man', matches: [[3, 10]] });
    expect(markedPlace(part)).toEqual({ part: 2, find: 'amiable' });
    expect(placeName(part, messages)).toBe('Page 3');
    const line = hitOf({ kind: 'segment', start: 62.5, matches: [] });
    expect(markedPlace(line)).toEqual({ t: 62.5 });
    expect(placeName(line, messages)).toBe('1:02');
  });

  it.each(['<b>&amp; #?', 'שלום עולם', '👩‍👩‍👧 100 %'])('keeps %s in its address', (find) => {
    const address = new URL(defaultHrefs.file('k', 'f', { part: 4, find }), 'http://localhost');
    expect(placeOf(address)).toMatchObject({ part: 4, find });
    const recording = new URL(defaultHrefs.file('k', 'f', { t: 1.5, find }), 'http://localhost');
    expect(placeOf(recording)).toMatchObject({ t: 1.5, find, part: undefined });
  });
});

it.each<[key: string, at: number, to: number | undefined]>([
  ['ArrowDown', -1, 0],
  ['ArrowDown', 2, 2],
  ['ArrowUp', 0, -1],
  ['ArrowUp', -1, undefined],
  ['Home', 2, 0],
  ['Home', -1, undefined],
  ['End', 0, 2],
  ['End', -1, undefined],
  ['x', 1, undefined],
])('%s leads from %i to %s', (key, at, to) => {
  expect(entryAfter(key, at, 3)).toBe(to);
  expect(entryAfter(key, at, 0)).toBeUndefined();
});

describe('keys', () => {
  const keyOf = (given: object) => ({
    ...{ key: 'k', code: 'KeyK', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
    ...given,
  });

  it.each<[opens: boolean, isMac: boolean, given: object]>([
    [true, false, { ctrlKey: true }],
    [true, false, { ctrlKey: true, key: 'K' }],
    [true, true, { metaKey: true }],
    [true, false, { ctrlKey: true, key: 'л' }],
    [true, false, { ctrlKey: true, code: 'KeyV' }],
    [false, false, { ctrlKey: true, key: 't' }],
    [false, true, { ctrlKey: true }],
    [false, false, { metaKey: true }],
    [false, false, { ctrlKey: true, shiftKey: true }],
    [false, false, { ctrlKey: true, altKey: true }],
    [false, false, {}],
  ])('opens the search: %s (Mac: %s) %o', (opens, isMac, given) => {
    expect(isSearchKey(keyOf(given), isMac)).toBe(opens);
  });

  it('that write are told from those that act', () => {
    const typed = ['a', 'ß', '👍', 'Backspace', ' ', 'Enter', 'Tab', 'Escape']
      .filter((key) => isTyped(keyOf({ key })));
    expect(typed).toEqual(['a', 'ß', '👍', 'Backspace']);
    expect(isTyped(keyOf({ key: 'c', ctrlKey: true }))).toBe(false);
  });
});

it('the search says how it stands', () => {
  const found = withFiles(resultsOf(files('a')));
  expect(searchNews('found', found, messages)).toBe('1 hit in 1 file');
  expect(searchNews('found', withFiles(resultsOf(files('a'), { approximate: true })), messages))
    .toBe('Nothing found for “word”. These are similar: 1 hit in 1 file');
  expect(searchNews('found', withFiles(resultsOf([])), messages))
    .toBe('Nothing found for “word”');
  expect(searchNews('loading', found, messages)).toBe('Searching…');
  expect(searchNews('offline', found, messages)).toMatch(/^You are offline/);
  expect([searchNews('idle', null, messages), searchNews('failed', found, messages)])
    .toEqual(['', '']);
});
