/**
 * How long the work of a worker that was killed or hangs may stand still: the limits that are set by
 * default, added up as their parts follow one another. Nothing is measured here.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Silence } from '../../../backend/lifetime/beat.ts';
import { HEARTBEAT_SECONDS, SUPERVISE_SECONDS } from '../../../backend/queue/boss.ts';
import { BEAT_MS } from '../../../backend/queue/heartbeat.ts';
import { IDLE_MS } from '../../../backend/queue/slot.ts';
import { GONE_MS } from '../../../backend/queue/upkeep.ts';
import { FIRST_DELAY_MS, SILENCE } from '../../../backend/supervise.ts';

/** As promised. */
const MOST_SECONDS = 15;
/** What a worker process is left to load and to look at the queue for the first time. */
const START_SECONDS = 4;

const [idle, gone, delay] = [IDLE_MS, GONE_MS, FIRST_DELAY_MS].map((ms) => ms / 1000) as [
  number,
  number,
  number,
];
/** A look may just have been made by another process: the next one is another interval later. */
const supervised = 2 * SUPERVISE_SECONDS;
/** A heartbeat that is missed gives the job back. */
const lapsed = HEARTBEAT_SECONDS + supervised;

describe('a job is taken over within 15 s', () => {
  test('by a worker elsewhere, when its host is gone or it is frozen', () => {
    expect(lapsed + idle).toBeLessThanOrEqual(MOST_SECONDS);
  });

  test('by the successor of a worker that was killed', () => {
    const free = gone + supervised + idle;
    expect(Math.max(free, delay + START_SECONDS)).toBeLessThanOrEqual(MOST_SECONDS);
  });

  test('by the successor of a worker that hangs', () => {
    const started = SILENCE.seconds + delay + START_SECONDS;
    expect(Math.max(lapsed + idle, started)).toBeLessThanOrEqual(MOST_SECONDS);
  });

  test('and not from a worker of which some heartbeats come late', () => {
    expect(HEARTBEAT_SECONDS * 1000).toBeGreaterThanOrEqual(5 * BEAT_MS);
  });
});

describe('a worker that hangs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is ended after its limit, and no heartbeat sooner', () => {
    let ended = false;
    const silence = new Silence(SILENCE, () => ended = true);
    for (let beats = 0; beats < 3 * SILENCE.seconds; beats++) {
      vi.advanceTimersByTime(1_000);
      silence.heard();
    }
    vi.advanceTimersByTime((SILENCE.seconds - 1) * 1_000);
    expect(ended).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(ended).toBe(true);
  });
});
