import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalLanguage, languageCode } from '../../../backend/contract/language.ts';

test.each([
  ['de', 'de', 'de'],
  ['deu', 'de', 'de'],
  ['EN_us', 'en-US', 'en'],
  ['zh-hant-tw', 'zh-Hant-TW', 'zh'],
  ['haw', 'haw', 'haw'],
  ['und', 'und', null],
])('%s is %s, and %s for services', (text, tag, code) => {
  expect(canonicalLanguage(text)).toBe(tag);
  expect(languageCode(text)).toBe(code);
});

test.each(['', ' ', 'x', 'xx', 'not a tag', 'deutsch', 'de-', 'a'.repeat(36), 'de\0', '../en'])(
  '%j is no language',
  (text) => {
    expect(canonicalLanguage(text)).toBeNull();
    expect(languageCode(text)).toBeNull();
  },
);

test('canonicalLanguage() throws at nothing, and changes nothing twice', () => {
  const tag = fc.stringMatching(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/);
  fc.assert(fc.property(fc.oneof(fc.string(), tag), (text) => {
    const once = canonicalLanguage(text);
    if (once !== null) expect(canonicalLanguage(once)).toBe(once);
  }));
});
