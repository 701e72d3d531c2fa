/** Every message has a text in each language, and says as much in one as in the other. */
import { describe, expect, test } from 'vitest';
import {
  createFormatter,
  englishTexts,
  formatMessage,
  message,
  type MessageCode,
  text,
} from '../../../backend/contract/messages/catalogue.ts';
import { FORMATTERS, germanTexts } from '../../../backend/contract/messages/formatters.ts';
import type { MessageDetails } from '../../../backend/contract/messages/shape.ts';
import { SAMPLES } from '../../support/messages.ts';

const codes = Object.keys(SAMPLES) as MessageCode[];
const all = codes.flatMap((code) =>
  SAMPLES[code].map((params): [string, MessageDetails] => [
    `${code} ${JSON.stringify(params)}`,
    { code, params: params as MessageDetails['params'] },
  ])
);
const both = (details: MessageDetails) =>
  [
    FORMATTERS.en(details) ?? '',
    FORMATTERS.de(details) ?? '',
  ] as const;

/** Numbers, names of settings and file types, and what was given: the same in every language. */
const facts = (words: string): string[] => {
  const neutral = words.replace(/(\d),(\d)/g, '$1.$2')
    // 10 h and 22 min are written with the noun of the language.
    .replace(/ffmpeg|e-?mails?/gi, (found) => found.toLowerCase());
  const given =
    /\d+(?:[.:]\d+)*|[A-Z]{2,}(?:_[A-Z]+)*|\.[a-z]{3,4}\b|https?:\/\/|(?:Quux|Plugh|Xyzzy|Grault|garply|xyzzy|plugh|Report)\S*/g;
  return (neutral.match(given) ?? []).map((fact) => fact.replace(/[;:,.]+$/, '')).toSorted();
};

describe('messages', () => {
  test('have the same codes in all languages', () => {
    expect(Object.keys(germanTexts).toSorted()).toEqual(Object.keys(englishTexts).toSorted());
  });

  test.each(all)('%s has a text that is no code', (_, details) => {
    for (const words of both(details)) {
      expect(words).not.toBe('');
      expect(words).not.toMatch(/undefined|\[object|NaN/);
    }
  });

  test.each(all.filter(([, { code }]) => code !== 'text'))('%s is translated', (_, details) => {
    const [english, german] = both(details);
    expect(german).not.toBe(english);
  });

  test.each(all)('%s says the same facts in both languages', (_, details) => {
    const [english, german] = both(details);
    expect(facts(german)).toEqual(facts(english));
  });

  test('leave names of files and texts of apps alone', () => {
    const name = 'Starting; 2 failed: Report · Page 1 of 2';
    const progress = message('files_done', {
      done: 1,
      of: 2,
      now: message('work_on', {
        kind: 'file',
        name,
        now: message('unit', { unit: 'page', at: 1, of: 2 }),
      }),
    });
    expect(formatMessage(progress)).toBe(`1 of 2 files · ${name}: Page 1 of 2`);
    expect(FORMATTERS.de(progress)).toBe(`1 von 2 Dateien · ${name}: Seite 1 von 2`);
    expect(FORMATTERS.de(text('Starting'))).toBe('Starting');
  });
});

describe('createFormatter()', () => {
  test('gives null for what another version means', () => {
    const format = createFormatter(germanTexts);
    expect(format({ code: 'a_newer_code', params: {} })).toBeNull();
    expect(format({ code: 'toString', params: {} })).toBeNull();
    expect(format({ code: 'unknown_files', params: {} })).toBeNull();
    expect(formatMessage({ code: 'a_newer_code', params: {} })).toBe('a_newer_code');
  });

  test('shows an inner message that is unknown by its code', () => {
    const reason = { code: 'a_newer_code', params: {} };
    expect(formatMessage(message('next_attempt', { reason, seconds: 3 })))
      .toBe('a_newer_code. Next attempt in 3 s');
  });
});
