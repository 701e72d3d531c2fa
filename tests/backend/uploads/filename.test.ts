import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanFilename } from '../../../backend/uploads/filename.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** Text with more of what names are attacked with than chance would give. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    maxLength: 400,
    unit: fc.constantFrom(
      ...[
        'a',
        'é',
        'e\u0301',
        '📚',
        '👩‍👩‍👧',
        '.',
        '/',
        '\\',
        ' ',
        '\0',
        '\n',
        '\u202e',
        '\u200b',
        '\ud83d',
      ],
      ...[
        '\udc00',
        '\ufeff',
        '…',
        '%',
        '"',
        'ﬁ',
        '한',
        '\u1112\u1161\u11ab',
        '\u00ad',
        '\u061c',
        '\u0301',
        '\u115f',
      ],
    ),
  }),
);

describe('cleanFilename()', () => {
  test('gives for any text a name that is safe to show, to store and to download under', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const name = cleanFilename(text);
        expect(name).not.toBe('');
        expect(bytesOf(name)).toBeLessThanOrEqual(240);
        expect(name.isWellFormed()).toBe(true);
        expect(name).not.toMatch(
          // deno-lint-ignore no-control-regex
          /[/\\\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u202a-\u202e\u2066-\u2069]/,
        );
        expect(name).toBe(name.trim());
        expect(name).not.toMatch(/^\.*$/);
        expect(name).toBe(name.normalize('NFC'));
      }),
      { numRuns: 2000 },
    );
  });

  test('changes nothing the second time', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = cleanFilename(text);
        expect(cleanFilename(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps an extension, however long the name', () => {
    const extension = fc.stringMatching(/^[a-z0-9]{1,12}$/);
    const stem = fc.string({
      unit: fc.constantFrom('x', 'é', '📚'),
      minLength: 241,
      maxLength: 500,
    });
    fc.assert(
      fc.property(stem, extension, (name, end) => {
        const short = cleanFilename(`${name}.${end}`);
        expect(short.endsWith(`….${end}`)).toBe(true);
        expect(bytesOf(short)).toBeGreaterThan(240 - 4);
      }),
    );
  });

  test.each([
    ['report.pdf', 'report.pdf'],
    ['a/b\\c.txt', 'c.txt'],
    ['../..', 'unnamed'],
    ['', 'unnamed'],
    ['.gitignore', '.gitignore'],
    ['  spaced  out .txt ', 'spaced  out .txt'],
    ['cafe\u0301.txt', 'café.txt'],
    ['family 👩‍👩‍👧.txt', 'family 👩‍👩‍👧.txt'],
    ['مرحبا.txt', 'مرحبا.txt'],
    ['half \ud83d.txt', 'half \ufffd.txt'],
  ])('makes %j to %j', (given, expected) => {
    expect(cleanFilename(given)).toBe(expected);
  });
});
