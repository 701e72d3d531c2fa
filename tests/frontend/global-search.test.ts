import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SearchResults } from '#contract/files.ts';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import type { SearchAllQuery } from '../../frontend/src/lib/api/client.ts';
import { GlobalSearch } from '../../frontend/src/lib/state/global-search.svelte.ts';
import { hitOf, resultsOf } from './fakes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Asked extends SearchAllQuery {
  q: string;
  answer: (results: SearchResults) => Promise<void>;
  fail: (error: unknown) => Promise<void>;
}

/** A server that answers when the test says so, even what was aborted. */
function start(isOnline = () => true) {
  const asked: Asked[] = [];
  const searchAll = (q: string, query: SearchAllQuery = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<SearchResults>();
    const settled = () => vi.advanceTimersByTimeAsync(0).then(() => {});
    asked.push({
      ...query,
      q,
      answer: (results) => (resolve(results), settled()),
      fail: (error) => (reject(error), settled()),
    });
    return promise;
  };
  const search = new GlobalSearch({ searchAll }, { delayMs: 100, isOnline });
  const type = async (text: string, forMs = 100) => {
    search.type(text);
    await vi.advanceTimersByTimeAsync(forMs);
  };
  return { search, asked, type, last: () => asked.at(-1) as Asked };
}

const named = (id: string, more = {}) => hitOf({ file_id: id, filename: id, in_file: 1, ...more });

describe('typing', () => {
  it('asks once nothing was typed for a while, and not for nothing', async () => {
    const { search, asked, type, last } = start();
    await type('a', 50);
    await type('am', 50);
    expect([asked.length, search.status]).toEqual([0, 'loading']);
    await type(' ami\0 ');
    expect(asked).toMatchObject([{ q: 'ami', group: 'file' }]);
    await last().answer(resultsOf([named('x')]));
    expect([search.status, search.found?.files.length]).toEqual(['found', 1]);
    await type('  ');
    expect([asked.length, search.status, search.found]).toEqual([1, 'idle', null]);
  });

  it('aborts the request before, whose answer is never shown', async () => {
    const { search, asked, type } = start();
    await type('old');
    await type('new');
    expect(asked.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
    await asked[1]?.answer(resultsOf([named('new')]));
    await asked[0]?.answer(resultsOf([named('old')]));
    expect(search.found?.files.map(({ fileId }) => fileId)).toEqual(['new']);
    await type('newer');
    await asked[1]?.fail(new Error('late'));
    expect([search.status, search.error]).toEqual(['loading', null]);
  });

  it('keeps what was found until the next answer', async () => {
    const { search, type, last } = start();
    await type('one');
    await last().answer(resultsOf([named('one')]));
    await type('two');
    expect([search.status, search.found?.files.length]).toEqual(['loading', 1]);
    await last().answer(resultsOf([]));
    expect([search.status, search.found?.files.length]).toEqual(['found', 0]);
  });
});

describe('an error', () => {
  it('is kept until it works again', async () => {
    const { search, type, last } = start();
    await type('word');
    await last().fail(new Error('broken'));
    expect([search.status, search.error]).toEqual(['failed', new Error('broken')]);
    const again = search.search();
    await last().answer(resultsOf([named('x')]));
    await again;
    expect([search.status, search.error]).toEqual(['found', null]);
  });

  it('without a network is no error of the server', async () => {
    const { search, type, last } = start(() => false);
    await type('word');
    await last().fail(new ApiError('unreachable', { code: 'network', status: 0 }));
    expect(search.status).toBe('offline');
  });
});

describe('more', () => {
  it('files come behind those shown, asked once', async () => {
    const { search, asked, type, last } = start();
    await type('word');
    await last().answer(resultsOf([named('a')], { total_files: 2 }));
    const more = search.moreFiles();
    await search.moreFiles();
    expect(asked.slice(1)).toMatchObject([{ group: 'file', offset: 1 }]);
    await last().answer(resultsOf([named('b')], { total_files: 2 }));
    await more;
    expect(search.found?.files.map(({ fileId }) => fileId)).toEqual(['a', 'b']);
    await search.moreFiles();
    expect(asked).toHaveLength(2);
  });

  it('hits of a file come behind its best one', async () => {
    const { search, type, last } = start();
    await type('word');
    await last().answer(resultsOf([named('a', { in_file: 2 })]));
    const more = search.moreHits('a');
    expect(last()).toMatchObject({ file_id: 'a', offset: 1 });
    expect(last().group).toBeUndefined();
    await last().answer(resultsOf([named('a', { part_index: 5 })], { total: 2 }));
    await more;
    expect(search.found?.files[0]?.hits.map(({ part_index }) => part_index)).toEqual([0, 5]);
  });

  it('of a query that is no longer wanted are not added', async () => {
    const { search, asked, type, last } = start();
    await type('old');
    await last().answer(resultsOf([named('a')], { total_files: 2 }));
    const more = search.moreFiles();
    await type('new');
    await last().answer(resultsOf([named('n')]));
    await asked[1]?.answer(resultsOf([named('b')]));
    await more;
    expect(search.found?.files.map(({ fileId }) => fileId)).toEqual(['n']);
  });
});
