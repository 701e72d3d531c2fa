/**
 * A barrier on a notification channel. Notifications arrive in commit order: when a marker of this
 * process arrives, every earlier notification has arrived.
 *
 * @module
 */

/** Time after which a marker counts as lost, milliseconds. */
const LOST_MS = 1_000;

export class Echo {
  readonly #waiting = new Map<string, (heard: boolean) => void>();

  /** `say` publishes a payload to every subscriber, this process included. */
  constructor(private readonly say: (payload: string) => Promise<void>) {}

  /** Resolves when every earlier notification has arrived. False if the marker is lost. */
  async comesBack(): Promise<boolean> {
    const mark = crypto.randomUUID();
    const heard = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => heard.resolve(false), LOST_MS);
    this.#waiting.set(mark, heard.resolve);
    try {
      await this.say(mark);
      return await heard.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(mark);
    }
  }

  /** Consumes a payload. True if it is a marker of this process. */
  takes(payload: string): boolean {
    const resolve = this.#waiting.get(payload);
    resolve?.(true);
    return resolve !== undefined;
  }

  /** Fails all pending markers: the channel has disconnected. */
  giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(false);
  }
}
