/**
 * Whether there is a network at all, as far as the browser knows.
 *
 * @module
 */
/// <reference lib="dom" />

export interface Network {
  isOnline(): boolean;
  /** Resolves when there is one again; rejects with the signal's reason. */
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

/** Does one thing at a time under a name in all tabs of a browser, where it can. */
export function oneTabAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request(name, work) as Promise<T> : work();
}
