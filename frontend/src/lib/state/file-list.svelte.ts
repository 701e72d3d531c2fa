/**
 * The files of a knowledge base, page by page, as reactive state.
 *
 * @module
 */
import type { FileRow } from '#contract/files.ts';
import type { HeadwayClient } from '../api/client.ts';
import { errorText } from '../api/api-error.ts';

export type FileOrder = 'newest' | 'name';

const ORDERS = {
  newest: { order_by: 'created_at', direction: 'desc' },
  name: { order_by: 'name', direction: 'asc' },
} as const;

export class FileList {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string;
  #ready = $state.raw<FileRow[]>([]);
  #pending = $state.raw<FileRow[]>([]);
  #total = $state(0);
  #loaded = $state(false);
  #error = $state<string | null>(null);
  #pages = 1;
  #query = '';
  #order: FileOrder = $state('newest');
  /** Only the last of several loads counts. */
  #load = 0;

  constructor(client: HeadwayClient, knowledgeId: string) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
  }

  /** Files whose text is there. */
  get ready(): FileRow[] {
    return this.#ready;
  }

  /** Files that are not processed, or failed. */
  get pending(): FileRow[] {
    return this.#pending;
  }

  get total(): number {
    return this.#total;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): string | null {
    return this.#error;
  }

  get order(): FileOrder {
    return this.#order;
  }

  get hasMore(): boolean {
    return this.#ready.length < this.#total;
  }

  /** Loads what is shown again. */
  async refresh(): Promise<void> {
    const load = ++this.#load;
    try {
      const pages = Array.from({ length: this.#pages }, (_, index) => this.#page(index + 1));
      const [pending, ...lists] = await Promise.all([
        this.#client.pendingFiles(this.#knowledgeId),
        ...pages,
      ]);
      if (load !== this.#load) return;
      const items = lists.flatMap((list) => list.items);
      this.#ready = items.filter((file) => !isPending(file));
      this.#pending = distinct([...pending, ...items.filter(isPending)]);
      this.#total = lists[0]?.total ?? 0;
      this.#error = null;
    } catch (error) {
      if (load === this.#load) this.#error = errorText(error);
    } finally {
      this.#loaded = true;
    }
  }

  async more(): Promise<void> {
    this.#pages += 1;
    await this.refresh();
  }

  async search(query: string): Promise<void> {
    this.#query = query;
    this.#pages = 1;
    await this.refresh();
  }

  async sort(order: FileOrder): Promise<void> {
    this.#order = order;
    await this.refresh();
  }

  /** @throws {ApiError} */
  async remove(file: FileRow): Promise<void> {
    // One that never got ready is linked nowhere: it can only be deleted.
    if (this.#ready.includes(file)) await this.#client.removeFile(this.#knowledgeId, file.id);
    else await this.#client.deleteFile(file.id);
    await this.refresh();
  }

  #page(page: number) {
    const query = { ...ORDERS[this.#order], query: this.#query, page };
    return this.#client.listFiles(this.#knowledgeId, query);
  }
}

function isPending({ data }: FileRow): boolean {
  return data.status !== undefined && data.status !== 'completed';
}

function distinct(files: FileRow[]): FileRow[] {
  return [...new Map(files.map((file) => [file.id, file])).values()];
}
