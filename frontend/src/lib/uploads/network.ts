/**
 * Network state, as far as the browser knows it.
 *
 * @module
 */
/// <reference lib="dom" />

export interface Network {
  isOnline(): boolean;
  /** Resolves when the network is back; rejects with the signal's reason. */
  untilOnline(signal: AbortSignal): Promise<void>;
}

export const browserNetwork: Network = {
  isOnline: () => globalThis.navigator?.onLine !== false,
  untilOnline: (signal) =>
    new Promise((resolve, reject) => {
      const online = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        globalThis.removeEventListener('online', online);
        reject(signal.reason);
      };
      globalThis.addEventListener('online', online, { once: true });
      signal.addEventListener('abort', stop, { once: true });
    }),
};

/** Runs `work` under an exclusive lock of that name over all tabs, where the browser has locks. */
export function oneTabAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request(name, work) as Promise<T> : work();
}
