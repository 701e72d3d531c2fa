/**
 * A search over the texts of a knowledge base, as reactive state.
 *
 * @module
 */
import type { SearchResults } from '#contract/files.ts';
import type { HeadwayClient } from '../api/client.ts';

/** Maximum number of hits in one request. */
const PAGE = 20;

export class TextSearch {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string;
  #results = $state.raw<SearchResults | null>(null);
  #error = $state.raw<unknown>(null);
  #asking: AbortController | null = null;
  #isLoading = false;

  constructor(client: HeadwayClient, knowledgeId: string) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
  }

  /** Null without a query. */
  get results(): SearchResults | null {
    return this.#results;
  }

  get error(): unknown {
    return this.#error;
  }

  /** A new search cancels the one before. Never rejects. */
  async search(query: string): Promise<void> {
    this.stop();
    this.#error = null;
    if (query === '') {
      this.#results = null;
      return;
    }
    const asking = this.#asking = new AbortController();
    try {
      const found = await this.#client.search(this.#knowledgeId, query, PAGE, asking.signal);
      if (!asking.signal.aborted) this.#results = found;
    } catch (error) {
      if (!asking.signal.aborted) this.#error = error;
    }
  }

  /** Loads the next page of hits. Never rejects. */
  async more(): Promise<void> {
    const shown = this.#results;
    const asking = this.#asking;
    if (!shown || !asking || asking.signal.aborted || this.#isLoading) return;
    this.#isLoading = true;
    const { query, hits } = shown;
    try {
      const next = await this.#client
        .search(this.#knowledgeId, query, PAGE, asking.signal, hits.length);
      if (!asking.signal.aborted) this.#results = { ...next, hits: [...hits, ...next.hits] };
    } catch (error) {
      if (!asking.signal.aborted) this.#error = error;
    } finally {
      this.#isLoading = false;
    }
  }

  stop(): void {
    this.#asking?.abort();
  }
}
