/**
 * Notices add up in whatever steps a file is read, and their texts say what they are about.
 *
 * @module
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeNotice, pageRanges } from '../../../backend/contract/messages/notices.ts';
import {
  addNotices,
  MOST_NAMES,
  MOST_PAGES,
  type Notice,
  NoticeDocument,
} from '../../../backend/contract/notices.ts';
import { germanMessages } from '../../../frontend/src/lib/messages/index.ts';
import { noticeText } from '../../../frontend/src/lib/messages/server-text.ts';

const count = fc.integer({ min: 1, max: 1_000 });
const notice: fc.Arbitrary<Notice> = fc.oneof(
  count.map((count): Notice => ({ code: 'characters_undecodable', params: { count } })),
  fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }).map((pages): Notice => ({
    code: 'pages_without_text',
    params: { count: pages.length, pages },
  })),
  fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 100 })).map((
    [page, confidence],
  ): Notice => ({ code: 'pages_uncertain', params: { count: 1, pages: [page], confidence } })),
  fc.array(fc.string(), { minLength: 1 }).map((names): Notice => ({
    code: 'parts_missing',
    params: { count: names.length, names },
  })),
);

test('notices add up to the same in one step or in several', () => {
  fc.assert(fc.property(fc.array(notice), fc.array(notice), fc.array(notice), (a, b, c) => {
    const inSteps = addNotices(addNotices(addNotices([], a), b), c);
    expect(inSteps).toEqual(addNotices([], [...a, ...b, ...c]));
    expect(addNotices(addNotices([], a), addNotices([], [...b, ...c]))).toEqual(inSteps);
    const counted = (all: readonly Notice[]) =>
      all.reduce((sum, { params }) => sum + ('count' in params ? params.count : 0), 0);
    expect(counted(inSteps)).toBe(counted([...a, ...b, ...c]));
    expect(new Set(inSteps.map(({ code }) => code)).size).toBe(inSteps.length);
  }));
});

test('lists of pages and names are bounded, counts are not', () => {
  const pages = Array.from({ length: 3_000 }, (_, at) => at + 1);
  const names = pages.map((page) => `image${page}.png`);
  const [without, missing] = addNotices([], [
    ...pages.map((page): Notice => ({
      code: 'pages_without_text',
      params: { count: 1, pages: [page] },
    })),
    ...names.map((name): Notice => ({
      code: 'parts_missing',
      params: { count: 1, names: [name] },
    })),
  ]);
  const together: Notice = { code: 'pages_without_text', params: { count: 3_000, pages } };
  expect(addNotices([], [together])).toEqual([without]);
  expect(missing).toMatchObject({ params: { count: 3_000, names: names.slice(0, MOST_NAMES) } });
  expect(without).toMatchObject({ params: { count: 3_000, pages: pages.slice(0, MOST_PAGES) } });
});

test('pages are written as ranges', () => {
  expect(pageRanges([3, 1, 4, 5, 9], 5)).toBe('1, 3–5, 9');
  expect(pageRanges([1, 2], 7)).toBe('1–2, …');
});

const EXAMPLES: Record<Notice['code'], Notice['params']> = {
  pages_without_text: { count: 2, pages: [3, 4] },
  pages_uncertain: { count: 1, pages: [7], confidence: 41.2 },
  characters_undecodable: { count: 3 },
  characters_doubtful: { count: 3 },
  cells_without_value: { count: 12 },
  cells_cut: { count: 2 },
  parts_missing: { count: 3, names: ['chapter-2.xhtml'] },
  attachments_left_out: { count: 1, names: ['scan.heic'] },
  recording_shorter: { expected_seconds: 7_261, seconds: 61 },
  recording_longer: { expected_seconds: 61, seconds: 7_261 },
  words_repeated: { count: 2 },
  language_uncertain: { language: 'en' },
};

test('every notice has a text in both languages that names its numbers', () => {
  const codes = NoticeDocument.options.map(({ entries }) => entries.code.literal);
  expect(Object.keys(EXAMPLES).sort()).toEqual([...codes].sort());
  for (const [code, params] of Object.entries(EXAMPLES)) {
    const example = { code, params } as Notice;
    const english = describeNotice(example);
    const german = noticeText(germanMessages, { ...example, message: english } as NoticeDocument);
    expect(german).not.toBe(english);
    for (const text of [english, german]) {
      if ('count' in params) expect(text).toContain(`${params.count}`);
      if ('pages' in params) expect(text).toContain(pageRanges(params.pages, params.count));
      if ('names' in params) expect(text).toContain(params.names[0]);
      if ('seconds' in params) expect(text).toMatch(/\b1:01\b.*\b2:01:01\b|\b2:01:01\b.*\b1:01\b/);
    }
  }
});

test('a code of a newer server is shown in the words of the server', () => {
  const unknown = { code: 'from_the_future', params: {}, message: 'Something new' };
  expect(noticeText(germanMessages, unknown as unknown as NoticeDocument)).toBe('Something new');
});
