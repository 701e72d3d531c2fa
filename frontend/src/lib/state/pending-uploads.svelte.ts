/**
 * Unfinished uploads that no tab is sending, as reactive state. Pauses and resumptions from
 * elsewhere are applied to this tab's own uploads.
 *
 * @module
 */
import type { PendingUpload } from '#contract/uploads.ts';
import type { HeadwayClient } from '../api/client.ts';
import { listenForWakeups, pageTargets } from '../polling/wakeups.ts';
import type { Uploads } from './uploads.svelte.ts';

/** Milliseconds between requests while there are unfinished uploads, and while there are none. */
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

  /** Uploads without an active sender for which this tab has no file. */
  get current(): PendingUpload[] {
    return this.#items.filter(({ job_id, active, paused }) =>
      !this.#uploads.current.has(job_id) && !(active && !paused)
    );
  }

  /** Loads whenever the page becomes visible, and at intervals from the first `look` on. */
  start(): void {
    this.#running = true;
    this.#stopListening = listenForWakeups(pageTargets(), () => void this.look());
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#stopListening?.();
  }

  /** Requests the list at once, and at intervals after that. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const { items } = await this.#client.pendingUploads(this.#knowledgeId);
      if (this.#running) this.#items = items;
      this.#uploads.heed(items);
    } catch {
      // The next request is the retry.
    }
    if (!this.#running) return;
    const wait = this.#items.length > 0 ? LOOK_MS : IDLE_LOOK_MS;
    this.#timer = setTimeout(() => void this.look(), wait);
  }
}
