/**
 * Texts that are not what stands in the file are noticed, others are not.
 *
 * @module
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { message } from '../../../backend/contract/messages/catalogue.ts';
import type { Notice } from '../../../backend/contract/notices.ts';
import { repeatsItself, withDoubts } from '../../../backend/processing/doubts.ts';
import type { ProcessEvent } from '../../../backend/processing/processor.ts';
import { readReference } from '../../support/recordings.ts';

async function noticesOf(
  text: string,
  kind: 'page' | 'segment' = 'page',
  notices?: readonly Notice[],
): Promise<readonly Notice[]> {
  const event: ProcessEvent = {
    type: 'parts',
    parts: [{ index: 0, kind, label: null, text, start: null, end: null }],
    checkpoint: {},
    fraction: 1,
    message: message('starting'),
    ...notices && { notices },
  };
  const [told] = await Array.fromAsync(withDoubts((async function* () {
    yield event;
  })()));
  return told?.type === 'parts' ? told.notices ?? [] : [];
}

const codes = async (text: string, kind?: 'page' | 'segment') =>
  (await noticesOf(text, kind)).map(({ code }) => code);

test('characters that could not be decoded are counted', async () => {
  expect(await noticesOf('Stra\uFFFDe\uFFFD')).toEqual([
    { code: 'characters_undecodable', params: { count: 2 } },
  ]);
});

const doubleEncoded = (text: string) =>
  new TextDecoder('windows-1252').decode(new TextEncoder().encode(text));

test('UTF-8 read as Windows-1252 is doubted', async () => {
  for (const text of ['Die Straße ist schön', 'Él también comió', 'It’s “quoted” – twice']) {
    expect(await codes(doubleEncoded(text))).toEqual(['characters_doubtful']);
  }
});

test('texts of many languages are not doubted', async () => {
  const texts = [
    'Die Straße ist schön, über 20 °C – „warm“ …',
    'Él también comió; ¿qué tal? ¡Ánimo! AÇÃO, NÃO, PÃO',
    'Všechno je v pořádku. Ceci n’est pas « une » pipe — œuvre',
    'Всё хорошо. すべて順調です。 모두 괜찮아요. كل شيء على ما يرام',
    'Â la carte, ÂGE, £5, 5 €, naïve façade',
  ];
  for (const text of texts) expect(await codes(text)).toEqual([]);
});

test('control characters that no text contains are doubted', async () => {
  expect(await codes('a\u0093quoted\u0094 word')).toEqual(['characters_doubtful']);
});

test('what the reader itself noticed stays', async () => {
  const own: Notice = { code: 'cells_without_value', params: { count: 4 } };
  expect(await noticesOf('1\uFFFD', 'page', [own])).toEqual([
    own,
    { code: 'characters_undecodable', params: { count: 1 } },
  ]);
});

test('a recogniser that loops is noticed, in recordings alone', async () => {
  const loop = `We came to the house. ${'and then we went on '.repeat(6)}`;
  expect(await codes(loop, 'segment')).toEqual(['words_repeated']);
  expect(await codes(loop, 'page')).toEqual([]);
  expect(repeatsItself('you '.repeat(20))).toBe(true);
});

test('a loop is found wherever it stands and however long it is', () => {
  const word = fc.stringMatching(/^[a-z]{2,8}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 2, maxLength: 12 }),
      fc.array(word, { maxLength: 30 }),
      fc.array(word, { maxLength: 30 }),
      fc.integer({ min: 4, max: 9 }),
      (phrase, before, after, times) => {
        const loop = Array.from({ length: times }, () => phrase).flat();
        expect(repeatsItself([...before, ...loop, ...after].join(' '))).toBe(true);
      },
    ),
  );
});

test('what people say and write does not count as a loop', async () => {
  const spoken = 'No, no, no, no! Very, very, very good. Ha ha ha ha. Row, row, row your boat.';
  expect(repeatsItself(spoken)).toBe(false);
  for (const { text } of await readReference()) expect(repeatsItself(text)).toBe(false);
});
