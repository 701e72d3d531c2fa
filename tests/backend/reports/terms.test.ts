/**
 * Counting the words of texts.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countTerms,
  mostDistinctive,
  mostFrequent,
  type TermCounts,
  trim,
} from '../../../backend/reports/terms.ts';

function countsOf(...texts: string[]): TermCounts {
  const counts: TermCounts = new Map();
  for (const text of texts) countTerms(text, counts);
  return counts;
}

describe('countTerms()', () => {
  test.each([
    ['The dogs bark; dogs run.', { the: 1, dogs: 2, bark: 1, run: 1 }, 5],
    ['Emma’s letter, and EMMA’S hat', { emma: 2, letter: 1, and: 1, hat: 1 }, 5],
    ['In 1815 she paid 12.50', { she: 1, paid: 1 }, 5],
    ['Straße und Häuser', { straße: 1, und: 1, häuser: 1 }, 3],
    ['', {}, 0],
  ])('%s', (text, terms, words) => {
    const counts: TermCounts = new Map();
    expect(countTerms(text, counts)).toBe(words);
    expect(Object.fromEntries(counts)).toEqual(terms);
  });

  test('finds words in a language without spaces', () => {
    expect([...countsOf('音声認識の結果を確認する').keys()]).toContain('認識');
  });

  test('is the same for a text and for its lines, one by one', () => {
    const line = fc.stringMatching(/^[a-z ]{0,40}$/);
    fc.assert(fc.property(fc.array(line), (lines) => {
      expect(countsOf(lines.join('\n'))).toEqual(countsOf(...lines));
    }));
  });
});

test('mostFrequent() orders by number, then by the alphabet', () => {
  const counts = countsOf('whale ship whale captain ship harbour whale');
  expect(mostFrequent(counts, 3)).toEqual([
    { term: 'whale', count: 3 },
    { term: 'ship', count: 2 },
    { term: 'captain', count: 1 },
  ]);
});

test('mostFrequent() knows stop words by the language they stand in', () => {
  const terms = (text: string) => mostFrequent(countsOf(text), 9).map(({ term }) => term);
  expect(terms('the war was over, and the war had been long')).toEqual(['war', 'long']);
  expect(terms('es war einmal ein König, und der König war alt')).toEqual(['könig', 'alt']);
});

test('trim() keeps what is most frequent, and says that it left something out', () => {
  const counts = countsOf('whale whale ship ship captain');
  expect(trim(counts, 3)).toBe(false);
  expect(trim(counts, 2)).toBe(true);
  expect(Object.fromEntries(counts)).toEqual({ whale: 2, ship: 2 });
});

test('mostDistinctive() finds what a text has more of than the others', () => {
  const own = countsOf('whale whale whale ship ship letter letter');
  const all = countsOf(
    'whale whale whale ship ship letter letter',
    'letter letter letter ship ship house garden letter ship house garden house',
  );
  expect(mostDistinctive(own, all, 5).map(({ term }) => term)).toEqual(['whale']);
});
