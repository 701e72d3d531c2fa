/**
 * When a delivery that failed is tried again.
 *
 * @module
 */

export interface Schedule {
  /** Before the second attempt; four times as long with each, seconds. @default 10 */
  readonly firstSeconds?: number;
  /** No wait of our own is longer, seconds. @default 21_600 */
  readonly mostSeconds?: number;
  /** Then it is given up. @default 10 */
  readonly attempts?: number;
  /** 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/** No receiver can put a delivery off for longer. */
const MOST_ASKED_SECONDS = 86_400;

/**
 * Seconds until the next attempt after so many that failed, or null where it is given up. Jitter of
 * a quarter to both sides; never earlier than the receiver asks for. By default ten attempts over 22
 * hours: after 10 s, 40 s, 3 min, 11 min, 43 min, 3 h, and every 6 h.
 */
export function retrySeconds(
  failures: number,
  retryAfterSeconds: number | null,
  { firstSeconds = 10, mostSeconds = 21_600, attempts = 10, random = Math.random }: Schedule = {},
): number | null {
  if (failures >= attempts) return null;
  const planned = Math.min(mostSeconds, firstSeconds * 4 ** (failures - 1));
  const jittered = planned * (0.75 + random() / 2);
  return Math.max(jittered, Math.min(retryAfterSeconds ?? 0, MOST_ASKED_SECONDS));
}
