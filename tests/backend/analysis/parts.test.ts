import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  nextAttemptSeconds,
  nextPollSeconds,
  waitedFraction,
} from '../../../backend/analysis/pace.ts';
import { partsOf } from '../../../backend/analysis/parts.ts';
import { TWO_PAGES } from '../../support/analysis-service.ts';

test('partsOf() cuts markdown into its pages, without what stands on every page', () => {
  expect(partsOf(TWO_PAGES).map(({ index, kind, text }) => [index, kind, text])).toEqual([
    [0, 'page', '# A ship\n\nIt sails.'],
    [1, 'page', 'The albatross follows.'],
  ]);
});

test('partsOf() keeps an empty page among others, and finds nothing in empty ones alone', () => {
  const contents = (markdown: string) => ({ contents: [{ markdown, pages: [{}] }] });
  const texts = partsOf(contents('One<!-- PageBreak --><!-- PageBreak -->Three'));
  expect(texts.map(({ text }) => text)).toEqual(['One', '', 'Three']);
  expect(partsOf(contents(' <!-- PageBreak --> '))).toEqual([]);
});

test('partsOf() takes the phrases of a recording for segments', () => {
  const transcriptPhrases = [{ startTimeMs: 500, endTimeMs: 1500, text: 'Ahoy' }];
  expect(partsOf({ contents: [{ kind: 'audioVisual', markdown: 'x', transcriptPhrases }] }))
    .toEqual([{ index: 0, kind: 'segment', label: null, text: 'Ahoy', start: 0.5, end: 1.5 }]);
});

test('partsOf() throws for what is no result', () => {
  expect(() => partsOf({ contents: 'x' })).toThrow();
});

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const jitter = fc.double({ min: 0, max: 0.999, noNaN: true });

test('nextPollSeconds() is a second or more, and never less than the service asks for', () => {
  fc.assert(fc.property(seconds, fc.option(seconds), jitter, (elapsed, asked, random) => {
    const wait = nextPollSeconds({
      elapsedSeconds: elapsed,
      retryAfterSeconds: asked,
      jitter: random,
    });
    expect(wait).toBeGreaterThanOrEqual(Math.max(1, asked ?? 0));
    if (asked === null) expect(wait).toBeLessThanOrEqual(11);
  }));
});

test('nextAttemptSeconds() grows to a minute, unless more is asked for', () => {
  const at = (failures: number, retryAfterSeconds: number | null = null) =>
    nextAttemptSeconds(failures, { retryAfterSeconds, jitter: 0 });
  expect([0, 1, 2, 5, 6, 99].map((failures) => at(failures))).toEqual([1, 2, 4, 32, 60, 60]);
  expect(at(0, 300)).toBe(300);
});

test('waitedFraction() grows, is true while the pace holds, and is never whole', () => {
  expect(waitedFraction(30, 60)).toBe(0.5);
  fc.assert(fc.property(seconds, seconds, seconds, (a, b, expected) => {
    const [sooner, later] = [Math.min(a, b), Math.max(a, b)];
    expect(waitedFraction(sooner, expected)).toBeLessThanOrEqual(waitedFraction(later, expected));
    expect(waitedFraction(later, expected)).toBeLessThan(1);
  }));
});
