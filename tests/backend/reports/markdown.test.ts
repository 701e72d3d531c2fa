/**
 * Markdown out of values.
 */
import { expect, test } from 'vitest';
import { bytes, duration, page, plain, table } from '../../../backend/reports/markdown.ts';

test('plain() lets nothing act as markup, on one line', () => {
  expect(plain('a|b <img src=x> [x](y)\n# *c* `d` \\')).toBe(
    'a\\|b \\<img src=x\\> \\[x\\](y) \\# \\*c\\* \\`d\\` \\\\',
  );
});

test('table() aligns what ends in a colon', () => {
  expect(table(['Name', 'Size:'], [['a', '1'], ['b', '2']])).toBe(
    '| Name | Size |\n| --- | ---: |\n| a | 1 |\n| b | 2 |',
  );
});

test('page() leaves out what is not there', () => {
  expect(page('# A', null, '', 'B')).toBe('# A\n\nB\n');
});

test.each([[0, '0 B'], [999, '999 B'], [1_500, '1.5 kB'], [123_456_789, '123 MB'], [
  2e12,
  '2.0 TB',
]])(
  'bytes(%d) is %s',
  (count, shown) => expect(bytes(count)).toBe(shown),
);

test.each([[0, '0:00'], [59.6, '1:00'], [75, '1:15'], [3_723, '1:02:03']])(
  'duration(%d) is %s',
  (seconds, shown) => expect(duration(seconds)).toBe(shown),
);
