/**
 * All files of a long session as reactive state. They are loaded once; later requests load only
 * changes, and the queue positions of the visible files.
 *
 * @module
 */
import type { FileProgress } from '#contract/progress.ts';
import type { HeadwayClient } from '../api/client.ts';

export interface SessionFilesOptions {
  /** Milliseconds from one answer to the next request. @default 1500 */
  interval?: number;
  /** True if the page is hidden. @default document.hidden */
  isHidden?: () => boolean;
}

/** Maximum number of queue positions in one request. */
const MOST_PLACES = 60;

export class SessionFileList {
  readonly #client: HeadwayClient;
  readonly #sessionId: string;
  readonly #interval: number;
  readonly #isHidden: () => boolean;
  #files = $state.raw<readonly FileProgress[]>([]);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  #places = new Map<string, number>();
  #onShow: readonly string[] = [];
  #cursor: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopping: AbortController | null = null;
  #live = true;

  constructor(client: HeadwayClient, sessionId: string, options: SessionFilesOptions = {}) {
    this.#client = client;
    this.#sessionId = sessionId;
    this.#interval = options.interval ?? 1_500;
    this.#isHidden = options.isHidden ?? (() => globalThis.document?.hidden === true);
  }

  /** In the order in which they were announced. */
  get current(): readonly FileProgress[] {
    return this.#files;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Error of the last request, which is retried; or null. */
  get error(): unknown {
    return this.#error;
  }

  /** Polls until `stop`; polls at once if it is polling already. */
  start(): void {
    this.#stopping ??= new AbortController();
    clearTimeout(this.#timer);
    void this.#ask(this.#stopping);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopping?.abort();
    this.#stopping = null;
  }

  /** Sets the visible files, whose queue positions are requested while they wait. */
  show(jobIds: readonly string[]): void {
    this.#onShow = jobIds;
  }

  /** Sets if the session is live. An ended one is requested once more, then no longer. */
  follow(live: boolean): void {
    const ended = this.#live && !live;
    this.#live = live;
    if (this.#stopping !== null && (live || ended)) this.start();
  }

  async #ask(run: AbortController): Promise<void> {
    try {
      if (!this.#isHidden() || this.#cursor === null) await this.#load(run.signal);
      this.#error = null;
    } catch (error) {
      if (run.signal.aborted) return;
      this.#error = error;
    }
    if (run !== this.#stopping) return;
    clearTimeout(this.#timer);
    if (this.#live) this.#timer = setTimeout(() => void this.#ask(run), this.#interval);
  }

  async #load(signal: AbortSignal): Promise<void> {
    const since = this.#cursor;
    const ids = since === null ? [] : this.#waitingOnShow();
    const question = since === null ? {} : { since, ids };
    let offset = 0;
    while (true) {
      const { items, total, cursor } = await this.#client.sessionFiles(
        this.#sessionId,
        { ...question, offset },
        signal,
      );
      if (signal.aborted) return;
      // Changes made while further pages load are in the next request.
      if (offset === 0) this.#cursor = Math.max(cursor, this.#cursor ?? 0);
      this.#take(items);
      offset += items.length;
      if (items.length === 0 || offset >= total) break;
    }
    this.#loaded = true;
  }

  #waitingOnShow(): string[] {
    const waits = (id: string) => {
      const status = this.#files[this.#places.get(id) ?? -1]?.status;
      return status === 'queued' || status === 'interrupted';
    };
    return this.#onShow.filter(waits).slice(0, MOST_PLACES);
  }

  #take(items: readonly FileProgress[]): void {
    if (items.length === 0) return;
    const files = [...this.#files];
    for (const item of items) {
      const place = this.#places.get(item.job_id) ?? files.length;
      this.#places.set(item.job_id, place);
      files[place] = item;
    }
    this.#files = files;
  }
}
