/**
 * Stop words of the most common languages.
 *
 * @module
 */
// @ts-types="./stopword.d.ts"
import { deu, eng, fra, ita, nld, por, spa } from 'stopword';

/** Frequent English words that the list lacks. */
const MORE_ENGLISH = (
  'she her hers herself him his himself they them their theirs themselves itself yourself myself ' +
  'nobody somebody anybody everybody nothing something anything everything who whom whose which ' +
  'again any every each much many more most very even upon shall should might must may can cannot ' +
  'could would before after while such though although because being been had has have having did ' +
  'does doing done one two us also still yet ever never always often too here there then than now ' +
  'its not nor own once when where why how off few both same only such what about into out ' +
  'yeah okay well said say says like going got get just really mr mrs ms'
).split(' ');

const LANGUAGES: readonly ReadonlySet<string>[] = [
  [...eng, ...MORE_ENGLISH],
  deu,
  fra,
  ita,
  nld,
  por,
  spa,
].map((words) => new Set(words.map((word) => word.toLowerCase())));

/**
 * Share of the leading language's stop words at which another language counts as one of the text's.
 */
const LEAST_SHARE = 0.5;

/**
 * Returns the stop words of a text's languages, which it detects by the stop words themselves:
 * `war` is one in German, but not in English.
 */
export function stopWordsOf(counts: ReadonlyMap<string, number>): ReadonlySet<string> {
  const hits = LANGUAGES.map((language) => sumOf(language, counts));
  const most = Math.max(...hits);
  const spoken = LANGUAGES.filter((_, at) => most > 0 && (hits[at] ?? 0) >= LEAST_SHARE * most);
  return new Set(spoken.flatMap((language) => [...language]));
}

function sumOf(language: ReadonlySet<string>, counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const word of language) sum += counts.get(word) ?? 0;
  return sum;
}
