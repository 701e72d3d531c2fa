/**
 * Waiting for a change of a session without asking the database again and again.
 *
 * @module
 */
import type { Database } from '../database/connection.ts';
import { PROGRESS_CHANNEL } from '../progress/store.ts';

export interface Changes {
  /**
   * Starts to watch sessions. `next` resolves at the first change since then, or after `ms`;
   * `close` must be called when done.
   */
  watch(ids: readonly string[]): { next(ms: number): Promise<void>; close(): void };
  /** True from `stop` on: waiting is over for everybody. */
  readonly stopped: boolean;
  stop(): Promise<void>;
}

/** Listens for changes that any process makes. After a reconnect everyone is woken to look. */
export async function listenForChanges(db: Database): Promise<Changes> {
  const waiting = new Map<string, Set<() => void>>();
  let stopped = false;
  const wakeAll = () => waiting.forEach((wakers) => wakers.forEach((wake) => wake()));
  const subscription = await db.listen(
    PROGRESS_CHANNEL,
    (id) => waiting.get(id)?.forEach((wake) => wake()),
    wakeAll,
  );

  function watch(ids: readonly string[]): ReturnType<Changes['watch']> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    for (const id of ids) waiting.set(id, (waiting.get(id) ?? new Set()).add(wake));
    return {
      async next(ms) {
        if (stopped) return;
        const timer = setTimeout(wake, ms);
        await promise;
        clearTimeout(timer);
      },
      close() {
        for (const id of ids) {
          const wakers = waiting.get(id);
          wakers?.delete(wake);
          if (wakers?.size === 0) waiting.delete(id);
        }
      },
    };
  }

  return {
    watch,
    get stopped() {
      return stopped;
    },
    async stop() {
      stopped = true;
      wakeAll();
      await subscription.unlisten();
    },
  };
}
