/**
 * Tries again what failed in a way that may pass.
 *
 * @module
 */
import type { Network } from './network.ts';

export interface RetryingOptions {
  /** Further tries after the first, counted anew whenever something came of one. */
  retries: number;
  /** Milliseconds before the first of them; doubled for each further one, up to half a minute. */
  retryDelay: number;
  /** Ends a wait at once. */
  signal: AbortSignal;
  /** Without a network nothing is tried, and nothing counted. */
  network: Network;
  /** Whether the last try got further than those before. @default never */
  gotFurther?: () => boolean;
  /** Told of what goes on elsewhere (423), which is waited for however long it takes. */
  onElsewhere?: () => void;
}

const LONGEST_DELAY_MS = 30_000;

/** Answers with what `work` answers; rejects with its last error, or with the signal's reason. */
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

/** No answer, a stalled request, too many at once, another sender, or a server that comes back. */
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
