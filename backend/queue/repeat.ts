/**
 * Repetition of work until it is stopped.
 *
 * @module
 */

export interface RepeatOptions {
  /** Pause between the end of one run and the start of the next. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** Runs `work` at once and then regularly; `stop` waits for a run in flight. */
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
