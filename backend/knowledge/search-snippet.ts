/**
 * Selects the snippet of a hit, and its matching ranges.
 *
 * @module
 */
import type { SearchHit } from '#contract/files.ts';
import type { Groups, Step, Term } from './search-query.ts';
import { type Token, tokensOf } from './search-tokens.ts';
import type { Stems } from './stems.ts';

type Range = readonly [start: number, end: number];

/** Ranges of `text` that match the terms of `groups`, in order and not overlapping. */
export function matchesIn(text: string, groups: Groups, stems: Stems): Range[] {
  const byPosition = new Map<number, Token[]>();
  for (const token of tokensOf(text)) {
    const there = byPosition.get(token.position);
    if (there) there.push(token);
    else byPosition.set(token.position, [token]);
  }
  const terms = groups.flat().filter(({ negated }) => !negated);
  return merged(terms.flatMap((term) => rangesOf(term, byPosition, stems)));
}

function rangesOf(
  { steps }: Term,
  byPosition: ReadonlyMap<number, readonly Token[]>,
  stems: Stems,
): Range[] {
  return [...byPosition.keys()].flatMap((position): Range[] => {
    const [first, ...rest] = steps;
    const starts = matching(first, byPosition.get(position), stems);
    if (rest.length === 0) return starts.map(({ start, end }): Range => [start, end]);
    const [start] = starts;
    if (!start) return [];
    let end = start.end;
    for (const [nth, step] of rest.entries()) {
      const [next] = matching(step, byPosition.get(position + nth + 1), stems);
      if (!next) return [];
      end = next.end;
    }
    return [[start.start, end]];
  });
}

function matching(step: Step | undefined, tokens: readonly Token[] = [], stems: Stems): Token[] {
  if (!step) return [];
  const { any, prefix } = step;
  return tokens.filter(({ lexeme }) =>
    any.includes(lexeme) || any.includes(stems.get(lexeme) ?? lexeme) ||
    (prefix !== null && lexeme.startsWith(prefix))
  );
}

function merged(ranges: readonly Range[]): Range[] {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0] || b[1] - a[1]);
  const apart: [number, number][] = [];
  for (const [start, end] of sorted) {
    const last = apart.at(-1);
    if (last && start < last[1]) last[1] = Math.max(last[1], end);
    else apart.push([start, end]);
  }
  return apart;
}

/** Maximum characters of a snippet, and of its text before the first match. */
const LENGTH = 240;
const BEFORE = 60;

/** The section of `text` with the most matches, cut between words if there are spaces. */
export function snippetOf(
  text: string,
  matches: readonly Range[],
): Pick<SearchHit, 'snippet' | 'matches'> {
  const [from, to] = windowOf(text, matches);
  return {
    snippet: text.slice(from, to),
    matches: matches.filter(([start, end]) => start >= from && end <= to)
      .map(([start, end]) => [start - from, end - from]),
  };
}

function windowOf(text: string, matches: readonly Range[]): Range {
  const inside = (start: number) =>
    matches.filter((range) => range[0] >= start && range[1] <= start + LENGTH - BEFORE).length;
  let best: Range = matches[0] ?? [0, 0];
  let most = inside(best[0]);
  for (const range of matches) {
    const count = inside(range[0]);
    if (count > most) [best, most] = [range, count];
  }
  const to = Math.min(text.length, Math.max(best[0] - BEFORE, 0) + LENGTH);
  const from = Math.max(Math.min(best[0] - BEFORE, to - LENGTH), 0);
  const lastEnd = Math.max(
    best[1],
    ...matches.filter(([start, end]) => start >= from && end <= to).map(([, end]) => end),
  );
  return [startAt(text, from, best[0]), endAt(text, Math.max(to, best[1]), lastEnd)];
}

/** The first start of a word from `from` on, up to `most`. */
function startAt(text: string, from: number, most: number): number {
  if (from === 0) return 0;
  const space = text.slice(from - 1, most).search(/\s\S/);
  return space >= 0 ? from + space : wholeCharacter(text, from);
}

/** The last end of a word up to `to`, from `least` on. */
function endAt(text: string, to: number, least: number): number {
  if (to >= text.length) return text.length;
  const space = text.slice(least, to + 1).search(/\s\S*$/);
  return space >= 0 ? least + space : wholeCharacter(text, to);
}

/** Moves a cut out of a surrogate pair, and away from a following combining mark. */
function wholeCharacter(text: string, at: number): number {
  let place = at;
  while (place > 0 && /^[\udc00-\udfff]|^\p{M}/u.test(text.slice(place, place + 2))) place -= 1;
  return place;
}
