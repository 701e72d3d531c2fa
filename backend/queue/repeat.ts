/**
 * Doing something again and again, until told to stop.
 *
 * @module
 */

export interface RepeatOptions {
  /** From the end of one time to the beginning of the next. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** Does it at once and then regularly; `stop` waits for a time that is under way. */
export function repeat(
  work: () => Promise<unknown>,
  { everyMs, onError }: RepeatOptions,
): { stop(): Promise<void> } {
  const stopped = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = true;

  async function run(): Promise<void> {
    while (running) {
      await work().catch(onError);
      if (!running) break;
      await Promise.race([
        stopped.promise,
        new Promise((resolve) => (timer = setTimeout(resolve, everyMs))),
      ]);
    }
    clearTimeout(timer);
  }

  const done = run();
  return {
    stop() {
      running = false;
      stopped.resolve();
      return done;
    },
  };
}
