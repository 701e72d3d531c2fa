/**
 * How well decoded text fits a language, in bits: what an ideal code for that language would need
 * for its characters beyond ASCII. The right reading of some bytes needs the fewest. Wrong readings
 * are betrayed by undecodable bytes, control characters, symbols and capitals inside words, scripts
 * that change inside a word, and letters that the language does not have.
 *
 * @module
 */
import { type EastAsian, usageOf } from './east-asian.ts';
import { type LanguageName, LANGUAGES } from './languages.ts';

/** Bits of a byte that means nothing, or of a control character. */
const BAD = 20;
/** Any text may hold one by accident; but characters of two bytes have more that mean nothing. */
const FIRST_BAD = 13;
const FOREIGN_LETTER = 12;
const FOREIGN_SCRIPT = 14;
const RARE_SYMBOL = 12;
const SYMBOL_IN_WORD = 14;
const PUNCTUATION = 6;
const REPEATED = 2;
const RARE_IDEOGRAPH = 20;
const SCRIPT_CHANGE = 6;
const CAPITAL_IN_WORD = 8;
const CAPITAL = 2;
/** Of a letter beside a digit, and of one that is a word of a script with longer ones. */
const AT_DIGIT = 5;
const ALONE = 3;
const SECOND_ACCENT = 3;

const CYRILLIC = new Set<LanguageName>(
  ['russian', 'ukrainian', 'bulgarian', 'serbian', 'macedonian', 'belarusian'],
);
const CLUSTERS = /[бвгджзйклмнпрстфхцчшщћђљњџ]{4}|[аеёиоуыэюяіїє]{3}|(?<!\p{L})[ьъы]/giu;

const USUAL_PUNCTUATION = new Set('“”„‚‘’«»‹›–—…•·§°€£¥©®™№\u00a0±¹²³µ×½¼¾¿¡ªº\u200e\u200f،؛؟٪');
const EAST_PUNCTUATION = /[\u3000-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff60]/;
/** Stand alone, or behind a word or number. */
const GLUED = new Set('–—…°•²³¼½¾ªº');
/** Two of one syllabary, one after the other. */
const KANA = /^(\p{Script=Hiragana}{2}|[\p{Script=Katakana}ー]{2})$/u;
const APOSTROPHES = new Set('’·\u00ad\u200c\u200d');

/** The kind of a character, one letter each. */
function kindOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (/\d/.test(character)) return 'd';
  if (code < 0x80) return /[a-z]/.test(character) ? 'a' : /[A-Z]/.test(character) ? 'A' : ' ';
  if (USUAL_PUNCTUATION.has(character)) return 's';
  if (code === 0xfffd || code < 0xa0 || /[\p{Cn}\p{Co}\p{Cs}]/u.test(character)) return '!';
  if (/\p{Script=Latin}/u.test(character)) return character === character.toLowerCase() ? 'l' : 'L';
  if (/[\p{L}\p{M}]/u.test(character)) return character === character.toLowerCase() ? 'o' : 'O';
  return 's';
}

const kinds = new Map<string, string>();
/** Many characters come again and again. */
function kind(character: string): string {
  if (!character) return ' ';
  let known = kinds.get(character);
  if (known === undefined) {
    if (kinds.size > 5_000) kinds.clear();
    kinds.set(character, known = kindOf(character));
  }
  return known;
}

const isLetter = (kind: string) => /[aAlLoO]/.test(kind);
const isLower = (kind: string) => kind === 'a' || kind === 'l' || kind === 'o';
const isUpper = (kind: string) => kind === 'A' || kind === 'L' || kind === 'O';
const isLatin = (kind: string) => /[aAlL]/.test(kind);

const ranks = new Map<LanguageName, ReadonlyMap<string, number>>();
function ranksOf(language: LanguageName): ReadonlyMap<string, number> {
  let found = ranks.get(language);
  if (!found) {
    found = new Map(Array.from(LANGUAGES[language].letters, (letter, at) => [letter, at]));
    ranks.set(language, found);
  }
  return found;
}

/** Bits of a text in a language with an alphabet; less than `most`, or `most`. */
export function alphabetBits(text: string, language: LanguageName, most = Infinity): number {
  const letters = ranksOf(language);
  const { latin } = LANGUAGES[language];
  const bits = (character: string, kind: string) => {
    const rank = letters.get(character.toLowerCase());
    if (rank === undefined) return isLatin(kind) === latin ? FOREIGN_LETTER : FOREIGN_SCRIPT;
    // The letters of a script that is not Latin share out far more of the text.
    return latin ? 3 + Math.log2(rank + 1) : Math.min(9, 2.8 + rank * 0.16);
  };
  const clusters = CYRILLIC.has(language) ? clusterBits(text) : 0;
  if (clusters >= most) return most;
  return clusters +
    sum(
      text,
      most - clusters,
      FIRST_BAD,
      (character, { kind, before, beforeThat, after, previous }) => {
        if (!isLetter(kind)) return symbolBits(character, before, after, previous);
        let cost = bits(character, kind);
        if (before === 'd' || after === 'd') cost += AT_DIGIT;
        if (!latin && !isLetter(before) && !isLetter(after)) cost += ALONE;
        if (isLetter(before)) {
          if (isLatin(before) !== isLatin(kind)) cost += SCRIPT_CHANGE;
          if (isUpper(kind) && isLower(before)) cost += CAPITAL_IN_WORD;
          if (isLower(kind) && isUpper(before) && isUpper(beforeThat)) cost += CAPITAL_IN_WORD;
          if (kind === 'l' && (before === 'l' || before === 'L')) cost += SECOND_ACCENT;
        }
        if (isLetter(after)) {
          if (after === 'a' || after === 'A') cost += isLatin(kind) ? 0 : SCRIPT_CHANGE;
          if (isLower(kind) && after === 'A') cost += CAPITAL_IN_WORD;
        }
        // A capital is rare, but in a word of capitals.
        return isUpper(kind) && !isUpper(before) ? cost + CAPITAL : cost;
      },
    );
}

/** Bits of letters that nobody can pronounce one after the other. */
function clusterBits(text: string): number {
  return 5 * (text.match(CLUSTERS)?.length ?? 0);
}

function symbolBits(character: string, before: string, after: string, previous: string): number {
  const usual = USUAL_PUNCTUATION.has(character);
  if (isLetter(before) && isLetter(after)) {
    return APOSTROPHES.has(character) ? PUNCTUATION : SYMBOL_IN_WORD;
  }
  if (character === previous) return REPEATED;
  if (GLUED.has(character) && isLetter(after)) return RARE_SYMBOL;
  return usual ? PUNCTUATION : RARE_SYMBOL;
}

/** Bits of a text in an East Asian language; less than `most`, or `most`. */
export function eastAsianBits(text: string, language: EastAsian, most = Infinity): number {
  const { frequent, common } = usageOf(language);
  const cost = sum(text, most, BAD, (character, { kind, before, after, previous }) => {
    if (EAST_PUNCTUATION.test(character)) return 8;
    if (!isLetter(kind) && !/[\uff61-\uff9f]/.test(character)) {
      return symbolBits(character, before, after, previous) + 2;
    }
    const change = before === 'a' || after === 'a' ? SCRIPT_CHANGE : 0;
    return characterBits(character, kind) + change - (KANA.test(character + previous) ? 1 : 0);
  });
  return language === 'korean' || cost >= most ? cost : cost - dictionaryBits(text, language);

  function characterBits(character: string, kind: string): number {
    if (/[\uff61-\uff9f]/.test(character)) return 9.5;
    if (language === 'japanese' && /\p{Script=Hiragana}/u.test(character)) return 6;
    if (language === 'japanese' && /[\p{Script=Katakana}ー]/u.test(character)) return 6.5;
    if (frequent.has(character)) return language === 'korean' ? 7 : 8;
    if (common.has(character)) return language === 'korean' ? 11.5 : 11;
    if (/[\uff10-\uff5a]/.test(character)) return 10;
    return isLatin(kind) ? FOREIGN_LETTER : RARE_IDEOGRAPH;
  }
}

/** Bits saved by words of two ideographs and more that a dictionary has. */
function dictionaryBits(text: string, language: EastAsian): number {
  const locale = language === 'japanese' ? 'ja' : 'zh';
  const words = new Intl.Segmenter(locale, { granularity: 'word' });
  let saved = 0;
  for (const { segment } of words.segment(text.slice(0, 4_000))) {
    if (segment.length > 1 && /^\p{Script=Han}/u.test(segment)) saved += (segment.length - 1) * 5;
  }
  return saved;
}

/** The fewest bits in any language. */
export function bitsInAnyLanguage(text: string): number {
  let most = Infinity;
  for (const language of Object.keys(LANGUAGES) as LanguageName[]) {
    most = Math.min(most, alphabetBits(text, language, most));
  }
  for (const language of ['japanese', 'simplified', 'traditional', 'korean'] as const) {
    most = Math.min(most, eastAsianBits(text, language, most));
  }
  return most;
}

/** The kinds of a character and of those around it. */
interface Place {
  readonly kind: string;
  readonly before: string;
  readonly beforeThat: string;
  readonly after: string;
  /** The character before. */
  readonly previous: string;
}

/** Adds up what each character beyond ASCII costs, until that is `most`. */
function sum(
  text: string,
  most: number,
  firstBad: number,
  bits: (character: string, place: Place) => number,
): number {
  const characters = Array.from(text);
  let total = 0;
  let bad = 0;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character < '\u0080') {
      if (character === '\0') total += bad++ > 0 ? BAD : firstBad;
      continue;
    }
    const own = kind(character);
    const previous = characters[at - 1] ?? '';
    if (own === '!') total += bad++ > 0 ? BAD : firstBad;
    else {
      total += bits(character, {
        kind: own,
        previous,
        before: kind(previous),
        beforeThat: kind(characters[at - 2] ?? ''),
        after: kind(characters[at + 1] ?? ''),
      });
    }
    if (total >= most) return most;
  }
  return total;
}
