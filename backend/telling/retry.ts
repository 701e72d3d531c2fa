/**
 * Retry times of failed deliveries.
 *
 * @module
 */

export interface Schedule {
  /** Delay before the second attempt; four times as long with each, seconds. @default 10 */
  readonly firstSeconds?: number;
  /** Maximum delay without `Retry-After`, seconds. @default 21_600 */
  readonly mostSeconds?: number;
  /** Maximum number of attempts. @default 10 */
  readonly attempts?: number;
  /** 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/** Maximum `Retry-After` that is respected, seconds. */
const MOST_ASKED_SECONDS = 86_400;

/**
 * Seconds until the next attempt after this many failures, or null after the last. Jitter of a
 * quarter to both sides; never earlier than `Retry-After`. By default ten attempts over 22 hours:
 * after 10 s, 40 s, 3 min, 11 min, 43 min, 3 h, and every 6 h.
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
