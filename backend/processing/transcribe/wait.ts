/**
 * Waits with heartbeats.
 *
 * @module
 */

/**
 * Waits for `work`, yielding the number of ticks so far at intervals of `tickMs`. Throws the
 * signal's reason as soon as it aborts; the work itself may then continue.
 */
export async function* whileWaiting<T>(
  work: Promise<T>,
  signal: AbortSignal,
  tickMs: number,
): AsyncGenerator<number, T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  // Marks the rejection of the loser of the race as handled.
  aborted.promise.catch(() => {});
  work.catch(() => {});
  try {
    signal.throwIfAborted();
    const done = work.then((value) => ({ value }));
    for (let ticks = 1;; ticks++) {
      const result = await raceTick(Promise.race([done, aborted.promise]), tickMs);
      if (result) return result.value;
      yield ticks;
    }
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function raceTick<T>(work: Promise<T>, tickMs: number): Promise<T | null> {
  const tick = Promise.withResolvers<null>();
  const timer = setTimeout(() => tick.resolve(null), tickMs);
  try {
    return await Promise.race([work, tick.promise]);
  } finally {
    clearTimeout(timer);
  }
}
