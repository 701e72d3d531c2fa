/**
 * Reading order: text in columns column by column, a table row by row.
 *
 * @module
 */
import { readsLeftwards } from './bidi.ts';
import { type Line, linesOf } from './lines.ts';
import type { Run } from './runs.ts';

/** Minimum white space between two columns, in font sizes. */
const MIN_GUTTER = 0.6;
const MOST_DEPTH = 8;
/** Maximum runs of a page with columns; pages with more are tables or drawings. */
const MOST_RUNS = 4_000;
/** Tolerance in points for left edges of one column. */
const SAME_EDGE = 3;

/** A stretch of a line between two gutters. */
interface Stretch {
  readonly runs: readonly Run[];
  readonly left: number;
  readonly right: number;
  readonly baseline: number;
  readonly size: number;
  readonly order: number;
  readonly text: string;
  /** Computed on demand. */
  wording: Wording | null;
}

/** Signs in its text for the lines before and after it. */
interface Wording {
  /** Number of characters; an East Asian one counts twice. */
  readonly length: number;
  /** `inside`: continues a sentence; `anywhere`: its letters have no case. */
  readonly begins: 'inside' | 'anywhere' | 'anew';
  /** `word`: a divided word at its end; `sentence`: the end of a sentence. */
  readonly ends: 'word' | 'sentence' | 'inside';
}

/** Lines of a page in reading order. */
export function readingOrder(runs: readonly Run[]): Line[] {
  if (runs.length < 4 || runs.length > MOST_RUNS) return linesOf(runs);
  const lines = linesOf(runs);
  const stretches = lines.flatMap(stretchesOf);
  if (stretches.length < 4) return lines;
  const leftwards = runs.some(({ glyphs }) => glyphs) &&
    readsLeftwards(runs.map(({ text }) => text).join(' '));
  const groups = inOrder(leftwards ? stretches.map(mirrored) : stretches, 0);
  if (groups.length === 1) return lines;
  return groups.flatMap((group) => linesOf(group.flatMap(({ runs }) => runs)));
}

function stretchesOf({ runs }: Line): Stretch[] {
  const found: Run[][] = [];
  let right = -Infinity;
  for (const run of runs) {
    if (run.left - right > run.size * MIN_GUTTER) found.push([]);
    found.at(-1)!.push(run);
    right = Math.max(right, run.right);
  }
  return found.map((runs) => ({
    runs,
    left: runs[0]!.left,
    right: Math.max(...runs.map(({ right }) => right)),
    baseline: runs[0]!.baseline,
    size: Math.max(...runs.map(({ size }) => size)),
    text: runs.length === 1 ? runs[0]!.text : runs.map(({ text }) => text).join(' '),
    wording: null,
    order: Math.min(...runs.map(({ order }) => order)),
  }));
}

/** Columns of a right-to-left page begin at the right. */
const mirrored = (stretch: Stretch): Stretch => ({
  ...stretch,
  left: -stretch.right,
  right: -stretch.left,
});

/** Groups of stretches, one for each column. */
function inOrder(stretches: readonly Stretch[], depth: number): Stretch[][] {
  if (stretches.length < 4 || depth > MOST_DEPTH) return [[...stretches]];
  const band = findBand(stretches);
  if (!band) return [[...stretches]];
  return [band.above, band.left, band.right, band.below]
    .filter((part) => part.length > 0)
    .flatMap((part) => inOrder(part, depth + 1));
}

interface Band {
  readonly above: Stretch[];
  readonly left: Stretch[];
  readonly right: Stretch[];
  readonly below: Stretch[];
}

function findBand(stretches: readonly Stretch[]): Band | null {
  const sorted = stretches.toSorted((a, b) => b.baseline - a.baseline);
  for (const edge of edgesOf(stretches)) {
    for (const [from, to] of bandsAt(sorted, edge)) {
      const band = sorted.slice(from, to);
      const left = band.filter((one) => one.left < edge - SAME_EDGE);
      const right = band.filter((one) => one.left >= edge - SAME_EDGE);
      if (!areColumns(left, right)) continue;
      return { above: sorted.slice(0, from), left, right, below: sorted.slice(to) };
    }
  }
  return null;
}

/** Left edges that two stretches or more share, but for the outermost. */
function edgesOf(stretches: readonly Stretch[]): number[] {
  const lefts = stretches.map(({ left }) => left).sort((a, b) => a - b);
  const edges: number[] = [];
  for (let at = 1; at < lefts.length; at++) {
    const left = lefts[at]!;
    const isShared = left - lefts[at - 1]! <= SAME_EDGE;
    const start = isShared ? lefts[at - 1]! : left;
    if (isShared && start - lefts[0]! > SAME_EDGE && start - (edges.at(-1) ?? -1e9) > SAME_EDGE) {
      edges.push(start);
    }
  }
  return edges;
}

/** Stretches, from top to bottom, without any across the gutter left of `edge`: `[from, to)`. */
function bandsAt(sorted: readonly Stretch[], edge: number): [number, number][] {
  const bands: [number, number][] = [];
  let from = 0;
  const close = (to: number) => {
    const trimmed = trim(sorted, edge, from, to);
    if (trimmed[1] - trimmed[0] >= 4) bands.push(trimmed);
  };
  sorted.forEach(({ left, right, size }, at) => {
    if (left >= edge - SAME_EDGE || right <= edge - size * MIN_GUTTER) return;
    // The crossing line is outside of the band as a whole.
    close(at);
    from = at + 1;
  });
  close(sorted.length);
  return bands;
}

/** Without distant lines at the ends, such as a page number. */
function trim(
  sorted: readonly Stretch[],
  edge: number,
  from: number,
  to: number,
): [number, number] {
  const isLeft = (at: number) => sorted[at]!.left < edge - SAME_EDGE;
  const isFar = (a: number, b: number) =>
    sorted[a]!.baseline - sorted[b]!.baseline > Math.max(sorted[a]!.size, sorted[b]!.size) * 2.5;
  let [first, last] = [from, to];
  while (last - first > 4 && isFar(last - 2, last - 1)) last--;
  while (last - first > 4 && isFar(first, first + 1)) first++;
  // Lines above the right column only do not belong to it.
  while (last - first >= 4 && !isLeft(first) && !hasLeftBeside(sorted, isLeft, first, last)) {
    first++;
  }
  return [first, last];
}

function hasLeftBeside(
  sorted: readonly Stretch[],
  isLeft: (at: number) => boolean,
  at: number,
  to: number,
): boolean {
  const { baseline, size } = sorted[at]!;
  for (let next = at; next < to && sorted[next]!.baseline > baseline - size * 1.5; next++) {
    if (isLeft(next)) return true;
  }
  return false;
}

/** True if sentences continue in the line below instead of the line beside. */
function areColumns(left: readonly Stretch[], right: readonly Stretch[]): boolean {
  if (left.length < 2 || right.length < 2) return false;
  const top = Math.min(left[0]!.baseline, right[0]!.baseline);
  const bottom = Math.max(left.at(-1)!.baseline, right.at(-1)!.baseline);
  if (top <= bottom) return false;
  const isApart = left.length + right.length > 5 && areDrawnApart(left, right);
  if (isApart && Math.min(left.length, right.length) > 3 && !areLevel(left, right)) return true;
  if (!fills(left) || !fills(right)) return false;
  const share = (continued(left) + continued(right)) / (left.length + right.length - 2);
  return share >= (isApart ? 0.1 : 0.25);
}

/** True if the lines are words, most of them about as long as the width of their column. */
function fills(side: readonly Stretch[]): boolean {
  const characters = side.reduce((sum, one) => sum + wordingOf(one).length, 0) / side.length;
  if (characters < 10) return false;
  const widths = new Map<number, number>();
  const edge = ({ left }: Stretch) => Math.round(left / SAME_EDGE);
  const width = ({ left, right }: Stretch) => right - left;
  for (const one of side) {
    widths.set(edge(one), Math.max(width(one), widths.get(edge(one)) ?? 0));
  }
  const shares = side.map((one) => width(one) / (widths.get(edge(one)) || 1));
  return shares.reduce((sum, share) => sum + share, 0) / side.length >= 0.5;
}

const WIDE = /[\u2e80-\u9fff\uac00-\ud7af]/;

function wordingOf(stretch: Stretch): Wording {
  return stretch.wording ??= findWording(stretch.text);
}

function findWording(text: string): Wording {
  const begins = /^["'“„(]?\p{Ll}/u.test(text)
    ? 'inside'
    : /\p{L}/u.test(text) && !/\p{Lu}|\p{Ll}/u.test(text)
    ? 'anywhere'
    : 'anew';
  const ends = /\p{Ll}[-\u00ad]$/u.test(text)
    ? 'word'
    : /[.!?。！？؟:;]$/.test(text)
    ? 'sentence'
    : 'inside';
  return { length: WIDE.test(text) ? text.length * 2 : text.length, begins, ends };
}

/** Number of lines that continue a sentence of the line above. */
function continued(side: readonly Stretch[]): number {
  let count = 0;
  for (let at = 1; at < side.length; at++) {
    const { ends } = wordingOf(side[at - 1]!);
    const { begins } = wordingOf(side[at]!);
    if (begins === 'inside' || ends === 'word') count++;
    else if (begins === 'anywhere' && ends === 'inside') count++;
  }
  return count;
}

/** True if the page draws one column, and then the other. */
function areDrawnApart(left: readonly Stretch[], right: readonly Stretch[]): boolean {
  const [leftFrom, leftTo] = rangeOf(left);
  const [rightFrom, rightTo] = rangeOf(right);
  return leftTo < rightFrom || rightTo < leftFrom;
}

function rangeOf(side: readonly Stretch[]): [number, number] {
  let [from, to] = [Infinity, -Infinity];
  for (const { order } of side) {
    if (order < from) from = order;
    if (order > to) to = order;
  }
  return [from, to];
}

/** True if most lines of the shorter side are level with one of the other: rows of a table. */
function areLevel(left: readonly Stretch[], right: readonly Stretch[]): boolean {
  const [few, many] = left.length < right.length ? [left, right] : [right, left];
  const level = few.filter(({ baseline, size }) =>
    many.some((other) => Math.abs(other.baseline - baseline) < size * 0.15)
  );
  return level.length > few.length / 2;
}
