import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cutSections,
  headedSections,
  type Section,
  SECTION_CHARACTERS,
  SectionCutter,
} from '../../../../backend/processing/extract/sections.ts';

/** Texts with all that a cut must respect: spaces, line ends, long words, pairs of surrogates. */
const text = fc.array(
  fc.oneof(
    fc.constantFrom(' ', '\n', '\n\n', '\r\n', '. ', '😀', 'e\u0301'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constant('x'.repeat(70)),
  ),
  { maxLength: 80 },
).map((pieces) => pieces.join(''));

const textsOf = (text: string, limit: number) => cutSections(text, limit).map(({ text }) => text);
const joined = (sections: readonly Section[]) =>
  sections.map(({ separator, text }) => separator + text).join('');

test('cutSections() are the text once they are joined, and keep the size', () => {
  fc.assert(fc.property(text, fc.integer({ min: 2, max: 60 }), (text, limit) => {
    const sections = cutSections(text, limit);
    expect(joined(sections)).toBe(text.trim() ? text : '');
    for (const { separator, text } of sections) {
      expect(separator.trim()).toBe('');
      expect(text.trimEnd().length).toBeLessThanOrEqual(limit);
      expect(text).toBe(text.trimStart());
      expect(text.isWellFormed()).toBe(true);
    }
  }));
});

test('headedSections() are the text once they are joined', () => {
  const headed = fc.array(
    fc.oneof(text, fc.constantFrom('\n# One\r\n', '\n\n## Two #\n', '\n```\n')),
  )
    .map((pieces) => pieces.join(''));
  fc.assert(fc.property(headed, (text) => {
    expect(joined(headedSections(text))).toBe(text.trim() ? text : '');
  }));
});

test('cutSections() divides no character, and no word where there is a space before', () => {
  const family = '👨‍👩‍👧‍👦';
  expect(textsOf(family.repeat(3), 30)).toEqual([family.repeat(2), family]);
  expect(textsOf('e\u0301'.repeat(5), 5)).toEqual(['e\u0301e\u0301', 'e\u0301e\u0301', 'e\u0301']);
  expect(textsOf('ab cdefghijklmno', 14)).toEqual(['ab', 'cdefghijklmno']);
  expect(textsOf(`${'a'.repeat(14)}\r\n`, 14)).toEqual([`${'a'.repeat(14)}\r\n`]);
});

test('SectionCutter cuts the same however the text arrives, and its sources are the text', () => {
  fc.assert(fc.property(text, fc.array(fc.nat(200)), (text, places) => {
    const whole = new SectionCutter(40);
    const expected = [...whole.push(text), ...whole.end()];
    const pieces = new SectionCutter(40);
    const cuts = [0, ...places.filter((at) => at < text.length).sort((a, b) => a - b), text.length];
    const found = cuts.slice(1).flatMap((to, at) => [...pieces.push(text.slice(cuts[at], to))]);
    expect([...found, ...pieces.end()]).toEqual(expected);
    expect(expected.map(({ source }) => source).join('')).toBe(text);
  }));
});

test('cutSections() prefers the end of a paragraph, then of a line, a sentence, a word', () => {
  expect(textsOf('aaaa bbbb\n\ncc dd', 14)).toEqual(['aaaa bbbb', 'cc dd']);
  expect(textsOf('aaaa bbbb\ncc dd ee', 14)).toEqual(['aaaa bbbb', 'cc dd ee']);
  expect(textsOf('Aaaa bbb. Cc dd ee', 14)).toEqual(['Aaaa bbb.', 'Cc dd ee']);
  expect(textsOf('aaaa bbbb cccc dddd', 14)).toEqual(['aaaa bbbb', 'cccc dddd']);
  expect(textsOf('a'.repeat(20), 14)).toEqual(['a'.repeat(14), 'a'.repeat(6)]);
});

test('headedSections() labels sections with their heading and repeats it for long ones', () => {
  const long = 'word '.repeat(SECTION_CHARACTERS / 4);
  const sections = headedSections(`intro\n\n# One #\ntext\n## Two\n${long}`);
  expect(sections.map(({ label }) => label)).toEqual([null, 'One', 'Two', 'Two']);
  expect(sections[1]!.text).toBe('# One #\ntext');
});

test('headedSections() takes no comment in a code block for a heading', () => {
  const sections = headedSections('# One\n```sh\n# comment\n```\n#hashtag\n# Two');
  expect(sections.map(({ label }) => label)).toEqual(['One', 'Two']);
});
