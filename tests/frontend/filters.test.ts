/**
 * Filters of files: in addresses, over rows, and in the questions asked of the server.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { FileRow } from '#contract/files.ts';
import { fileKind } from '#contract/kinds.ts';
import { FILE_STATUSES } from '#contract/statuses.ts';
import type { ListFilesQuery } from '../../frontend/src/lib/api/client.ts';
import {
  FILTER_KINDS,
  FILTER_ORDERS,
  FILTER_STATES,
  filterFromParams,
  filterToParams,
  NO_FILTER,
} from '../../frontend/src/lib/components/file-filter.ts';
import {
  countGroups,
  FILE_GROUPS,
  FILE_ORDERS,
  filterRows,
} from '../../frontend/src/lib/components/session-filter.ts';
import { FileList } from '../../frontend/src/lib/state/file-list.svelte.ts';
import { fileOf } from './fakes.ts';

describe('filters in an address', () => {
  it('come back as they went in, and everything as ever needs no word', () => {
    const filters = fc.record({
      query: fc.string().map((text) => text.trim()),
      state: fc.constantFrom(...FILTER_STATES),
      kind: fc.constantFrom(...FILTER_KINDS),
      order: fc.constantFrom(...FILTER_ORDERS),
    });
    fc.assert(fc.property(filters, (filter) => {
      const address = filterToParams(filter).toString();
      expect(filterFromParams(new URLSearchParams(address))).toEqual(filter);
    }));
    expect(filterToParams(NO_FILTER).toString()).toBe('');
  });

  it('count as not given where nobody knows them', () => {
    const params = new URLSearchParams('state=lost&kind=&order=DROP&q=%20a%20');
    expect(filterFromParams(params)).toEqual({ ...NO_FILTER, query: 'a' });
  });
});

describe('filterRows()', () => {
  const files = [
    fileOf({ job_id: '1', name: 'Page 10.pdf', status: 'completed', size: 5 }),
    fileOf({ job_id: '2', name: 'page 2.pdf', status: 'error', size: null }),
    fileOf({ job_id: '3', name: 'notes.md', status: 'queued', size: 50 }),
  ];
  const ids = (given: Partial<Parameters<typeof filterRows>[1]>) =>
    filterRows(files, { query: '', group: 'all', order: 'given', ...given })
      .map(({ job_id }) => job_id).join('');

  it('finds by name in any case, and by group', () => {
    expect(ids({ query: ' PAGE' })).toBe('12');
    expect(ids({ group: 'failed' })).toBe('2');
    expect(ids({ query: 'page', group: 'waiting' })).toBe('');
  });

  it('sorts names as people count, sizes from the largest, and what needs somebody first', () => {
    expect(ids({ order: 'name' })).toBe('321');
    expect(ids({ order: 'size' })).toBe('312');
    expect(ids({ order: 'status' })).toBe('231');
    expect(ids({})).toBe('123');
  });

  it('shows every file in exactly one group, and loses none by sorting', () => {
    const lists = fc.array(
      fc.record({ status: fc.constantFrom(...FILE_STATUSES), name: fc.string() }),
    );
    fc.assert(fc.property(lists, fc.constantFrom(...FILE_ORDERS), (given, order) => {
      const all = given.map((file, n) => fileOf({ ...file, job_id: `${n}` }));
      const counts = countGroups(all);
      const groups = FILE_GROUPS.filter((group) => group !== 'all');
      const found = groups.flatMap((group) => filterRows(all, { query: '', group, order }));
      expect(new Set(found)).toEqual(new Set(all));
      expect(found).toHaveLength(all.length);
      for (const group of groups) {
        expect(filterRows(all, { query: '', group, order })).toHaveLength(counts[group]);
      }
    }));
  });
});

it('fileKind() goes by media type or name', () => {
  expect(fileKind('audio/mpeg', 'x')).toBe('audio');
  expect(fileKind(null, 'TALK.MP4')).toBe('video');
  expect(fileKind('application/octet-stream', 'sums.xlsx')).toBe('table');
  expect(fileKind('text/csv', 'a')).toBe('table');
  expect(fileKind(undefined, 'deck.pptx')).toBe('slides');
  expect(fileKind('image/png', 'x')).toBe('image');
  expect(fileKind(null, 'PHOTO.JPEG')).toBe('image');
  expect(fileKind('image/svg+xml', 'drawing.svg')).toBe('document');
  expect(fileKind('application/pdf', 'scan.mp3.pdf')).toBe('document');
});

describe('FileList', () => {
  /** A knowledge base with so many files. */
  function start(total: number) {
    const asked: ListFilesQuery[] = [];
    const listFiles = vi.fn((_id: string, query: ListFilesQuery = {}) => {
      asked.push(query);
      const first = ((query.page ?? 1) - 1) * (query.limit ?? 30);
      const count = Math.max(0, Math.min(query.limit ?? 30, total - first));
      const items = Array.from({ length: count }, (_, n) => ({ id: `${first + n}` }) as FileRow);
      const counts = { ready: total, working: 0, attention: 0 };
      return Promise.resolve({ items, directories: [], breadcrumbs: [], total, counts });
    });
    return { list: new FileList({ listFiles } as never, 'k1'), asked };
  }

  const settle = () => new Promise((resolve) => setTimeout(resolve));

  it('loads only the pages on show, each once', async () => {
    const { list, asked } = start(5_000);
    await list.refresh();
    list.show(0, 20);
    list.show(4_880, 4_905);
    list.show(4_881, 4_906);
    await settle();
    expect(asked.map(({ page }) => page)).toEqual([1, 49, 50]);
    expect([list.at(0)?.id, list.at(4_899)?.id, list.at(4_900)?.id]).toEqual([
      '0',
      '4899',
      '4900',
    ]);
    expect(list.at(2_000)).toBeUndefined();
    expect(list.total).toBe(5_000);
  });

  it('refreshes what is on show and forgets the rest', async () => {
    const { list, asked } = start(500);
    await list.refresh();
    list.show(250, 260);
    await settle();
    asked.length = 0;
    await list.refresh();
    expect(asked.map(({ page }) => page)).toEqual([3]);
    expect([list.at(255)?.id, list.at(0)]).toEqual(['255', undefined]);
  });

  it('asks for another filter from its beginning, and not twice for the same', async () => {
    const { list, asked } = start(500);
    await list.refresh();
    list.show(250, 260);
    await settle();
    asked.length = 0;
    await list.apply({ query: ' a ', state: 'attention', kind: 'audio', order: 'size' });
    await list.apply({ query: 'a', state: 'attention', kind: 'audio', order: 'size' });
    expect(asked.map(({ page }) => page)).toEqual([1, 3]);
    expect(asked[0]).toEqual({
      query: 'a',
      state: 'attention',
      kind: 'audio',
      order_by: 'size',
      direction: 'desc',
      page: 1,
      limit: 100,
    });
  });
});
