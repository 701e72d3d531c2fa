/**
 * How long the rest will take: of one file that is being read, and of a session among others.
 * Pure functions; seconds everywhere.
 *
 * @module
 */

/** One run of a job, as seen from inside. */
export interface RunSoFar {
  /** Expected for the whole file before it began: the fixed cost, and all of the reading. */
  readonly startSeconds: number;
  readonly readingSeconds: number;
  /** Whether the expectation comes from this installation's own history. */
  readonly learned: boolean;
  /** Since the run began. */
  readonly elapsedSeconds: number;
  /** Since the run first moved on, and how far it has come since then, 0–1 of the file. */
  readonly movingSeconds: number;
  readonly movedFraction: number;
  /** How far the file is, 0–1; a run may begin in the middle. */
  readonly fraction: number;
}

/** Share of a file after which what is seen in the run counts for two thirds. */
const TRUSTED_AFTER = { learned: 0.07, guessed: 0.03 };
/** Less than this is no measure of anything. */
const LEAST_MOVED = 0.002;
const LEAST_MOVING_SECONDS = 0.05;

/** Expected seconds from here to the end of the file; what was seen counts more as it goes. */
export function restOfRun(run: RunSoFar): number {
  const { movedFraction: moved, movingSeconds, fraction, readingSeconds } = run;
  const left = Math.max(0, 1 - fraction);
  if (moved < LEAST_MOVED || movingSeconds < LEAST_MOVING_SECONDS) {
    return left * readingSeconds + Math.max(0, run.startSeconds - run.elapsedSeconds);
  }
  const seen = movingSeconds / moved;
  const trust = 1 - Math.exp(-moved / TRUSTED_AFTER[run.learned ? 'learned' : 'guessed']);
  return left * (trust * seen + (1 - trust) * readingSeconds);
}

/**
 * The whole file's expected seconds in which the run's rest is the share still to be done; so the
 * weight of a file is always the best that is known.
 */
export function weightOf(run: RunSoFar): number {
  const left = 1 - run.fraction;
  const whole = run.startSeconds + run.readingSeconds;
  return left > 0.005 ? Math.max(0.01, restOfRun(run) / left) : whole;
}

/** Work of some sessions. */
export interface Load {
  /** What is left of each file that is being read. */
  readonly running: readonly number[];
  /** All that waits, together. */
  readonly waiting: number;
}

export interface Outlook {
  readonly own: Load;
  /** Of sessions that go first. */
  readonly ahead: Load;
  /** The longest of this session's waiting files: it cannot be shared by two workers. */
  readonly longestWaiting: number;
  /** Until a failed file is tried again. */
  readonly notBefore: number;
  /** Workers seen lately. */
  readonly workers: number;
}

/** Until the last file of a session has ended, the wait behind others included; null: nobody works. */
export function sessionSecondsLeft(outlook: Outlook): number | null {
  const { own, ahead, longestWaiting, notBefore } = outlook;
  const running = [...own.running, ...ahead.running];
  const workers = Math.max(outlook.workers, running.length);
  if (workers === 0) return null;
  const ending = Math.max(0, ...own.running);
  if (own.waiting <= 0) return ending;
  const free = [...running, ...Array<number>(workers - running.length).fill(0)];
  const begun = pour(free, ahead.waiting);
  const start = Math.max(Math.min(...begun), notBefore);
  const done = pour(begun.map((at) => Math.max(at, start)), own.waiting);
  return Math.max(ending, Math.min(...done), start + longestWaiting);
}

/** When each worker is free again after sharing `amount` of work as evenly as it goes. */
function pour(freeAt: readonly number[], amount: number): number[] {
  const sorted = freeAt.toSorted((a, b) => a - b);
  let level = sorted[0] ?? 0;
  let rest = amount;
  for (let busy = 1; rest > 0; busy++) {
    const next = sorted[busy] ?? Infinity;
    const room = (next - level) * busy;
    if (room >= rest) {
      level += rest / busy;
      rest = 0;
    } else {
      level = next;
      rest -= room;
    }
  }
  return freeAt.map((at) => Math.max(at, level));
}

const SLOWEST_SECONDS = 5;
const FASTEST_SECONDS = 0.3;

/** What to show now, given what was shown: neither jumping about nor far behind a real change. */
export function smooth(
  shown: { readonly seconds: number; readonly agoSeconds: number } | null,
  seconds: number | null,
): number | null {
  if (seconds === null || !Number.isFinite(seconds)) return null;
  const now = Math.max(0, seconds);
  if (!shown) return now;
  const before = Math.max(0, shown.seconds - shown.agoSeconds);
  const settling = Math.min(SLOWEST_SECONDS, Math.max(FASTEST_SECONDS, now / 10));
  return before + (now - before) * (1 - Math.exp(-shown.agoSeconds / settling));
}
