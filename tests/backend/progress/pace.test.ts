import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BYTE,
  isLearned,
  lessonsOf,
  type PaceBook,
  type PaceRow,
  samplesOf,
  secondsPer,
  START,
  type Work,
} from '../../../backend/progress/pace.ts';

/** The book after these runs, as the statement of `learnPace` adds them. */
function learn(works: readonly Work[]): PaceBook {
  let book: PaceRow[] = [];
  for (const work of works) {
    for (const sample of samplesOf(book, work)) {
      const is = (row: PaceRow) => row.processor === sample.processor && row.unit === sample.unit;
      const { seconds = 0, units = 0, samples = 0 } = book.find(is) ?? {};
      book = [...book.filter((row) => !is(row)), {
        ...sample,
        seconds: seconds * 0.9 + sample.seconds,
        units: units * 0.9 + sample.units,
        samples: samples + 1,
      }];
    }
  }
  return book;
}

const pages = (units: number, seconds: number): Work => ({
  processor: 'pdf',
  size: { unit: 'page', units },
  bytes: units * 50_000,
  seconds,
});

describe('secondsPer()', () => {
  test('starts with measured values, the processor before the unit', () => {
    expect(secondsPer([], 'speech', 'second')).toBeCloseTo(1 / 14);
    expect(secondsPer([], 'speech', START)).toBeCloseTo(2);
    expect(secondsPer([], 'never heard of', 'thing')).toBeGreaterThan(0);
    expect(isLearned([], 'pdf', 'page')).toBe(false);
  });

  test('one long file outweighs the first belief', () => {
    const book = learn([pages(1_000, 60)]);
    expect(secondsPer(book, 'pdf', 'page')).toBeGreaterThan(0.05);
    expect(isLearned(book, 'pdf', 'page')).toBe(true);
  });
});

describe('samplesOf()', () => {
  test('files of different sizes teach both the fixed cost and the pace', () => {
    const works = Array.from({ length: 200 }, (_, at) => {
      const units = [2, 30, 400][at % 3]!;
      return pages(units, 1.5 + units * 0.02);
    });
    const book = learn(works);
    expect(secondsPer(book, 'pdf', 'page') / 0.02).toBeCloseTo(1, 0);
    for (const units of [2, 30, 400]) {
      const expected = secondsPer(book, 'pdf', START) + units * secondsPer(book, 'pdf', 'page');
      expect(Math.abs(expected / (1.5 + units * 0.02) - 1)).toBeLessThan(0.25);
    }
  });

  test('small files do not undo what a large one taught', () => {
    const small = Array.from({ length: 10 }, () => pages(1, 0.4));
    const pace = secondsPer(learn([pages(2_000, 100), ...small]), 'pdf', 'page');
    expect(pace).toBeCloseTo(0.05, 1);
  });

  test('follows a machine that became twice as slow', () => {
    const works = [...Array(30).fill(pages(500, 5)), ...Array(30).fill(pages(500, 10))];
    const book = learn(works);
    const expected = secondsPer(book, 'pdf', START) + 500 * secondsPer(book, 'pdf', 'page');
    expect(Math.abs(expected - 10)).toBeLessThan(1);
  });

  test('are positive, whatever was measured', () => {
    const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
    const size = fc.option(fc.record({ unit: fc.constantFrom('page', BYTE), units: amount }));
    fc.assert(fc.property(size, fc.option(amount), amount, (size, bytes, seconds) => {
      const samples = samplesOf([], { processor: 'x', size, bytes, seconds });
      for (const sample of samples) {
        expect(sample.seconds).toBeGreaterThanOrEqual(0);
        expect(sample.units).toBeGreaterThan(0);
      }
      expect(new Set(samples.map(({ unit }) => unit)).size).toBe(samples.length);
    }));
  });
});

test('lessonsOf() of several runs at once are those of one after another', () => {
  const run = fc.record({
    processor: fc.constantFrom('text', 'csv'),
    size: fc.option(fc.record({ unit: fc.constantFrom('row', BYTE), units: fc.nat(500) })),
    bytes: fc.option(fc.nat(10_000)),
    seconds: fc.double({ min: 0, max: 60, noNaN: true }),
  });
  const add = (book: PaceBook, lessons: readonly PaceRow[]): PaceBook => {
    const isOther = (row: PaceRow) =>
      !lessons.some(({ processor, unit }) => processor === row.processor && unit === row.unit);
    return [
      ...book.filter(isOther),
      ...lessons.map((lesson) => {
        const is = (row: PaceRow) => row.processor === lesson.processor && row.unit === lesson.unit;
        const { seconds = 0, units = 0, samples = 0 } = book.find(is) ?? {};
        const left = 0.9 ** lesson.samples;
        return {
          ...lesson,
          seconds: seconds * left + lesson.seconds,
          units: units * left + lesson.units,
          samples: samples + lesson.samples,
        };
      }),
    ];
  };
  fc.assert(fc.property(fc.array(run, { maxLength: 8 }), (works) => {
    const single = works.reduce((book, work) => add(book, lessonsOf([], [work])), [] as PaceBook);
    const together = lessonsOf([], works);
    expect(together).toHaveLength(single.length);
    for (const { processor, unit, seconds, units, samples } of together) {
      const row = single.find((row) => row.processor === processor && row.unit === unit);
      expect(row?.seconds).toBeCloseTo(seconds);
      expect(row?.units).toBeCloseTo(units);
      expect(row?.samples).toBe(samples);
    }
  }));
});
