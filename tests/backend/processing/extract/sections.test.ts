import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cutSections,
  headedSections,
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

const visible = (text: string) => text.replace(/[\s\p{Cc}]/gu, '');

test('cutSections() loses nothing, keeps the order and the size', () => {
  fc.assert(fc.property(text, fc.integer({ min: 2, max: 60 }), (text, limit) => {
    const sections = cutSections(text, limit);
    expect(visible(sections.join(''))).toBe(visible(text));
    for (const section of sections) {
      expect(section.length).toBeLessThanOrEqual(limit);
      expect(section.trim()).not.toBe('');
      expect(section.isWellFormed()).toBe(true);
    }
  }));
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
  expect(cutSections('aaaa bbbb\n\ncc dd', 14)).toEqual(['aaaa bbbb', 'cc dd']);
  expect(cutSections('aaaa bbbb\ncc dd ee', 14)).toEqual(['aaaa bbbb', 'cc dd ee']);
  expect(cutSections('Aaaa bbb. Cc dd ee', 14)).toEqual(['Aaaa bbb.', 'Cc dd ee']);
  expect(cutSections('aaaa bbbb cccc dddd', 14)).toEqual(['aaaa bbbb', 'cccc dddd']);
  expect(cutSections('a'.repeat(20), 14)).toEqual(['a'.repeat(14), 'a'.repeat(6)]);
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
