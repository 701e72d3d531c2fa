/**
 * An asynchronous event with one waiter.
 *
 * @module
 */

/** Remembers one notification that arrives without a waiter, so that none is missed. */
export class Signal {
  #pending = false;
  #resolve: (() => void) | null = null;

  notify(): void {
    this.#pending = true;
    this.#resolve?.();
  }

  /** Returns after a notification, after `ms`, or when `stop` aborts, whichever comes first. */
  async wait(ms: number, stop: AbortSignal): Promise<void> {
    if (!this.#pending && !stop.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#resolve = resolve;
      const timer = setTimeout(resolve, ms);
      stop.addEventListener('abort', resolve as () => void, { once: true });
      await promise;
      clearTimeout(timer);
      stop.removeEventListener('abort', resolve as () => void);
      this.#resolve = null;
    }
    this.#pending = false;
  }
}
