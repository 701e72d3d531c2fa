/**
 * The knowledge bases on the first page, as reactive state.
 *
 * @module
 */
import type { KnowledgeListItem } from '#contract/knowledge.ts';
import type { HeadwayClient } from '$lib/index.ts';

export class KnowledgeBases {
  readonly #client: HeadwayClient;
  #items = $state.raw<KnowledgeListItem[]>([]);
  #total = $state(0);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  #query = '';
  #page = 1;
  /** Changes with every load: only the latest one counts. */
  #load = 0;

  constructor(client: HeadwayClient) {
    this.#client = client;
  }

  get items(): KnowledgeListItem[] {
    return this.#items;
  }

  get total(): number {
    return this.#total;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): unknown {
    return this.#error;
  }

  async search(query: string): Promise<void> {
    this.#query = query.trim();
    this.#page = 1;
    await this.#fetch();
  }

  async more(): Promise<void> {
    this.#page += 1;
    await this.#fetch();
  }

  async #fetch(): Promise<void> {
    const load = ++this.#load;
    try {
      const { items, total } = this.#query === ''
        ? await this.#client.listKnowledge(this.#page)
        : await this.#client.searchKnowledge(this.#query, this.#page);
      if (load !== this.#load) return;
      this.#items = this.#page === 1 ? items : [...this.#items, ...items];
      this.#total = total;
      this.#error = null;
    } catch (error) {
      if (load === this.#load) this.#error = error;
    } finally {
      if (load === this.#load) this.#loaded = true;
    }
  }
}
