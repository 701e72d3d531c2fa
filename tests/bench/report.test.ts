import { describe, expect, test } from 'vitest';
import { type Figure, isKept, percentile, ratioOf, show } from '../../bench/figure.ts';
import { GROUPS } from '../../bench/groups.ts';
import { fillIn, makePage } from '../../bench/page.ts';
import { isGood, type MeasuredGroup, merge, rate } from '../../bench/report.ts';

const FIGURE: Figure = {
  name: 'a poll',
  value: 50,
  unit: 'ms',
  limit: 100,
  means: 'nobody waits',
  detail: 'median of 3: 40, 50, 60',
};

const group = (name: string, figures: readonly Figure[], error: string | null = null) =>
  ({
    name,
    title: `Title of ${name}`,
    measured_at: '2026-11-22T05:00:00.000Z',
    seconds: 7,
    load: { before: 1, after: 2.5 },
    machine: { cores: 2, processor: 'A', memory_gb: 8, system: 'linux 6', deno: '2.9' },
    figures: figures.map(rate),
    error,
  }) satisfies MeasuredGroup;

const everywhere = Object.keys(GROUPS).map((name) => `{{group:${name}}}`).join('\n\n');

describe('figures', () => {
  test('a least is kept from above, a most from below', () => {
    expect(ratioOf(FIGURE)).toBe(0.5);
    expect(ratioOf({ ...FIGURE, bound: 'least' })).toBe(2);
    expect([80, 100, 120].map((value) => isKept({ ...FIGURE, value }))).toEqual([
      true,
      true,
      false,
    ]);
    expect([80, 100, 120].map((value) => isKept({ ...FIGURE, value, bound: 'least' })))
      .toEqual([false, true, true]);
  });

  test('without a limit nothing is missed', () => {
    expect(ratioOf({ ...FIGURE, limit: null })).toBeNull();
    expect(isKept({ ...FIGURE, limit: null })).toBe(true);
  });

  test('what is no number was not measured', () => {
    expect(() => rate({ ...FIGURE, value: NaN })).toThrow('Nothing was measured: a poll');
  });

  test('percentiles are values that were seen', () => {
    expect(percentile([3, 1, 2, 4], 0.5)).toBe(2);
    expect(percentile([3, 1, 2, 4], 0.99)).toBe(4);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('units are written as people write them', () => {
    expect(show(12.345, { unit: 'ms' })).toBe('12.3 ms');
    expect(show(0.8, { unit: 'ratio' })).toBe('0.80');
    expect(show(81_234.5, { unit: '/s' })).toBe('81,235/s');
  });
});

describe('reports', () => {
  test('a later run replaces its own groups and leaves the others', () => {
    const earlier = { groups: [group('a', [FIGURE]), group('b', [FIGURE])] };
    const now = { groups: [group('b', [{ ...FIGURE, value: 70 }])] };
    const { groups } = merge(earlier, now);
    expect(groups.map(({ name, figures }) => [name, figures[0]?.value])).toEqual([
      ['a', 50],
      ['b', 70],
    ]);
  });

  test('a group that failed is no good report, nor is a limit that was missed', () => {
    expect(isGood({ groups: [group('a', [FIGURE])] })).toBe(true);
    expect(isGood({ groups: [group('a', [{ ...FIGURE, value: 101 }])] })).toBe(false);
    expect(isGood({ groups: [group('a', [], 'Error: away')] })).toBe(false);
  });
});

describe('the page', () => {
  test('names what misses its limit, and says what could not be measured', () => {
    const slow = group('polling', [{ ...FIGURE, value: 140, detail: 'a | b' }]);
    const page = fillIn(`{{misses}}\n\n${everywhere}`, {
      groups: [slow, group('upload', [], 'Error: no disk')],
    });
    expect(page).toContain('- Title of polling: a poll: 140 ms, at most 100 ms');
    expect(page).toContain('- Title of upload: could not be measured');
    expect(page).toContain('| 140 ms | at most 100 ms | **no** |');
    expect(page).toContain('- a poll: a \\| b');
    expect(page).toContain('_Could not be measured: Error: no disk_');
    expect(page).toContain('_Not measured yet._');
  });

  test('has a place for every group that can be measured', () => {
    expect(() => fillIn('# Nothing', { groups: [] })).toThrow('The template lacks: polling');
  });

  test('in the repository is the one that its figures and its template give', async () => {
    expect(await Deno.readTextFile('docs/performance.md')).toBe(await makePage());
  });
});
