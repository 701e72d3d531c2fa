/**
 * A search over the texts of a knowledge base, as reactive state.
 *
 * @module
 */
import type { SearchResults } from '#contract/files.ts';
import type { HeadwayClient } from '../api/client.ts';

export class TextSearch {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string;
  #results = $state.raw<SearchResults | null>(null);
  #error = $state.raw<unknown>(null);
  #asking: AbortController | null = null;

  constructor(client: HeadwayClient, knowledgeId: string) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
  }

  /** Null while nothing is searched for. */
  get results(): SearchResults | null {
    return this.#results;
  }

  get error(): unknown {
    return this.#error;
  }

  /** A new search ends the one before. Never rejects. */
  async search(query: string): Promise<void> {
    this.stop();
    this.#error = null;
    if (query === '') {
      this.#results = null;
      return;
    }
    const asking = this.#asking = new AbortController();
    try {
      const found = await this.#client.search(this.#knowledgeId, query, 20, asking.signal);
      if (!asking.signal.aborted) this.#results = found;
    } catch (error) {
      if (!asking.signal.aborted) this.#error = error;
    }
  }

  stop(): void {
    this.#asking?.abort();
  }
}
