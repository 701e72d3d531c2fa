/**
 * Heartbeats of a process to its supervisor: lines on standard output that a hung process does not
 * write.
 *
 * @module
 */

/** The control character ENQ, which no other output has as a line. */
export const BEAT = '\x05';
const BEAT_MS = 1_000;

/** Writes a heartbeat each second for as long as the event loop turns. */
export function beatToSupervisor(): void {
  const line = new TextEncoder().encode(`${BEAT}\n`);
  let writing = false;
  const beat = async () => {
    // A supervisor that does not read must not block this process.
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
   * Calls `onSilent` after `seconds` without a heartbeat, `startSeconds` before the first. Seconds
   * in which this process itself was stopped do not count.
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
