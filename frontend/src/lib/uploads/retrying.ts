/**
 * Retries temporary failures.
 *
 * @module
 */
import type { Network } from './network.ts';

export interface RetryingOptions {
  /** Retries after the first try, counted anew whenever a try made progress. */
  retries: number;
  /** Milliseconds before the first retry; doubled for each further one, up to half a minute. */
  retryDelay: number;
  /** Aborts a wait at once. */
  signal: AbortSignal;
  /** Offline, no tries are made or counted. */
  network: Network;
  /** True if the last try made more progress than those before. @default never */
  gotFurther?: () => boolean;
  /** Called when another client sends the file (423); the wait for it has no limit. */
  onElsewhere?: () => void;
}

const LONGEST_DELAY_MS = 30_000;

/** Resolves with the result of `work`; rejects with its last error, or with the signal's reason. */
export async function retrying<T>(work: () => Promise<T>, options: RetryingOptions): Promise<T> {
  const { retries, retryDelay, signal, network } = options;
  for (let failures = 0;; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      if (options.gotFurther?.()) failures = 0;
      if (isElsewhere(error)) {
        options.onElsewhere?.();
        failures = -1;
      } else if (!network.isOnline()) {
        await network.untilOnline(signal);
        failures = -1;
        continue;
      } else if (failures >= retries) throw error;
      const asked = (error as { retryAfterMs?: number }).retryAfterMs;
      const delay = Math.min(LONGEST_DELAY_MS, retryDelay * 2 ** Math.max(0, failures));
      await pause(asked ?? delay, signal);
    }
  }
}

/** True for a temporary error: no answer, timeout, rate limit, another sender, 502 and above. */
export function mayPass(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  return status === 0 || status === 408 || status === 429 || isElsewhere(error) ||
    (typeof status === 'number' && status >= 502);
}

function isElsewhere(error: unknown): boolean {
  return (error as { status?: unknown }).status === 423;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      signal.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal.addEventListener('abort', stop, { once: true });
  });
}
