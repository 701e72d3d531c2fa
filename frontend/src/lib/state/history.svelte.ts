/**
 * Past sessions of the current user, page by page, as reactive state.
 *
 * @module
 */
import { SvelteMap } from 'svelte/reactivity';
import type { FileProgress } from '#contract/progress.ts';
import type { ListedSession } from '#contract/sessions.ts';
import type { HeadwayClient } from '../api/client.ts';
import { type HistoryFilters, QUERIES } from '../components/history/history-view.ts';

const PAGE = 30;

/** A session that runs again and can be followed. */
export interface Replay {
  readonly sessionId: string;
  readonly knowledgeId: string | null;
}

export class History {
  readonly #client: HeadwayClient;
  #items = $state.raw<ListedSession[]>([]);
  #total = $state(0);
  #cursor = $state<string | null>(null);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  #filters: HistoryFilters = {};
  readonly #files = new SvelteMap<string, FileProgress[]>();
  /** Changes with every load: only the latest one counts. */
  #load = 0;

  constructor(client: HeadwayClient) {
    this.#client = client;
  }

  /** Newest first. */
  get items(): ListedSession[] {
    return this.#items;
  }

  get total(): number {
    return this.#total;
  }

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Error of the last load, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** Files of an opened session; undefined until loaded. */
  files(sessionId: string): FileProgress[] | undefined {
    return this.#files.get(sessionId);
  }

  async show(filters: HistoryFilters): Promise<void> {
    this.#filters = filters;
    await this.#fetch(undefined);
  }

  async more(): Promise<void> {
    if (this.#cursor !== null) await this.#fetch(this.#cursor);
  }

  /** @throws {ApiError} */
  async open(sessionId: string): Promise<void> {
    const { files = [] } = await this.#client.sessionStatus(sessionId, true);
    this.#files.set(sessionId, files);
  }

  /** Retries the failed files of a session, which leaves the history. @throws {ApiError} */
  async retry({ session_id, knowledge_id }: ListedSession): Promise<Replay> {
    await this.#client.controlSession(session_id, 'retry');
    this.#remove(session_id);
    return { sessionId: session_id, knowledgeId: knowledge_id };
  }

  /** Starts a new session for the files of an old one. @throws {ApiError} */
  async again({ session_id, knowledge_id }: ListedSession): Promise<Replay> {
    const accepted = await this.#client.repeatSession(session_id);
    return { sessionId: accepted.session_id, knowledgeId: knowledge_id };
  }

  /** @throws {ApiError} */
  async clear(sessionId: string): Promise<void> {
    await this.#client.clearSession(sessionId);
    this.#remove(sessionId);
  }

  #remove(sessionId: string): void {
    const left = this.#items.filter(({ session_id }) => session_id !== sessionId);
    this.#total -= this.#items.length - left.length;
    this.#items = left;
    this.#files.delete(sessionId);
  }

  async #fetch(cursor: string | undefined): Promise<void> {
    const load = ++this.#load;
    const { outcome, knowledge } = this.#filters;
    try {
      const page = await this.#client.sessions({
        live: 'false',
        mine: 'true',
        limit: PAGE,
        knowledge_id: knowledge,
        ...(outcome && QUERIES[outcome]),
        cursor,
      });
      if (load !== this.#load) return;
      this.#items = cursor === undefined ? page.items : [...this.#items, ...page.items];
      this.#cursor = page.next_cursor ?? null;
      this.#total = page.total;
      this.#error = null;
    } catch (error) {
      if (load === this.#load) this.#error = error;
    } finally {
      if (load === this.#load) this.#loaded = true;
    }
  }
}
