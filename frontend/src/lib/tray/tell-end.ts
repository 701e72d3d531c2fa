/**
 * Tells once, over all tabs, that work has ended: in the page that is seen, else by a notification
 * where the person agreed, else as soon as somebody looks.
 *
 * @module
 */
import { type EndedSession, summarise, type Summary } from './burst.ts';
import type { Tabs } from './tabs.ts';

export interface EndTelling {
  tabs: Pick<Tabs, 'hidden' | 'anyVisible' | 'claim'>;
  /** Shows it in this page. */
  show: (summary: Summary) => void;
  /** Whether this person has agreed to a notification; asked when there is one to show. */
  agreed: () => Promise<boolean>;
  /** Shows a notification; false where it cannot. */
  notify: (summary: Summary) => boolean;
}

export class EndTeller {
  readonly #how: EndTelling;
  /** Ends that nobody could be told of yet. */
  #kept: EndedSession[] = [];
  /** Claimed for a notification that could not be made. */
  #shownLater: Summary | null = null;

  constructor(how: EndTelling) {
    this.#how = how;
  }

  async tell(ended: readonly EndedSession[]): Promise<void> {
    const { tabs, show, agreed, notify } = this.#how;
    if (!tabs.hidden) return await this.#claimAnd(ended, show);
    // That tab tells of it by itself.
    if (await tabs.anyVisible()) return;
    if (!await agreed()) {
      this.#kept.push(...ended);
      return;
    }
    await this.#claimAnd(ended, (summary) => {
      if (!notify(summary)) this.#shownLater = summary;
    });
  }

  /** To be called when somebody looks at this page again. */
  async seen(): Promise<void> {
    const kept = this.#kept.splice(0);
    const later = this.#shownLater;
    this.#shownLater = null;
    if (later) this.#how.show(later);
    if (kept.length > 0) await this.#claimAnd(kept, this.#how.show);
  }

  async #claimAnd(
    ended: readonly EndedSession[],
    tell: (summary: Summary) => void,
  ): Promise<void> {
    const ids = new Set(await this.#how.tabs.claim(ended.map(({ id }) => id)));
    const fresh = ended.filter(({ id }) => ids.has(id));
    if (fresh.length > 0) tell(summarise(fresh));
  }
}
