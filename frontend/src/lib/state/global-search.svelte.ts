/**
 * A search over all knowledge bases as one types, as reactive state.
 *
 * @module
 */
import type { HeadwayClient } from '../api/client.ts';
import { ApiError } from '../api/api-error.ts';
import {
  type FoundFiles,
  hasMoreFiles,
  type SearchStatus,
  withFiles,
  withHits,
} from '../components/search-view.ts';

export interface GlobalSearchOptions {
  /** Milliseconds without a letter before it is asked. @default 180 */
  readonly delayMs?: number;
  /** @default navigator.onLine */
  readonly isOnline?: () => boolean;
}

/** Files of one request, and hits of one request in a file. */
const PAGE = 20;

export class GlobalSearch {
  readonly #client: Pick<HeadwayClient, 'searchAll'>;
  readonly #options: GlobalSearchOptions;
  #query = '';
  #status = $state<SearchStatus>('idle');
  #found = $state.raw<FoundFiles | null>(null);
  #error = $state.raw<unknown>(null);
  #asking = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLoadingMore = false;

  constructor(client: Pick<HeadwayClient, 'searchAll'>, options: GlobalSearchOptions = {}) {
    this.#client = client;
    this.#options = options;
  }

  get status(): SearchStatus {
    return this.#status;
  }

  /** While it is loading, those of the query before. */
  get found(): FoundFiles | null {
    return this.#found;
  }

  get error(): unknown {
    return this.#error;
  }

  /** Searches once nothing was typed for a while. Aborts the request before. */
  type(text: string): void {
    this.stop();
    this.#query = text.replaceAll('\0', '').trim();
    this.#error = null;
    if (this.#query === '') {
      this.#found = null;
      this.#status = 'idle';
      return;
    }
    this.#status = 'loading';
    this.#timer = setTimeout(() => void this.search(), this.#options.delayMs ?? 180);
  }

  /** Searches now. Never rejects. */
  async search(): Promise<void> {
    if (this.#query === '') return;
    this.stop();
    this.#status = 'loading';
    await this.#ask(async (signal) => {
      const query = { group: 'file', limit: PAGE, signal } as const;
      const results = await this.#client.searchAll(this.#query, query);
      return () => withFiles(results);
    });
  }

  /** Adds the next files. Never rejects. */
  async moreFiles(): Promise<void> {
    const shown = this.#found;
    if (!shown || !hasMoreFiles(shown)) return;
    await this.#more(async (signal) => {
      const query = { group: 'file', limit: PAGE, offset: shown.sent, signal } as const;
      const results = await this.#client.searchAll(shown.query, query);
      // An empty page is the end, whatever the total said before.
      const totalFiles = results.hits.length === 0 ? shown.sent : results.total_files;
      return (now) => withFiles({ ...results, total_files: totalFiles }, now);
    });
  }

  /** Adds the next hits of a file. Never rejects. */
  async moreHits(fileId: string): Promise<void> {
    const shown = this.#found;
    const file = shown?.files.find((each) => each.fileId === fileId);
    if (!shown || !file) return;
    await this.#more(async (signal) => {
      const query = { file_id: fileId, limit: PAGE, offset: file.hits.length, signal };
      const results = await this.#client.searchAll(shown.query, query);
      return (now) => withHits(now, fileId, results);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#isLoadingMore = false;
  }

  async #more(load: (signal: AbortSignal) => Promise<(now: FoundFiles) => FoundFiles>) {
    if (this.#isLoadingMore || this.#status === 'loading') return;
    this.#isLoadingMore = true;
    const { signal } = this.#asking;
    await this.#ask(async () => {
      const change = await load(signal);
      return () => change(this.#found as FoundFiles);
    });
    if (!signal.aborted) this.#isLoadingMore = false;
  }

  /** Ignores the response of a request that a newer query has aborted. */
  async #ask(load: (signal: AbortSignal) => Promise<() => FoundFiles>): Promise<void> {
    const { signal } = this.#asking;
    try {
      const change = await load(signal);
      if (signal.aborted) return;
      this.#found = change();
      this.#error = null;
      this.#status = 'found';
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error;
      this.#status = this.#isOffline(error) ? 'offline' : 'failed';
    }
  }

  #isOffline(error: unknown): boolean {
    const isOnline = this.#options.isOnline ?? (() => globalThis.navigator?.onLine !== false);
    return error instanceof ApiError && error.code === 'network' && !isOnline();
  }
}
