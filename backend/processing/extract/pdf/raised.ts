/**
 * Raised and lowered characters: `10^6` differs from `106`, and `12/345` from `12345`.
 *
 * @module
 */
import type { Line } from './lines.ts';
import type { Run } from './runs.ts';

const ORDINAL = /^(st|nd|rd|th|er|re|e|o|a|º|ª|ème|TM|SM|®|©|™)$/i;
const EXPONENT = /^[-+−–]?[\p{L}\p{N}]|^[-+−–]$/u;

type Level = 'raised' | 'lowered' | 'line';

/** Level relative to the baseline of the line. */
function levelOf({ baseline, size }: Line, run: Run): Level {
  if (run.size > size * 0.85) return 'line';
  const step = run.baseline - baseline;
  if (step > size * 0.12) return 'raised';
  return step < -size * 0.04 ? 'lowered' : 'line';
}

/** Text of run `at` of a line behind `text`; null if it is on the line or counts as such. */
export function raisedText(
  line: Line,
  at: number,
  text: string,
  isSpaced: boolean,
): string | null {
  const run = line.runs[at]!;
  const level = levelOf(line, run);
  if (level === 'line' || at === 0) return null;
  if (level === 'lowered') return isUnder(line, at) ? `/${run.text}` : null;
  if (isFraction(line, at)) return `${isSpaced || /\d$/.test(text) ? ' ' : ''}${run.text}`;
  if (isSpaced || !/[\p{L}\p{N})\]}]$/u.test(text)) return null;
  if (!EXPONENT.test(run.text) || (ORDINAL.test(run.text) && /\d$/.test(text))) return null;
  if (levelOf(line, line.runs[at - 1]!) === 'raised') return null;
  return `^${run.text}`;
}

/** True for a raised number with a stroke, or with a number below it. */
function isFraction(line: Line, at: number): boolean {
  const { runs } = line;
  const next = runs[at + 1];
  if (!next || !/^\d+$/.test(runs[at]!.text)) return false;
  if (/^[/\u2044\u2215]/.test(next.text)) return true;
  return levelOf(line, next) === 'lowered' && /^\d+$/.test(next.text) && overlaps(runs[at]!, next);
}

function isUnder(line: Line, at: number): boolean {
  const { runs } = line;
  const before = runs[at - 1]!;
  return levelOf(line, before) === 'raised' && /^\d+$/.test(before.text) &&
    /^\d+$/.test(runs[at]!.text) && overlaps(before, runs[at]!);
}

/** True if they are above each other. */
export function overlaps(a: Run, b: Run): boolean {
  const shared = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  return shared > Math.min(a.right - a.left, b.right - b.left) * 0.5;
}
