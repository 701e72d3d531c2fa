/**
 * Counting the words of texts. Words are found as Unicode says (UAX 29), so that it works in
 * languages that put no spaces between them.
 *
 * @module
 */
import { stopWordsOf } from './stop-words.ts';

/** How often each term occurs, by the term in small letters; stop words are among them. */
export type TermCounts = Map<string, number>;

export interface Term {
  readonly term: string;
  readonly count: number;
}

const words = new Intl.Segmenter(undefined, { granularity: 'word' });
const LEAST_LETTERS = 3;
const MOST_LETTERS = 40;

/** How many words a text has, those that say nothing included. Terms are added to `counts`. */
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

/** The term that a word stands for; null for numbers, short words, and what is no word. */
export function termOf(word: string): string | null {
  const term = word.toLowerCase().replace(/['’]s$/, '').normalize('NFC');
  const letters = [...term].length;
  if (letters < leastLetters(term) || letters > MOST_LETTERS) return null;
  return /\p{L}/u.test(term) ? term : null;
}

/** A word of Chinese or Japanese may be two characters long. */
function leastLetters(term: string): number {
  return /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(term) ? 2 : LEAST_LETTERS;
}

/** The most frequent terms that are no stop words, equal ones by the alphabet. */
export function mostFrequent(counts: TermCounts, most: number): Term[] {
  const stopWords = stopWordsOf(counts);
  return ordered([...counts].filter(([term]) => !stopWords.has(term))).slice(0, most);
}

function ordered(counts: readonly (readonly [string, number])[]): Term[] {
  return counts
    .map(([term, count]) => ({ term, count }))
    .sort((a, b) => b.count - a.count || (a.term < b.term ? -1 : 1));
}

/** Keeps the most frequent terms only, where there are more than `most`; says whether it did. */
export function trim(counts: TermCounts, most: number): boolean {
  if (counts.size <= most) return false;
  const kept = ordered([...counts]).slice(0, most);
  counts.clear();
  for (const { term, count } of kept) counts.set(term, count);
  return true;
}

/** Of a log-likelihood ratio: by chance it is reached once in twenty times. */
const SIGNIFICANT = 3.84;

/**
 * Terms that a text has oftener than the collection around it lets expect: the part of the text's
 * terms against the part of the collection's (a log-likelihood ratio; Dunning, 1993). Only those
 * that the text has more of, strongest first.
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
