/**
 * Time left of a file that is being read, and of a session among others. Pure functions; all times
 * in seconds.
 *
 * @module
 */

/** A run of a job up to now. */
export interface RunSoFar {
  /** Expected for the whole file before the run: the fixed cost, and all of the reading. */
  readonly startSeconds: number;
  readonly readingSeconds: number;
  /** True if the expectation comes from this installation's own history. */
  readonly learned: boolean;
  /** Time since the run began. */
  readonly elapsedSeconds: number;
  /** Time since the first progress of the run, and the progress since then, 0–1 of the file. */
  readonly movingSeconds: number;
  readonly movedFraction: number;
  /** Progress of the file, 0–1; a run may resume in the middle. */
  readonly fraction: number;
}

/** Share of a file after which the observed rate weighs two thirds. */
const TRUSTED_AFTER = { learned: 0.07, guessed: 0.03 };
/** Least share of a file from which a rate can be measured. */
const LEAST_MOVED = 0.002;
const LEAST_MOVING_SECONDS = 0.05;

/** Expected seconds to the end of the file; the observed rate weighs more as the run proceeds. */
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
 * Expected seconds for the whole file, extrapolated from the run's rest and the share left. The
 * weight of a file is thus always the best known estimate.
 */
export function weightOf(run: RunSoFar): number {
  const left = 1 - run.fraction;
  const whole = run.startSeconds + run.readingSeconds;
  return left > 0.005 ? Math.max(0.01, restOfRun(run) / left) : whole;
}

/** Work of a group of sessions. */
export interface Load {
  /** Seconds left of each running file. */
  readonly running: readonly number[];
  /** Seconds of all waiting files together. */
  readonly waiting: number;
}

export interface Outlook {
  readonly own: Load;
  /** Work of the sessions ahead. */
  readonly ahead: Load;
  /** The longest of this session's waiting files: two workers cannot share it. */
  readonly longestWaiting: number;
  /** Time until a failed file is retried. */
  readonly notBefore: number;
  /** Number of workers seen lately. */
  readonly workers: number;
}

/**
 * Time until the last file of a session ends, including the wait behind others; null without
 * workers.
 */
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

/** Distributes `amount` of work evenly. Returns the time at which each worker is free again. */
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

/**
 * The time to show, given the one shown before: it neither jumps nor lags far behind a real change.
 */
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
