/**
 * Names of knowledge bases by id, asked for once each when somebody needs them.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { HeadwayClient } from '../api/client.ts';

export interface NamedKnowledge {
  name: string;
  /** Whether this user may change what happens in it. */
  writable: boolean;
}

export class KnowledgeNames {
  readonly #client: Pick<HeadwayClient, 'knowledge'>;
  readonly #known = new SvelteMap<string, NamedKnowledge>();
  readonly #asked = new Set<string>();

  constructor(client: Pick<HeadwayClient, 'knowledge'>) {
    this.#client = client;
  }

  /** Undefined until the answer is there, and where there is none. */
  of(id: string | null): NamedKnowledge | undefined {
    if (id === null) return undefined;
    if (!this.#asked.has(id)) void this.#ask(id);
    return this.#known.get(id);
  }

  async #ask(id: string): Promise<void> {
    this.#asked.add(id);
    try {
      const { name, write_access: writable } = await this.#client.knowledge(id);
      this.#known.set(id, { name, writable });
    } catch {
      // Without its name it is called what it is: a knowledge base.
    }
  }
}
