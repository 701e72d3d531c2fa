/**
 * A watchdog: notices that something which gets on again and again has ceased to.
 *
 * @module
 */

const LOOK_MS = 1_000;

export interface WatchdogOptions {
  /** Changes whenever it gets on; null while it need not. */
  readonly pulse: () => number | null;
  /** Longest time with the same pulse. Seconds in which this process stood still do not count. */
  readonly seconds: number;
  /** Whether the fault is its own; asked after that time. Where it is not, the time starts anew. */
  readonly isOwnFault: () => Promise<boolean>;
  /** Called after that time, and again each time that it has passed. */
  readonly onStuck: () => void;
}

export interface Watchdog {
  /** From {@link WatchdogOptions.onStuck} to the next change of the pulse. */
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
