/**
 * A watchdog: detects that recurring progress has stopped.
 *
 * @module
 */

const LOOK_MS = 1_000;

export interface WatchdogOptions {
  /** A number that changes with progress; null while none is expected. */
  readonly pulse: () => number | null;
  /** Maximum time with the same pulse. Seconds in which this process was stopped do not count. */
  readonly seconds: number;
  /** True if this process is at fault; called after that time. False starts the time anew. */
  readonly isOwnFault: () => Promise<boolean>;
  /** Called after that time, and each time that it passes again. */
  readonly onStuck: () => void;
}

export interface Watchdog {
  /** True from {@link WatchdogOptions.onStuck} to the next change of the pulse. */
  readonly isStuck: boolean;
  stop(): void;
}

export function startWatchdog({ pulse, seconds, isOwnFault, onStuck }: WatchdogOptions): Watchdog {
  let last = pulse();
  let passed = 0;
  let isStuck = false;
  let asking = false;

  async function look(): Promise<void> {
    const now = pulse();
    if (now === null || now !== last) {
      [last, passed, isStuck] = [now, 0, false];
      return;
    }
    if (++passed < seconds || asking) return;
    asking = true;
    const fault = await isOwnFault().catch(() => false);
    asking = false;
    if (pulse() !== now) return;
    passed = 0;
    if (!fault) return;
    isStuck = true;
    onStuck();
  }

  const timer = setInterval(look, LOOK_MS);
  Deno.unrefTimer(timer);
  return {
    get isStuck() {
      return isStuck;
    },
    stop: () => clearInterval(timer),
  };
}
