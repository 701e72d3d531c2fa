/**
 * Heartbeats of a process to the one that supervises it: lines on standard output that a hung
 * process does not write.
 *
 * @module
 */

/** No line that anything prints: the control character ENQ. */
export const BEAT = '\x05';
const BEAT_MS = 1_000;

/** Writes a heartbeat each second for as long as the event loop turns. */
export function beatToSupervisor(): void {
  const line = new TextEncoder().encode(`${BEAT}\n`);
  let writing = false;
  const beat = async () => {
    // A supervisor that reads nothing must not be the reason why this process stands still.
    if (writing) return;
    writing = true;
    await Deno.stdout.write(line).catch(() => {});
    writing = false;
  };
  beat();
  Deno.unrefTimer(setInterval(beat, BEAT_MS));
}

/** Counts seconds without a heartbeat. */
export class Silence {
  #seconds = 0;
  #heard = false;
  readonly #timer: ReturnType<typeof setInterval>;

  /**
   * Calls `onSilent` after `seconds` without one; before the first, after `startSeconds`. Seconds in
   * which this process itself stood still do not count.
   */
  constructor(limits: { seconds: number; startSeconds: number }, onSilent: () => void) {
    this.#timer = setInterval(() => {
      this.#seconds++;
      if (this.#seconds < (this.#heard ? limits.seconds : limits.startSeconds)) return;
      this.stop();
      onSilent();
    }, BEAT_MS);
  }

  heard(): void {
    this.#heard = true;
    this.#seconds = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
