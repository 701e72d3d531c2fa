/**
 * Counts the words of texts. Words are segmented by Unicode (UAX 29), which also works in languages
 * without spaces between words.
 *
 * @module
 */
import { stopWordsOf } from './stop-words.ts';

/** Frequencies by lowercase term, stop words included. */
export type TermCounts = Map<string, number>;

export interface Term {
  readonly term: string;
  readonly count: number;
}

const words = new Intl.Segmenter(undefined, { granularity: 'word' });
const LEAST_LETTERS = 3;
const MOST_LETTERS = 40;

/** Returns the number of words in a text, stop words included. Adds terms to `counts`. */
export function countTerms(text: string, counts: TermCounts): number {
  let total = 0;
  for (const { segment, isWordLike } of words.segment(text)) {
    if (!isWordLike) continue;
    total++;
    const term = termOf(segment);
    if (term !== null) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return total;
}

/** Returns the term of a word; null for numbers, short words, and other segments. */
export function termOf(word: string): string | null {
  const term = word.toLowerCase().replace(/['’]s$/, '').normalize('NFC');
  const letters = [...term].length;
  if (letters < leastLetters(term) || letters > MOST_LETTERS) return null;
  return /\p{L}/u.test(term) ? term : null;
}

/** Minimum letters of a term: a Chinese or Japanese word may have only two characters. */
function leastLetters(term: string): number {
  return /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(term) ? 2 : LEAST_LETTERS;
}

/** The most frequent terms, stop words excluded; ties in alphabetical order. */
export function mostFrequent(counts: TermCounts, most: number): Term[] {
  const stopWords = stopWordsOf(counts);
  return ordered([...counts].filter(([term]) => !stopWords.has(term))).slice(0, most);
}

function ordered(counts: readonly (readonly [string, number])[]): Term[] {
  return counts
    .map(([term, count]) => ({ term, count }))
    .sort((a, b) => b.count - a.count || (a.term < b.term ? -1 : 1));
}

/**
 * Keeps only the most frequent terms if there are more than `most`. Returns true if it removed any.
 */
export function trim(counts: TermCounts, most: number): boolean {
  if (counts.size <= most) return false;
  const kept = ordered([...counts]).slice(0, most);
  counts.clear();
  for (const { term, count } of kept) counts.set(term, count);
  return true;
}

/** Log-likelihood ratio that chance reaches once in twenty times. */
const SIGNIFICANT = 3.84;

/**
 * Terms more frequent in a text than its collection predicts: their share of the text's terms
 * against their share of the collection's (log-likelihood ratio; Dunning, 1993). Only terms
 * overrepresented in the text, strongest first.
 */
export function mostDistinctive(own: TermCounts, all: TermCounts, most: number): Term[] {
  const stopWords = stopWordsOf(own);
  const ownTotal = sumOf(own);
  const restTotal = Math.max(1, sumOf(all) - ownTotal);
  return [...own]
    .map(([term, count]) => {
      const elsewhere = Math.max(0, (all.get(term) ?? 0) - count);
      return { term, count, weight: likelihood(count, ownTotal, elsewhere, restTotal) };
    })
    .filter(({ term, weight, count }) => !stopWords.has(term) && weight >= SIGNIFICANT && count > 1)
    .sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1))
    .slice(0, most)
    .map(({ term, count }) => ({ term, count }));
}

function likelihood(own: number, ownTotal: number, rest: number, restTotal: number): number {
  const rate = (own + rest) / (ownTotal + restTotal);
  if (own / ownTotal <= rest / restTotal) return 0;
  const part = (count: number, total: number) =>
    count > 0 ? count * Math.log(count / (total * rate)) : 0;
  return 2 * (part(own, ownTotal) + part(rest, restTotal));
}

function sumOf(counts: TermCounts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
