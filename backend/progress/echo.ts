/**
 * Saying something to oneself over a channel. Notifications come in the order of commits: when ours
 * is heard, all that was said before it has been heard.
 *
 * @module
 */

/** One that is not heard within this time is lost. */
const LOST_MS = 1_000;

export class Echo {
  readonly #waiting = new Map<string, (heard: boolean) => void>();

  /** `say` sends a payload to everybody who listens, this process too. */
  constructor(private readonly say: (payload: string) => Promise<void>) {}

  /** Whether what was said before has been heard now; false where nothing comes back. */
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

  /** Takes what was heard; whether it was something we said. */
  takes(payload: string): boolean {
    const resolve = this.#waiting.get(payload);
    resolve?.(true);
    return resolve !== undefined;
  }

  /** Nothing comes back any more. */
  giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(false);
  }
}
