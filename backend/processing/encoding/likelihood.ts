/**
 * Fit of a reading to a language, in bits: the length of its characters beyond ASCII in an ideal
 * code for that language. The right reading of some bytes needs the fewest.
 *
 * @module
 */
import { type EastAsian, usageOf } from './east-asian.ts';
import { CYRILLIC, type LanguageName, LANGUAGES } from './languages.ts';
import { BAD, type Place, type Reading } from './reading.ts';

/** Bits of the first invalid character, which any text may contain by accident. */
const FIRST_BAD = 13;
const FOREIGN_LETTER = 12;
const FOREIGN_SCRIPT = 14;
/** Bits of a one-letter word, in scripts with longer words. */
const ALONE = 3;
const RARE_IDEOGRAPH = 20;
const BESIDE_ASCII = 6;

/** Unpronounceable sequences of letters. */
const CLUSTERS = /[бвгджзйклмнпрстфхцчшщћђљњџ]{4}|[аеёиоуыэюяіїє]{3}|(?<!\p{L})[ьъы]/giu;
const CLUSTER = 5;

const EAST_PUNCTUATION = /[\u3000-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff60]/;
const HALF_WIDTH = /[\uff61-\uff9f]/;
/** Two consecutive characters of one syllabary. */
const KANA = /^(\p{Script=Hiragana}{2}|[\p{Script=Katakana}ー]{2})$/u;

/** Bits of each letter by language. */
const costs = new Map<LanguageName, ReadonlyMap<string, number>>();

function costsOf(language: LanguageName): ReadonlyMap<string, number> {
  let found = costs.get(language);
  if (!found) {
    const { letters, latin } = LANGUAGES[language];
    // In a script that is not Latin, each letter has a larger share of the text.
    const cost = (rank: number) => latin ? 3 + Math.log2(rank + 1) : Math.min(9, 2.8 + rank * 0.16);
    found = new Map(Array.from(letters, (letter, rank) => [letter, cost(rank)]));
    costs.set(language, found);
  }
  return found;
}

/** Bits of a text in a language with an alphabet; less than `most`, or `most`. */
export function alphabetBits(reading: Reading, language: LanguageName, most: number): number {
  const letters = costsOf(language);
  const { latin } = LANGUAGES[language];
  const clusters = CYRILLIC.includes(language) ? reading.text.match(CLUSTERS)?.length ?? 0 : 0;
  const bad = reading.bad > 0 ? FIRST_BAD + (reading.bad - 1) * BAD : 0;
  return sum(reading, bad + clusters * CLUSTER, most, ({ isLetter, isLatin, isAlone, lower }) => {
    if (!isLetter) return 0;
    const foreign = isLatin === latin ? FOREIGN_LETTER : FOREIGN_SCRIPT;
    return (letters.get(lower) ?? foreign) + (isAlone && !latin ? ALONE : 0);
  });
}

/** Bits of a text in an East Asian language; less than `most`, or `most`. */
export function eastAsianBits(reading: Reading, language: EastAsian, most: number): number {
  const { frequent, common } = usageOf(language);
  const cost = sum(reading, reading.bad * BAD, most, (place) => {
    const { character, isLetter, isLatin, isBesideAscii, previous } = place;
    if (!isLetter) return EAST_PUNCTUATION.test(character) ? 8 - place.bits : 2;
    const kana = KANA.test(character + previous) ? 1 : 0;
    return ofCharacter(character, isLatin) + (isBesideAscii ? BESIDE_ASCII : 0) - kana - place.bits;
  });
  return language === 'korean' || cost >= most ? cost : cost - dictionaryBits(reading, language);

  function ofCharacter(character: string, isLatin: boolean): number {
    if (HALF_WIDTH.test(character)) return 9.5;
    if (language === 'japanese' && /\p{Script=Hiragana}/u.test(character)) return 6;
    if (language === 'japanese' && /[\p{Script=Katakana}ー]/u.test(character)) return 6.5;
    if (frequent.has(character)) return language === 'korean' ? 7 : 8;
    if (common.has(character)) return language === 'korean' ? 11.5 : 11;
    if (/[\uff10-\uff5a]/.test(character)) return 10;
    return isLatin ? FOREIGN_LETTER : RARE_IDEOGRAPH;
  }
}

/** Bits saved by words of two or more ideographs in a dictionary. */
function dictionaryBits({ text }: Reading, language: EastAsian): number {
  const locale = language === 'japanese' ? 'ja' : 'zh';
  const words = new Intl.Segmenter(locale, { granularity: 'word' });
  let saved = 0;
  for (const { segment } of words.segment(text.slice(0, 4_000))) {
    if (segment.length > 1 && /^\p{Script=Han}/u.test(segment)) saved += (segment.length - 1) * 5;
  }
  return saved;
}

/** The fewest bits in any language. */
export function bitsInAnyLanguage(reading: Reading): number {
  let fewest = Infinity;
  for (const language of Object.keys(LANGUAGES) as LanguageName[]) {
    fewest = Math.min(fewest, alphabetBits(reading, language, fewest));
  }
  for (const language of ['japanese', 'simplified', 'traditional', 'korean'] as const) {
    fewest = Math.min(fewest, eastAsianBits(reading, language, fewest));
  }
  return fewest;
}

/** Adds the bits of places and characters, until they are `most`. */
function sum(
  { places }: Reading,
  start: number,
  most: number,
  bits: (place: Place) => number,
): number {
  let total = start;
  for (const place of places) {
    total += place.bits + bits(place);
    if (total >= most) return most;
  }
  return Math.min(total, most);
}
