/**
 * Looks for sessions that others have started, as long as somebody wants to know.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { HeadwayClient } from '../api/client.ts';
import { pageTargets } from '../polling/wakeups.ts';

export interface SessionLookoutOptions {
  readonly client: Pick<HeadwayClient, 'sessions'>;
  /** Null: everything that this user may see. */
  readonly knowledgeId: string | null;
  /** Milliseconds between looks. */
  readonly interval: number;
  /** What was found; of the live ones beyond, only how many: null where it is not known. */
  readonly onFound: (items: readonly SessionStatusDocument[], beyond: number | null) => void;
  /** @default that of this page */
  readonly isHidden?: () => boolean;
}

/** Live sessions followed one by one; of those beyond only their number is known. */
const MOST_FOLLOWED = 200;
/** Nobody sees a hidden page: it looks for what is new so many times less often. */
const HIDDEN_SLOWER = 6;

export class SessionLookout {
  readonly #options: SessionLookoutOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  /** The first look is for what has ended as well. */
  #looked = false;

  constructor(options: SessionLookoutOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The first look is at once. */
  start(): void {
    this.#running = true;
    void this.#look(false);
  }

  /** Looks at once for what is live. */
  now(): void {
    void this.#look(true);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async #look(liveOnly: boolean): Promise<void> {
    clearTimeout(this.#timer);
    const { client, knowledgeId, onFound } = this.#options;
    try {
      const { items, total } = await client.sessions({
        ...(knowledgeId === null ? {} : { knowledge_id: knowledgeId }),
        ...(liveOnly ? { live: 'true' as const, limit: MOST_FOLLOWED } : {}),
      });
      if (!this.#running) return;
      onFound(items, liveOnly ? Math.max(0, total - items.length) : null);
      this.#looked = true;
    } catch {
      // The next look tries again; what is followed says itself when it cannot be reached.
    }
    if (this.#running) this.#timer = setTimeout(() => void this.#look(this.#looked), this.#wait());
  }

  #wait(): number {
    const { interval, isHidden = isPageHidden } = this.#options;
    return isHidden() ? HIDDEN_SLOWER * interval : interval;
  }
}

const isPageHidden = () => pageTargets().document?.visibilityState === 'hidden';
