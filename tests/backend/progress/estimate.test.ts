import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expectedSeconds,
  fileProgress,
  prices,
  workDone,
} from '../../../backend/progress/estimate.ts';

describe('expectedSeconds()', () => {
  test('a minute of recording takes two seconds and a fourteenth of a minute, in any format', () => {
    const minutes: [string, number][] = [['audio/wav', 1_920_000], ['audio/mpeg', 960_000]];
    for (const [type, size] of minutes) {
      expect(expectedSeconds(type, size)).toBeCloseTo(2 + 60 / 14);
    }
  });

  test('goes by what was learned, where there is something', () => {
    const row = { processor: 'speech', unit: 'second', seconds: 1_000, units: 2_000, samples: 9 };
    expect(expectedSeconds('audio/wav', 1_920_000, [row])).toBeCloseTo(2 + 30, 0);
  });

  test('is never nothing, so that every file moves the bar', () => {
    for (const type of [null, 'text/plain', 'audio/wav']) {
      expect(expectedSeconds(type, 0)).toBeGreaterThan(0);
      expect(expectedSeconds(type, null)).toBeGreaterThan(0);
    }
  });

  test('grows with the file', () => {
    const sizes = fc.tuple(fc.nat(1e9), fc.nat(1e9));
    fc.assert(fc.property(fc.constantFrom(null, 'audio/flac', 'video/mp4'), sizes, (type, pair) => {
      const [less, more] = pair.toSorted((a, b) => a - b);
      expect(expectedSeconds(type, less!)).toBeLessThanOrEqual(expectedSeconds(type, more!));
    }));
  });
});

describe('prices()', () => {
  const types = [
    'audio/wav',
    'audio/x-flac',
    'audio/mpeg',
    'video/json',
    'application/pdf',
    'text/csv',
    'text/markdown',
    'application/xhtml+xml',
    'text/plain',
    '',
  ];
  const samples = fc.record({
    processor: fc.constantFrom('speech', 'pdf', 'csv', 'text'),
    unit: fc.constantFrom('start', 'byte', 'second'),
    seconds: fc.double({ min: 0, max: 100, noNaN: true }),
    units: fc.double({ min: 0.001, max: 100, noNaN: true }),
    samples: fc.nat(9),
  });

  test('are what is expected of a file, by the first pattern that matches', () => {
    fc.assert(fc.property(
      fc.constantFrom(...types),
      fc.nat(1e9),
      fc.uniqueArray(samples, { selector: ({ processor, unit }) => `${processor} ${unit}` }),
      (type, size, book) => {
        const price = prices(book).find(({ pattern }) => new RegExp(pattern).test(type))!;
        const expected = expectedSeconds(type, size, book);
        expect(price.start + size * price.per_byte).toBeCloseTo(expected, 6);
      },
    ));
  });
});

describe('fileProgress()', () => {
  test('goes from 0 to 100 and never back over the steps', () => {
    const fractions = fc.array(fc.double({ min: -1, max: 2, noNaN: true }), { maxLength: 5 });
    fc.assert(fc.property(fc.boolean(), fractions, (withUpload, list) => {
      for (const reading of ['extract', 'transcribe'] as const) {
        let before = 0;
        for (const step of ['upload', 'queue', reading, 'index'] as const) {
          for (const fraction of [0, ...list.toSorted((a, b) => a - b), 1]) {
            const now = fileProgress(step, fraction, withUpload);
            expect(now).toBeGreaterThanOrEqual(before);
            before = now;
          }
        }
        expect(before).toBe(100);
      }
    }));
  });

  test('an upload is the first tenth, where there is one', () => {
    expect(fileProgress('upload', 0.5, true)).toBe(5);
    expect(fileProgress('extract', 0, true)).toBe(10);
    expect(fileProgress('extract', 0, false)).toBe(0);
  });
});

describe('workDone()', () => {
  test('sending a file is no work, reading and indexing it are', () => {
    expect(workDone(5, true)).toBe(0);
    expect(workDone(55, true)).toBe(0.5);
    expect(workDone(50, false)).toBe(0.5);
    expect(workDone(100, true)).toBe(1);
  });
});
