/**
 * Reports the end of work once per browser: in the visible page, else by a notification if allowed,
 * else in the next visible page.
 *
 * @module
 */
import { type EndedSession, summarise, type Summary } from './burst.ts';
import type { Tabs } from './tabs.ts';

export interface EndTelling {
  tabs: Pick<Tabs, 'hidden' | 'anyVisible' | 'claim'>;
  /** Shows it in this page. */
  show: (summary: Summary) => void;
  /** True if the user has agreed to notifications; called when there is one to show. */
  agreed: () => Promise<boolean>;
  /** Shows a notification; returns false if it cannot. */
  notify: (summary: Summary) => boolean;
}

export class EndTeller {
  readonly #how: EndTelling;
  /** Ends that could not be reported yet. */
  #kept: EndedSession[] = [];
  /** Claimed ends whose notification could not be shown. */
  #shownLater: Summary | null = null;

  constructor(how: EndTelling) {
    this.#how = how;
  }

  async tell(ended: readonly EndedSession[]): Promise<void> {
    const { tabs, show, agreed, notify } = this.#how;
    if (!tabs.hidden) return await this.#claimAnd(ended, show);
    // The visible tab reports it.
    if (await tabs.anyVisible()) return;
    if (!await agreed()) {
      this.#kept.push(...ended);
      return;
    }
    await this.#claimAnd(ended, (summary) => {
      if (!notify(summary)) this.#shownLater = summary;
    });
  }

  /** Call it when this page becomes visible again. */
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
