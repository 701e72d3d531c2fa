/**
 * Tries again what failed in a way that may pass.
 *
 * @module
 */

export interface RetryingOptions {
  /** Further tries after the first. */
  retries: number;
  /** Milliseconds before the first of them; doubled for each further one. */
  retryDelay: number;
  /** Ends a wait at once. */
  signal: AbortSignal;
}

/** Answers with what `work` answers; rejects with its last error, or with the signal's reason. */
export async function retrying<T>(
  work: () => Promise<T>,
  { retries, retryDelay, signal }: RetryingOptions,
): Promise<T> {
  for (let attempt = 0;; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= retries || signal.aborted || !mayPass(error)) throw error;
      const asked = (error as { retryAfterMs?: number }).retryAfterMs;
      await pause(asked ?? retryDelay * 2 ** attempt, signal);
    }
  }
}

/** No answer, too many at once, or a server that is about to come back. */
export function mayPass(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  return status === 0 || status === 429 || (typeof status === 'number' && status >= 502);
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
