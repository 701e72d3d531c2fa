/**
 * Names of knowledge bases by id, each requested once on first use.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { HeadwayClient } from '../api/client.ts';

export interface NamedKnowledge {
  name: string;
  /** True if this user may change its contents. */
  writable: boolean;
}

export class KnowledgeNames {
  readonly #client: Pick<HeadwayClient, 'knowledge'>;
  readonly #known = new SvelteMap<string, NamedKnowledge>();
  readonly #asked = new Set<string>();

  constructor(client: Pick<HeadwayClient, 'knowledge'>) {
    this.#client = client;
  }

  /** Undefined until the answer arrives, and after a failure. */
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
      // Without its name it gets a generic one.
    }
  }
}
