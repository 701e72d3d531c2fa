/**
 * Parses a search query: words, "a phrase", `or`, `-not`. The last word may be incomplete.
 *
 * @module
 */
import { quoteLexeme } from './search-index.ts';
import { tokensOf } from './search-tokens.ts';
import type { Stems } from './stems.ts';

/** One position of a term: any of the lexemes, or one that begins with `prefix`. */
export interface Step {
  readonly any: readonly string[];
  readonly prefix: string | null;
}

/** Steps that must follow one another in the text. */
export interface Term {
  readonly steps: readonly Step[];
  readonly negated: boolean;
  /** The word of an unquoted term with one word; null for others. */
  readonly word: string | null;
}

/** Disjunction of groups; each group is a conjunction of terms. */
export type Groups = readonly (readonly Term[])[];

const CHUNK = /(-*)(?:"([^"]*)("?)|([^\s"]+))/g;
const QUOTES = /[\u201c-\u201f\u00ab\u00bb\uff02]/g;
/** Minimum letters of a prefix: shorter words match only whole words. */
const LEAST_PREFIX = 2;

/** Never throws. A query without a letter or a digit has no groups. */
export function parseQuery(query: string): Groups {
  const groups: Term[][] = [[]];
  const chunks = [...query.toWellFormed().replace(QUOTES, '"').matchAll(CHUNK)];
  for (const [nth, [, dashes = '', quoted, closed, plain]] of chunks.entries()) {
    if (!dashes && plain?.toLowerCase() === 'or') {
      groups.push([]);
      continue;
    }
    const negated = dashes !== '';
    const isOpen = nth === chunks.length - 1 && closed !== '"' && !negated;
    const steps = toSteps(quoted ?? plain ?? '', isOpen);
    if (steps.length === 0) continue;
    const word = quoted === undefined && steps.length === 1 ? steps[0]!.any[0] ?? null : null;
    const term = { steps, negated, word };
    const last = groups.at(-1)!;
    if (!last.some((other) => JSON.stringify(other) === JSON.stringify(term))) last.push(term);
  }
  return groups.filter((terms) => terms.length > 0);
}

function toSteps(text: string, isOpen: boolean): Step[] {
  const tokens = tokensOf(text).filter(({ kind }) => kind !== 'piece');
  // The last character of a run may continue in the text; the pair before it contains it already.
  if (tokens.at(-1)?.kind === 'last' && tokens.at(-2)?.kind === 'pair') tokens.pop();
  return tokens.map(({ lexeme, kind }, nth): Step => {
    const isLast = nth === tokens.length - 1;
    const isPrefix = isLast &&
      (kind === 'last' || (kind === 'word' && isOpen && lexeme.length >= LEAST_PREFIX));
    return { any: [lexeme], prefix: isPrefix ? lexeme : null };
  });
}

/** All words of the groups, for stemming. */
export const wordsOf = (groups: Groups): string[] =>
  groups.flat().flatMap(({ steps }) => steps.flatMap(({ any }) => any));

/** Adds the stems, and drops stop words from groups that have other words. */
export function withStems(groups: Groups, stems: Stems): Groups {
  const isStop = ({ word, negated }: Term) =>
    !negated && word !== null && stems.has(word) && stems.get(word) === null;
  return groups.map((terms) => {
    const telling = terms.filter((term) => !isStop(term));
    const kept = telling.some(({ negated }) => !negated) ? telling : terms;
    return kept.map((term) => ({ ...term, steps: term.steps.map((step) => stemmed(step, stems)) }));
  });
}

function stemmed({ any, prefix }: Step, stems: Stems): Step {
  const more = any.flatMap((word) => stems.get(word) ?? []);
  return { any: [...new Set([...any, ...more])], prefix };
}

/** Replaces the words of unquoted terms by the alternatives given for them. */
export function withSimilar(
  groups: Groups,
  similar: ReadonlyMap<string, readonly string[]>,
): Groups {
  return groups.map((terms) =>
    terms.map((term) => {
      const words = term.word === null ? undefined : similar.get(term.word);
      const [step] = term.steps;
      if (!words || !step || term.negated) return term;
      return { ...term, steps: [{ ...step, any: [...step.any, ...words] }] };
    })
  );
}

/** Text of a `tsquery`. With `whole` the last word is complete. */
export function toTsquery(groups: Groups, whole = false): string {
  const ofStep = ({ any, prefix }: Step) => {
    const lexemes = any.map((lexeme) =>
      quoteLexeme(lexeme) + (lexeme === prefix && !whole ? ':*' : '')
    );
    return lexemes.length === 1 ? lexemes[0]! : `(${lexemes.join('|')})`;
  };
  const ofTerm = ({ steps, negated }: Term) =>
    `${negated ? '!' : ''}(${steps.map(ofStep).join('<->')})`;
  return groups.map((terms) => `(${terms.map(ofTerm).join('&')})`).join('|');
}
