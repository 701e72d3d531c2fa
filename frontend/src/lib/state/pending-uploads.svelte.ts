/**
 * Files still to be sent that no tab is sending, as reactive state. What others have paused or
 * resumed, this tab's own uploads are told.
 *
 * @module
 */
import type { PendingUpload } from '#contract/uploads.ts';
import type { HeadwayClient } from '../api/client.ts';
import { listenForWakeups, pageTargets } from '../polling/wakeups.ts';
import type { Uploads } from './uploads.svelte.ts';

/** Milliseconds between looks while there is something to be sent, and while there is not. */
const LOOK_MS = 4_000;
const IDLE_LOOK_MS = 30_000;

export class PendingFiles {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string;
  readonly #uploads: Uploads;
  #items = $state.raw<PendingUpload[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #stopListening: (() => void) | undefined;

  constructor(client: HeadwayClient, knowledgeId: string, uploads: Uploads) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
    this.#uploads = uploads;
  }

  /** Those that nobody is sending and this tab has no file for. */
  get current(): PendingUpload[] {
    return this.#items.filter(({ job_id, active, paused }) =>
      !this.#uploads.current.has(job_id) && !(active && !paused)
    );
  }

  /** Looks whenever the page is seen again, and from the first `look` on from time to time. */
  start(): void {
    this.#running = true;
    this.#stopListening = listenForWakeups(pageTargets(), () => void this.look());
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#stopListening?.();
  }

  /** Asks at once, and from time to time after that. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const { items } = await this.#client.pendingUploads(this.#knowledgeId);
      if (this.#running) this.#items = items;
      this.#uploads.heed(items);
    } catch {
      // The next look tries again.
    }
    if (!this.#running) return;
    const wait = this.#items.length > 0 ? LOOK_MS : IDLE_LOOK_MS;
    this.#timer = setTimeout(() => void this.look(), wait);
  }
}
