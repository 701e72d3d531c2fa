import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declaredEncoding } from '../../../../backend/processing/encoding/declared.ts';
import { decoderOf, knownEncoding } from '../../../../backend/processing/encoding/decoder.ts';
import { encodingOf } from '../../../../backend/processing/encoding/find.ts';
import { encode, TONGUES } from '../../../support/sentences.ts';

function decoded(bytes: Uint8Array): string {
  const { encoding, start } = encodingOf(bytes);
  return decoderOf(encoding).decode(bytes.subarray(start));
}

const PLAIN = 'Reference number, amount and comment in plain letters. ';

/** Texts of some of the sentences in a language, in the forms that files have. */
function textsIn(sentences: readonly string[]): fc.Arbitrary<string> {
  const some = fc.shuffledSubarray([...sentences], { minLength: 2 });
  return fc.oneof(
    some.map((lines) => lines.join('\n')),
    some.map((lines) => `${lines.join('. ')}.\r\n`.repeat(30)),
    some.map((lines) =>
      `id;date;comment\r\n${lines.map((line, at) => `${at};2024-03-01;${line}\r\n`)}`
    ),
    some.map((lines) => `${PLAIN.repeat(200)}\n${lines.join(', ')}\n${PLAIN}`),
    some.map((lines) => `"${lines.join('","')}"\n`.toUpperCase()),
  );
}

const pairs = Object.entries(TONGUES).flatMap(([language, { sentences, encodings }]) =>
  [...encodings, 'utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'].map((encoding) => ({
    language,
    encoding,
    sentences,
  }))
);

describe.each(pairs)('$language in $encoding', ({ encoding, sentences }) => {
  const options = { seed: 17, numRuns: 12 };

  test('is read as it was written', () => {
    fc.assert(
      fc.property(textsIn(sentences), (text) => {
        // The bytes are the reference: letters that the encoding lacks were replaced in them.
        const bytes = encode(text, encoding);
        expect(decoded(bytes)).toBe(decoderOf(encoding).decode(bytes));
      }),
      options,
    );
  });

  test.runIf(!/^utf-(16|32)|iso-2022/.test(encoding))(
    'loses no more than a byte that is wrong',
    () => {
      fc.assert(
        fc.property(textsIn(sentences), fc.nat(), (text, place) => {
          const lines = text.split('\n');
          const before = lines.slice(0, place % lines.length + 1).join('\n') + '\n';
          const after = lines.slice(place % lines.length + 1).join('\n');
          const [head, tail] = [encode(before, encoding), encode(after, encoding)];
          const bytes = Uint8Array.from([...head, 0xff, 0x0a, ...tail]);
          const read = decoded(bytes);
          expect(read.startsWith(decoderOf(encoding).decode(head))).toBe(true);
          expect(read.endsWith(decoderOf(encoding).decode(tail))).toBe(true);
        }),
        options,
      );
    },
  );
});

test.each([
  ['windows-1252', [
    '25 °C ± 2 µm',
    'Price: 5 £',
    '100 €',
    '½ cup',
    '© 2024',
    'n° 5, le 2ª',
    'see § 5',
  ]],
  ['windows-1252', [
    '3×4 cm',
    'naïve',
    '“quoted”',
    'it’s',
    '10–20',
    '• one\n• two',
    'ACME™',
    '10³ m',
    '¥100',
  ]],
  ['windows-1252', [
    'café',
    'El Niño',
    'São Paulo',
    'Malmö',
    'Zürich',
    '¿Qué?',
    'l’été',
    'œuvre',
    'Þór',
    'à',
  ]],
  ['windows-1250', ['Łódź', 'Kraków', 'Příbram']],
  ['windows-1251', ['Иван', 'Привет', 'ПРИВЕТ']],
  ['windows-1253', ['Αθήνα']],
  ['windows-1254', ['Şişli', 'Ağrı Dağı']],
  ['windows-1255', ['שלום']],
  ['windows-1256', ['مرحبا']],
  ['windows-874', ['สวัสดี']],
  ['shift_jis', ['東京', '田中']],
  ['gbk', ['中文', '北京', '测试']],
  ['euc-kr', ['서울', '안녕하세요']],
])('encodingOf() finds %s in single words', (encoding, words) => {
  const read = (word: string) => decoded(encode(word, encoding));
  expect(words.map(read)).toEqual(words);
});

test.each([
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
])('encodingOf() takes a mark of %s for one', (encoding, mark) => {
  const text = 'Grüße, 世界 😀';
  const bytes = Uint8Array.from([...mark, ...encode(text, encoding)]);
  expect(encodingOf(bytes)).toMatchObject({ encoding, start: mark.length });
  expect(decoded(bytes)).toBe(text);
});

test.each([
  ['a NUL', 'line one\nbad\0byte line\nline three\n', 'utf-8'],
  ['a cut off character', 'Größe für alle, süß ä', 'utf-8'],
  ['colours of a terminal', '\x1b[31mred\x1b[0m and \x1b[1mbold\x1b[0m', 'utf-8'],
])('encodingOf() is not misled by %s', (name, text, encoding) => {
  const bytes = new TextEncoder().encode(text);
  expect(encodingOf(name.startsWith('a cut') ? bytes.slice(0, -1) : bytes).encoding).toBe(encoding);
});

test('encodingOf() doubts noise', () => {
  const noise = Uint8Array.from(
    { length: 3000 },
    (_, at) => 0x80 | ((at * 7919 + (at >> 3) * 31) & 0x7f),
  );
  expect(encodingOf(noise).doubtful).toBe(true);
});

test.each([
  ['<?xml version="1.0" encoding="windows-1251"?><a/>', 'windows-1251'],
  [`<!doctype html><script>${'x'.repeat(30_000)}</script><meta charset=koi8-r>`, 'koi8-r'],
  ['<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">', 'shift_jis'],
  ['<!-- <meta charset="koi8-r"> --><html><meta charset="gbk">', 'gbk'],
  ['# -*- coding: cp1251 -*-\nprint()', 'windows-1251'],
  ['#!/usr/bin/ruby\n# encoding: euc-jp\n', 'euc-jp'],
  ['@charset "iso-8859-2";', 'iso-8859-2'],
  ['msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=ISO-8859-15\\n"', 'iso-8859-15'],
  ['<meta charset="utf-16">', 'utf-8'],
  ['<meta charset="no-such-thing">', null],
  ['A text about charset=koi8-r', null],
])('declaredEncoding() of %.60s', (text, encoding) => {
  expect(declaredEncoding(new TextEncoder().encode(text))).toBe(encoding);
});

test('encodingOf() believes no declaration that gives rubbish', () => {
  const page = (charset: string) =>
    `<html><meta charset="${charset}"><p>Обсудили бюджет на следующий год</p>`;
  const read = (charset: string, encoding: string) => decoded(encode(page(charset), encoding));
  expect(read('windows-1252', 'windows-1251')).toBe(page('windows-1252'));
  expect(read('utf-8', 'koi8-r')).toBe(page('utf-8'));
  expect(read('shift_jis', 'utf-8')).toBe(page('shift_jis'));
});

test('decoderOf() decodes what arrives in pieces as it decodes the whole', () => {
  for (const { sentences, encodings } of Object.values(TONGUES)) {
    for (const encoding of encodings) {
      const bytes = encode(sentences.join('\n'), encoding);
      const decoder = decoderOf(encoding);
      let text = '';
      for (const byte of bytes) text += decoder.decode(Uint8Array.of(byte), { stream: true });
      expect(text + decoder.decode()).toBe(decoderOf(encoding).decode(bytes));
    }
  }
});

test('knownEncoding() knows names of Windows, MS-DOS and the Macintosh', () => {
  expect(
    ['CP932', 'windows-31j', 'cp850', 'MacRoman', 'utf-32', 'latin1', 'nope'].map(knownEncoding),
  )
    .toEqual(['shift_jis', 'shift_jis', 'cp850', 'macintosh', 'utf-32le', 'windows-1252', null]);
});
