import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insidePattern, rangesIn } from '#contract/inside.ts';
import { cutPassages } from '../../../backend/knowledge/passages.ts';
import { parseQuery, toTsquery } from '../../../backend/knowledge/search-query.ts';
import { matchesIn, snippetOf } from '../../../backend/knowledge/search-snippet.ts';
import { tokensOf } from '../../../backend/knowledge/search-tokens.ts';
import { editsOf } from '../../../backend/knowledge/search-typos.ts';

const NO_STEMS = new Map<string, string | null>();
const lexemes = (text: string) => tokensOf(text).map(({ lexeme }) => lexeme);
const matched = (text: string, query: string) =>
  matchesIn(text, parseQuery(query), NO_STEMS).map(([start, end]) => text.slice(start, end));

test.each([
  ['Mu\u0308ller', 'müller'],
  ['Donau\u00addampf', 'donaudampf'],
  ['Ｆｕｌｌ　ｗｉｄｔｈ', 'full width'],
  ['٢٠٢٤ २०२४', '2024 2024'],
  ['ﬁnd', 'find'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['İstanbul', 'istanbul'],
  ['INV-2024-00017', 'inv 2024 00017'],
  ['info@example.com', 'info example com'],
  ['ｶﾞｷﾞ', 'ガギ ギ'],
  ['ประ', 'ปร ระ ะ'],
  ['한국어', '한국 국어 어'],
  ['来\n年', '来年 年'],
  ['2024年', '2024 年'],
  ['', ''],
  ["'\u0301\ud800", ''],
])('tokensOf() folds %j', (text, expected) => {
  expect(lexemes(text).join(' ')).toBe(expected);
});

test('tokensOf() gives words joined by an apostrophe, and the pieces of a code, at one position', () => {
  expect(tokensOf('O’Brien a4').map(({ lexeme, position }) => [lexeme, position])).toEqual([
    ['o', 1],
    ['brien', 2],
    ['obrien', 1],
    ['a4', 3],
    ['a', 3],
    ['4', 3],
  ]);
});

test.each([
  ['Die Bru\u0308cke in Ko\u0308ln', 'köln', ['Ko\u0308ln']],
  ['Die Do\u00adnau\u00ad\u00addampf', 'donaudampf', ['Do\u00adnau\u00ad\u00addampf']],
  ['来年の予算について', '予算', ['予算']],
  ['東京都の担当者は山田太郎さん。山田', '山田太郎', ['山田太郎']],
  ['Nr. INV-2024-00017!', 'inv-2024', ['INV-2024']],
  ['Nr. INV2024', '2024', ['2024']],
  ["L’été, l'été", "l'ete l'été", ['L’été', "l'été"]],
  ['Ｎｏ．１２', '12', ['１２']],
  ['📚 book 📚', 'boo', ['book']],
])('matches of %j for %j are ranges of the original', (text, query, expected) => {
  expect(matched(text, query)).toEqual(expected);
});

const script = (from: number, to: number) =>
  fc.array(fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code)), {
    minLength: 1,
    maxLength: 12,
  }).map((chars) => chars.join(''));
const letters = fc.oneof(
  script(0x61, 0x7a),
  script(0xe0, 0xf6),
  script(0x430, 0x44f),
  script(0x3b1, 0x3c9),
  script(0x4e00, 0x9fa0),
  script(0x3041, 0x3096),
  script(0xe01, 0xe2e),
  script(0xac00, 0xd7a3),
  script(0x660, 0x669),
  script(0x5d0, 0x5ea),
  script(0x905, 0x939),
);
const between = fc.constantFrom(' ', '-', '.', '@', '/', ', ', '\n\n', '_', '’', '');
const texts = fc.array(fc.tuple(letters, between), { minLength: 1, maxLength: 12 })
  .map((pieces) => pieces.flat().join(''));

/** As often as the property needs, for its fault to be found. */
const RUNS = { numRuns: 300 };

test('any token of a text matches where it stands, and so do its variants', () => {
  fc.assert(
    fc.property(texts, fc.nat(), (text, pick) => {
      const tokens = tokensOf(text);
      const token = tokens[pick % Math.max(tokens.length, 1)];
      if (!token) return;
      const written = text.slice(token.start, token.end);
      if (written.toLowerCase() === 'or') return;
      const soft = [...written].join('\u00ad');
      const variants = [written, written.normalize('NFD'), soft, written.toUpperCase()];
      for (const query of variants) {
        const found = matchesIn(text, parseQuery(query), NO_STEMS);
        const holds = found.some(([start, end]) => start <= token.start && end >= token.end);
        expect([text, query, holds]).toEqual([text, query, true]);
      }
    }),
    RUNS,
  );
});

test('a text has the tokens of its variants', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(lexemes(text.normalize('NFD'))).toEqual(lexemes(text.normalize('NFC')));
      expect(lexemes([...text].join('\u00ad'))).toEqual(lexemes(text));
    }),
    RUNS,
  );
});

test('ranges lie within any text, in order and apart, and a snippet keeps whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 900 }), texts, (odd, known) => {
      const text = `${odd} ${known} ${odd}`;
      const ranges = matchesIn(text, parseQuery(known), NO_STEMS);
      let before = 0;
      for (const [start, end] of ranges) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThan(start);
        before = end;
      }
      expect(before).toBeLessThanOrEqual(text.length);
      const { snippet, matches } = snippetOf(text, ranges);
      expect(text).toContain(snippet);
      expect(matches.length > 0).toBe(ranges.length > 0);
      for (const [, end] of matches) expect(end).toBeLessThanOrEqual(snippet.length);
      if (text.isWellFormed()) expect(snippet.isWellFormed()).toBe(true);
    }),
    RUNS,
  );
});

test.each([
  ['a "b c', "(('a')&('b'<->'c'))"],
  ['ab ab cd', "(('ab')&('cd':*))"],
  ['ab cd', "(('ab')&('cd':*))"],
  ['"ab cd"', "(('ab'<->'cd'))"],
  ['ab or -cd', "(('ab'))|(!('cd'))"],
  ['京', "(('京':*))"],
  ['予算', "(('予算'))"],
  ['or', ''],
  ["\0 \ud800 <-> & | ! ( ) : * \\ '", ''],
])('parseQuery() reads %j', (query, expected) => {
  expect(toTsquery(parseQuery(query))).toBe(expected);
});

test('cutPassages() cuts text without spaces at the ends of its sentences', () => {
  const text = '来年の予算について話し合いました。'.repeat(200);
  const cuts = cutPassages(text);
  expect(cuts.map(({ separator, text: cut }) => separator + cut).join('')).toBe(text);
  expect(cuts.filter((cut) => !cut.text.endsWith('。'))).toEqual([]);
});

test('parseQuery() reads ten thousand characters', () => {
  for (const unit of ['-', '"', 'a', 'a ', '山', "'", '\u0301', ' or ', '"-']) {
    expect(() => toTsquery(parseQuery(unit.repeat(10_000)))).not.toThrow();
  }
});

test('editsOf() makes words of one edit, of words that are long enough', () => {
  const edits = editsOf('amiabel');
  for (const word of ['amiable', 'amiabe', 'amiabels', 'emiabel']) {
    expect(edits.includes(word)).toBe(true);
  }
  expect(editsOf('Straßebahn'.toLowerCase())).toContain('straßenbahn');
  expect([editsOf('cat'), editsOf('00017'), editsOf('x'.repeat(25))]).toEqual([[], [], []]);
});

test.each([
  ['Müller', 'Mu\u0308ller', [[0, 7]]],
  ['mu\u0308ller', 'Müller', [[0, 6]]],
  ['donau', 'Do\u00adnau', [[0, 6]]],
  ["o'brien", 'O’Brien', [[0, 7]]],
  ['No.12', 'Ｎｏ．１２', [[0, 5]]],
  ['Mu', 'Mu\u0308ller', []],
  ['a-b (c)', 'a-b\u00ad\n(c)', [[0, 8]]],
])('a find of %j inside %j', (query, text, expected) => {
  const pattern = insidePattern(query);
  expect(pattern && rangesIn(text, pattern)).toEqual(expected);
});
