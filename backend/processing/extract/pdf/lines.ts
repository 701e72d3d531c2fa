/**
 * Runs of one column as text: lines from top to bottom, runs of a line in reading order.
 *
 * @module
 */
import { logicalOrder, readsLeftwards } from './bidi.ts';
import { overlaps, raisedText } from './raised.ts';
import { evenGlyphs, type Glyph, type Run } from './runs.ts';

export interface Line {
  readonly runs: Run[];
  /** Baseline of its largest run. */
  baseline: number;
  size: number;
}

/** Maximum distance between baselines of one line, in font sizes. */
const SAME_LINE = 0.3;
/** Distance from which a blank line separates paragraphs, in font sizes. */
const PARAGRAPH_GAP = 1.8;
/** Minimum distance that is a space, in font sizes. */
const WORD_GAP = 0.18;
/** The same for East Asian characters, which are apart without a space between them. */
const WIDE_WORD_GAP = 0.45;
const WIDE =
  /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;

/** Lines from top to bottom, each with its runs from left to right. */
export function linesOf(runs: readonly Run[]): Line[] {
  const sorted = runs.toSorted((a, b) => b.baseline - a.baseline || a.left - b.left);
  const lines: Line[] = [];
  for (const run of sorted) {
    const line = lines.at(-1);
    const reach = line ? Math.max(line.size, run.size) * SAME_LINE : 0;
    if (line && line.baseline - run.baseline <= reach) {
      line.runs.push(run);
      if (run.size > line.size) Object.assign(line, { size: run.size, baseline: run.baseline });
    } else lines.push({ runs: [run], baseline: run.baseline, size: run.size });
  }
  const whole = lines.length > 1 ? joinRaised(lines) : lines;
  for (const line of whole) {
    if (line.runs.length < 2) continue;
    line.runs.sort((a, b) => a.left - b.left);
    putHigherFirst(line.runs);
    dropTwice(line.runs);
  }
  return whole;
}

/** Puts the numerator of a fraction before the denominator below it. */
function putHigherFirst(runs: Run[]): void {
  for (let at = 1; at < runs.length; at++) {
    const [before, run] = [runs[at - 1]!, runs[at]!];
    const isHigher = run.baseline - before.baseline > Math.max(run.size, before.size) * 0.3;
    if (isHigher && overlaps(before, run)) runs.splice(at - 1, 2, run, before);
  }
}

/** Joins small runs with the line of larger ones that they touch above or below. */
function joinRaised(lines: readonly Line[]): Line[] {
  const left = [...lines];
  for (let at = 0; at < left.length; at++) {
    const small = left[at]!;
    for (const line of [left[at + 1], left[at - 1]]) {
      if (!line || !isNear(line, small)) continue;
      const joined = small.runs.filter((run) => line.runs.some((other) => touches(other, run)));
      if (joined.length === 0) continue;
      line.runs.push(...joined);
      const rest = small.runs.filter((run) => !joined.includes(run));
      small.runs.splice(0, small.runs.length, ...rest);
    }
    if (small.runs.length === 0) left.splice(at--, 1);
  }
  return left;
}

/** True if a raised or lowered character of the line could be at this distance. */
function isNear(line: Line, small: Line): boolean {
  const step = small.baseline - line.baseline;
  return small.size <= line.size * 0.85 && step <= line.size * 0.75 && step >= -line.size * 0.5;
}

function touches(a: Run, b: Run): boolean {
  const gap = Math.max(a.left, b.left) - Math.min(a.right, b.right);
  return a.size > b.size && gap < a.size * 0.5;
}

/** Removes runs that were drawn again over themselves, as a shadow or to look bold. */
function dropTwice(runs: Run[]): void {
  for (let at = 1; at < runs.length; at++) {
    const run = runs[at]!;
    for (let before = at - 1; before >= 0 && before > at - 6; before--) {
      const other = runs[before]!;
      const overlap = Math.min(run.right, other.right) - Math.max(run.left, other.left);
      if (overlap < (run.right - run.left) * 0.6) continue;
      const reach = run.size * 0.3;
      if (run.text === other.text && Math.abs(run.left - other.left) < reach) {
        other.order = Math.min(other.order, run.order);
        runs.splice(at--, 1);
        break;
      }
      const share = (run.left - other.left) / (other.right - other.left || 1);
      const place = other.text.indexOf(run.text);
      if (place < 0 || Math.abs(place / other.text.length - share) > 0.12) continue;
      runs.splice(at--, 1);
      break;
    }
  }
}

/** Text of a column; lines as on the page, a blank line at a wider distance. */
export function textOfLines(lines: readonly Line[]): string {
  let text = '';
  let baseline: number | null = null;
  for (const line of lines) {
    if (baseline !== null) {
      text += baseline - line.baseline > line.size * PARAGRAPH_GAP ? '\n\n' : '\n';
    }
    text += textOfLine(line);
    baseline = line.baseline;
  }
  return text;
}

function textOfLine(line: Line): string {
  const { runs } = line;
  if (runs.some(({ glyphs }) => glyphs !== null)) return leftwardsText(runs);
  const first = runs[0]!;
  if (runs.length === 1) return first.guessed ? withoutLetterSpacing(first.text) : first.text;
  let text = '';
  let guessed = false;
  for (let at = 0; at < runs.length; at++) {
    const run = runs[at]!;
    const isSpaced = at > 0 && needsSpace(runs[at - 1]!, run);
    text += raisedText(line, at, text, isSpaced) ?? `${isSpaced ? ' ' : ''}${run.text}`;
    guessed ||= run.guessed || isSpaced;
  }
  return guessed ? withoutLetterSpacing(text) : text;
}

/** `before` is the run on the left. */
function needsSpace(before: Run, run: Run): boolean {
  const gap = run.left - before.right;
  const size = Math.max(before.size, run.size);
  const isNext = run.order > before.order && run.order - before.order <= before.text.length + 4;
  if (isNext && run.spaced === true) return gap > -size * WORD_GAP;
  const last = before.text.at(-1) ?? '';
  const limit = WIDE.test(last) || WIDE.test(run.text.charAt(0)) ? WIDE_WORD_GAP : WORD_GAP;
  if (isNext && run.spaced === false) return gap > size;
  return gap > size * limit;
}

/** S U M M A R Y: single letters whose distance PDFium took for spaces. */
function withoutLetterSpacing(text: string): string {
  if (!/ \p{L} \p{L}(?: |$)/u.test(text)) return text;
  return text.replace(
    /(?<![^\s])\p{L}(?: \p{L}){3,}(?![^\s])/gu,
    (letters) => letters.replaceAll(' ', ''),
  );
}

/** Text of a right-to-left line, from its characters in visual order. */
function leftwardsText(runs: readonly Run[]): string {
  const whole = runs.map(({ text }) => text).join(' ');
  const size = Math.max(...runs.map(({ size }) => size));
  const visual: string[] = [];
  let right: number | null = null;
  for (const { text, left, right: end } of baseGlyphs(runs)) {
    if (right !== null && left - right > size * WORD_GAP) visual.push(' ');
    visual.push(text);
    right = right === null ? end : Math.max(right, end);
  }
  return logicalOrder(visual, readsLeftwards(whole)).replace(/ {2,}/g, ' ').trim();
}

/** From left to right, with marks attached to their letters. */
function baseGlyphs(runs: readonly Run[]): Glyph[] {
  const all = runs.flatMap((run) => run.glyphs ?? evenGlyphs(run));
  const isMark = ({ text }: Glyph) => /^\p{M}+$/u.test(text);
  const bases = all.filter((glyph) => !isMark(glyph)).toSorted((a, b) => a.left - b.left);
  const found = bases.map(({ text, left, right }) => ({ text, left, right }));
  for (const mark of all.filter(isMark)) {
    const middle = (mark.left + mark.right) / 2;
    const distance = ({ left, right }: Glyph) => Math.abs((left + right) / 2 - middle);
    const base = found.reduce<(typeof found)[0] | null>(
      (best, one) => best === null || distance(one) < distance(best) ? one : best,
      null,
    );
    if (base) base.text += mark.text;
  }
  return found;
}
