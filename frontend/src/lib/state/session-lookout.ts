/**
 * Discovers sessions started elsewhere, until it is stopped.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { HeadwayClient } from '../api/client.ts';
import { pageTargets } from '../polling/wakeups.ts';

export interface SessionLookoutOptions {
  readonly client: Pick<HeadwayClient, 'sessions'>;
  /** Null: all sessions that this user may see. */
  readonly knowledgeId: string | null;
  /** Milliseconds between requests. */
  readonly interval: number;
  /** Found sessions, and the number of live ones beyond them: null where unknown. */
  readonly onFound: (items: readonly SessionStatusDocument[], beyond: number | null) => void;
  /** @default the state of this page */
  readonly isHidden?: () => boolean;
}

/** Maximum number of live sessions followed one by one; those beyond are only counted. */
const MOST_FOLLOWED = 200;
/** Factor by which a hidden page requests less often. */
const HIDDEN_SLOWER = 6;

export class SessionLookout {
  readonly #options: SessionLookoutOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  /** False until the first answer; the first request includes ended sessions. */
  #looked = false;

  constructor(options: SessionLookoutOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Requests at once, and then at intervals. */
  start(): void {
    this.#running = true;
    void this.#look(false);
  }

  /** Requests the live sessions at once. */
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
      // The next request is the retry; followed sessions report a lost connection themselves.
    }
    if (this.#running) this.#timer = setTimeout(() => void this.#look(this.#looked), this.#wait());
  }

  #wait(): number {
    const { interval, isHidden = isPageHidden } = this.#options;
    return isHidden() ? HIDDEN_SLOWER * interval : interval;
  }
}

const isPageHidden = () => pageTargets().document?.visibilityState === 'hidden';
