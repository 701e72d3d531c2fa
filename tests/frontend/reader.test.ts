/**
 * What the pages for reading are made of: places in addresses, search, contents, downloads, following.
 *
 * @module
 */
import { formatClock, parseClock } from '#contract/clock.ts';
import type { OutlineEntry, Part } from '#contract/files.ts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { contentsOf } from '../../frontend/src/lib/components/contents.ts';
import { DocumentSearch } from '../../frontend/src/lib/components/document-search.svelte.ts';
import { downloadItems } from '../../frontend/src/lib/components/download-items.ts';
import { Following } from '../../frontend/src/lib/components/following.svelte.ts';
import { defaultHrefs, placeOf } from '../../frontend/src/lib/components/hrefs.ts';
import {
  countInside,
  firstFrom,
  type Found,
  matchAt,
  partAt,
  rangesWithin,
} from '../../frontend/src/lib/components/inside-search.ts';
import { englishMessages as messages } from '../../frontend/src/lib/components/messages.ts';
import { readRate, rememberRate } from '../../frontend/src/lib/components/playback-rate.ts';

const line = (text: string, index = 0, start: number | null = null): Part => ({
  index,
  kind: 'segment',
  label: null,
  text,
  start,
  end: null,
});

describe('searching inside', () => {
  const parts = [line('One two.'), line('nothing', 1), line('ONE\ntwo, one  two', 2)];

  it('counts every place, whatever its case, with any space between words', () => {
    const found = countInside(parts, 'one two');
    expect(found).toEqual({ total: 3, parts: [[0, 1], [2, 2]] });
    expect([0, 1, 2, 3].map((at) => matchAt(found, at))).toEqual([
      { part: 0, index: 0 },
      { part: 2, index: 0 },
      { part: 2, index: 1 },
      undefined,
    ]);
  });

  it('takes signs of patterns for what they are', () => {
    expect(countInside([line('a (b) [c] $5.00*')], '(b) [c] $5.00*').total).toBe(1);
    expect(countInside([line('abc')], '.*').total).toBe(0);
  });

  it('begins where one is, and from the beginning behind the last', () => {
    const found = countInside(parts, 'one');
    expect([-1, 0, 1, 2, 3].map((part) => firstFrom(found, part))).toEqual([0, 0, 1, 1, 0]);
  });

  it('a range that reaches over cells is marked in each', () => {
    expect(rangesWithin([[2, 8], [9, 10]], 0, 4)).toEqual([[2, 4]]);
    expect(rangesWithin([[2, 8], [9, 10]], 6, 10)).toEqual([[0, 2], [3, 4]]);
  });

  it('partAt() is the last part that has begun', () => {
    const spoken = [line('', 0, 0), line('', 1, 10), line('', 2, 20)];
    expect([-1, 0, 9, 10, 99].map((seconds) => partAt(spoken, seconds))).toEqual([-1, 0, 0, 1, 2]);
  });
});

describe('places in addresses', () => {
  const place = (address: string) => placeOf(new URL(address, 'http://localhost'));

  it('are read back as they were linked', () => {
    fc.assert(fc.property(fc.nat(100_000), (number) => {
      expect(place(defaultHrefs.file('k', 'f', { part: number })).part).toBe(number);
      expect(place(defaultHrefs.file('k', 'f', { t: number / 10 })).t).toBe(number / 10);
      expect(parseClock(formatClock(number))).toBe(number);
    }));
  });

  it.each([
    ['/f?t=83.5', { t: 83.5 }],
    ['/f#t=1:02:03', { t: 3_723 }],
    ['/f?t=5#t=2:00', { t: 120 }],
    ['/f#page=12', { part: 11 }],
    ['/f?part=0', { part: 0 }],
    ['/f?t=-1&part=x', {}],
    ['/f?t=1:99&part=-2#nothing', {}],
  ])('%s', (address, expected) => {
    expect(place(address)).toEqual({ t: undefined, part: undefined, ...expected });
  });
});

describe('contentsOf()', () => {
  const entry = (more: Partial<OutlineEntry>): OutlineEntry => ({
    index: 0,
    count: 1,
    kind: 'page',
    label: null,
    ...more,
  });

  it('lists pages one by one, and what has a name of its own once', () => {
    const outline = [
      entry({ kind: 'sheet', label: 'Sums', count: 40 }),
      entry({ index: 40, count: 2 }),
    ];
    expect(contentsOf(outline, messages)).toEqual([
      { index: 0, end: 40, name: 'Sums' },
      { index: 40, end: 41, name: 'Page 41' },
      { index: 41, end: 42, name: 'Page 42' },
    ]);
  });

  it('stays short for 5,000 pages, and says so in round numbers', () => {
    const contents = contentsOf([entry({ count: 5_000 })], messages);
    expect(contents).toHaveLength(50);
    expect(contents[1]).toEqual({ index: 100, end: 200, name: 'Pages 101–200' });
  });

  it('has every part once, however many there are', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 100_000 }), (count) => {
      const contents = contentsOf([entry({ count })], messages);
      expect(contents.length).toBeLessThanOrEqual(60);
      expect(contents[0]?.index).toBe(0);
      expect(contents.at(-1)?.end).toBe(count);
      contents.slice(1).forEach(({ index }, at) => expect(index).toBe(contents[at]?.end));
    }));
  });
});

describe('downloadItems()', () => {
  const labels = (kind: 'document' | 'transcript' | null) =>
    downloadItems(createHeadwayClient(), { fileId: 'f', name: 'a.wav', kind }, messages)
      .map(({ label, href }) => `${label}: ${href?.replace('/api/v1/files/f/', '')}`);

  it('has what there is of each kind', () => {
    expect(labels(null)).toEqual(['Original file: content?download=1']);
    expect(labels('transcript')).toEqual([
      'Original file: content?download=1',
      'Text: export?format=txt',
      'Text with times: export?format=txt&marks=true',
      'Markdown: export?format=md',
      'Subtitles (SRT): export?format=srt',
      'Subtitles (WebVTT): export?format=vtt',
      'Data (JSON): export?format=json',
    ]);
    expect(labels('document').join()).not.toMatch(/srt|vtt/);
  });
});

describe('Following', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const hidden = false;
  const seen = true;

  it('ends when a person scrolls the line away, and begins when it is back', () => {
    const following = new Following();
    following.scrolled(hidden);
    expect(following.on).toBe(false);
    following.scrolled(seen);
    expect(following.on).toBe(true);
  });

  it('is not ended by its own scrolling, until a person takes over', () => {
    const following = new Following();
    following.scrolls();
    following.scrolled(hidden);
    expect(following.on).toBe(true);
    following.interrupt();
    expect(following.handsOff).toBe(true);
    following.scrolled(hidden);
    expect(following.on).toBe(false);
    // The page's own scrolling was broken off; the person's swipe goes on.
    following.ended();
    vi.advanceTimersByTime(400);
    following.scrolled(hidden);
    vi.advanceTimersByTime(400);
    expect(following.handsOff).toBe(true);
    vi.advanceTimersByTime(100);
    expect(following.handsOff).toBe(false);
  });

  it('knows the end of its own scrolling also where the browser does not say it', () => {
    const following = new Following();
    following.scrolls();
    vi.advanceTimersByTime(1_000);
    following.scrolled(hidden);
    expect(following.on).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('DocumentSearch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function searching() {
    const asked: {
      query: string;
      signal: AbortSignal;
      answer: (found: Found) => void;
      fail: () => void;
    }[] = [];
    const found = vi.fn();
    const search = new DocumentSearch({
      find: (query, signal) =>
        new Promise((resolve, reject) =>
          asked.push({ query, signal, answer: resolve, fail: () => reject(new Error('Away')) })
        ),
      onFound: found,
    });
    return { asked, found, search };
  }

  it('asks once somebody stops writing, and shows the answer', async () => {
    const { asked, found, search } = searching();
    for (const query of ['n', 'no', 'nor']) search.ask(query);
    expect(search.busy).toBe(true);
    await vi.runAllTimersAsync();
    expect(asked.map(({ query }) => query)).toEqual(['nor']);
    asked[0]?.answer({ total: 2, parts: [[3, 2]] });
    await vi.runAllTimersAsync();
    expect([search.busy, search.total, search.current]).toEqual([false, 2, { part: 3, index: 0 }]);
    expect(found).toHaveBeenCalledOnce();
    search.move(1);
    expect(search.current).toEqual({ part: 3, index: 1 });
  });

  it('does not hear an answer that comes too late', async () => {
    const { asked, search } = searching();
    search.ask('first');
    await vi.runAllTimersAsync();
    search.ask('');
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[0]?.answer({ total: 9, parts: [[0, 9]] });
    await vi.runAllTimersAsync();
    expect([search.total, search.busy, search.pattern]).toEqual([0, false, null]);
  });

  it('says when it could not ask', async () => {
    const { asked, search } = searching();
    search.ask('word');
    await vi.runAllTimersAsync();
    asked[0]?.fail();
    await vi.runAllTimersAsync();
    expect([search.error, search.busy]).toEqual([new Error('Away'), false]);
    search.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the playback rate', () => {
  const storing = (value: string | null) => () => ({ getItem: () => value, setItem: () => {} });

  it('is 1 where nothing usable is remembered, or nothing may be', () => {
    for (const value of [null, '', 'fast', '0', '99']) expect(readRate(storing(value))).toBe(1);
    expect(readRate(storing('1.5'))).toBe(1.5);
    const forbidden = () => {
      throw new Error('Forbidden');
    };
    expect(readRate(forbidden)).toBe(1);
    expect(() => rememberRate(2, forbidden)).not.toThrow();
  });
});
