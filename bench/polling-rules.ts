/**
 * Ways to follow a simulated job; the adaptive one is the poller's own code.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { expectWait, see, type Sight } from '../frontend/src/lib/polling/foresight.ts';
import { Hold } from '../frontend/src/lib/polling/hold.ts';
import { type Pace, POLLING_PRESETS } from '../frontend/src/lib/polling/options.ts';
import { delayAfterAnswer } from '../frontend/src/lib/polling/schedule.ts';
import type { Job } from './polling-jobs.ts';

export interface Followed {
  readonly requests: number;
  readonly delaySeconds: number;
}

export type Rule = (job: Job) => Followed;

export const ADAPTIVE = POLLING_PRESETS.production;

/** There and back, seconds. */
const TRIP_SECONDS = [0.03, 0.07] as const;
/** A page opens when it opens. */
const LATEST_START_SECONDS = 0.3;

interface Turn {
  readonly waitMs: number;
  /** Whether the server holds the next answer for that time. */
  readonly held: boolean;
}

/** Readings for changes that come together are this far apart; a held answer hears of each. */
const HEARD_SECONDS = 0.03;

/** A server that holds answers hears of the end soon after it. */
const endSeen = ({ seconds }: Job): number => seconds + HEARD_SECONDS;

/** What comes after an answer that arrived at a moment, milliseconds. */
type Next = (read: () => SessionStatusDocument, atMs: number) => Turn;

function follow(job: Job, next: Next): Followed {
  let [askedAt, heldSeconds, requests] = [LATEST_START_SECONDS * job.random(), 0, 0];
  while (true) {
    requests += 1;
    const trip = TRIP_SECONDS[0] + (TRIP_SECONDS[1] - TRIP_SECONDS[0]) * job.random();
    const reached = askedAt + trip / 2;
    // What is held is answered at the end of the job, if that comes first.
    const told = heldSeconds > 0 ? endSeen(job) : job.seconds;
    const answered = Math.max(reached, Math.min(reached + heldSeconds, told));
    const arrived = answered + trip / 2;
    if (answered >= job.seconds) return { requests, delaySeconds: arrived - job.seconds };
    const { waitMs, held } = next(() => job.answerAt(answered), arrived * 1_000);
    heldSeconds = held ? waitMs / 1_000 : 0;
    askedAt = arrived + (held ? 0 : waitMs / 1_000);
  }
}

export const everyMs = (waitMs: number): Rule => (job) =>
  follow(job, () => ({ waitMs, held: false }));

/** Often in the first tenth, seldom in the last. */
export function inThreeStages(job: Job): Followed {
  return follow(job, (read) => {
    const { progress } = read();
    return { waitMs: progress < 10 ? 1_000 : progress > 90 ? 5_000 : 2_500, held: false };
  });
}

/** As the poller does. */
export const polled = (pace: Pace): Rule => (job) => {
  const hold = new Hold();
  let sight: Sight | null = null;
  return follow(job, (read, at) => {
    sight = see(sight, read(), at);
    const hints = { retryAfterMs: 1_000, estimateMs: expectWait(sight, at) };
    const delayMs = delayAfterAnswer(pace, hints, job.random);
    const heldMs = hold.next(pace.longPoll, delayMs);
    return { waitMs: heldMs || delayMs, held: heldMs > 0 };
  });
};
