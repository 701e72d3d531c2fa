/**
 * The files of a knowledge base as reactive state, filtered and sorted by the server. Only the
 * visible pages of a long list are loaded.
 *
 * @module
 */
import type { FileRow, FileState } from '#contract/files.ts';
import type { KnowledgeFiles } from '#contract/knowledge.ts';
import type { HeadwayClient } from '../api/client.ts';
import { type FileFilter, NO_FILTER, sameFilter } from '../components/file-filter.ts';

const PAGE_SIZE = 100;

const ORDERS = {
  newest: { order_by: 'created_at', direction: 'desc' },
  name: { order_by: 'name', direction: 'asc' },
  size: { order_by: 'size', direction: 'desc' },
  state: { order_by: 'state', direction: 'asc' },
} as const;

type Counts = Record<FileState, number>;

export class FileList {
  readonly #client: HeadwayClient;
  readonly #knowledgeId: string;
  /** Files by 0-based page; a missing page was not requested yet. */
  #pages = $state.raw<ReadonlyMap<number, FileRow[]>>(new Map());
  #total = $state(0);
  #counts = $state.raw<Counts>({ ready: 0, working: 0, attention: 0 });
  #filter = $state.raw<FileFilter>(NO_FILTER);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  #shown: readonly [first: number, last: number] = [0, 0];
  /** Changes with every `refresh` or `apply`: answers to earlier requests are ignored. */
  #round = 0;
  readonly #asked = new Set<number>();

  constructor(client: HeadwayClient, knowledgeId: string, filter: FileFilter = NO_FILTER) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
    this.#filter = filter;
  }

  /** Number of files that match the filter. */
  get total(): number {
    return this.#total;
  }

  /** Number of files by state, whatever the filter. */
  get counts(): Counts {
    return this.#counts;
  }

  get filter(): FileFilter {
    return this.#filter;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get error(): unknown {
    return this.#error;
  }

  /** A file by its index in the list; undefined while it is loading. */
  at(index: number): FileRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** Sets the visible range and loads its missing pages. */
  show(first: number, last: number): void {
    this.#shown = [first, last];
    for (const page of this.#wanted()) {
      if (!this.#pages.has(page) && !this.#asked.has(page)) void this.#load(page, this.#round);
    }
  }

  /** Applies another filter or order, from the first row on. */
  async apply(filter: FileFilter): Promise<void> {
    if (sameFilter(filter, this.#filter)) return;
    this.#filter = filter;
    // The visible range may be beyond the end of the new list.
    await this.#reload([0, ...this.#wanted()]);
  }

  /** Reloads the visible pages; the old rows stay until the new ones have arrived. */
  async refresh(): Promise<void> {
    await this.#reload(this.#wanted());
  }

  async #reload(pages: readonly number[]): Promise<void> {
    const round = ++this.#round;
    this.#asked.clear();
    const kept = new Set(pages);
    await Promise.all([...kept].map((page) => this.#load(page, round, kept)));
  }

  /** @throws {ApiError} */
  async remove(file: FileRow): Promise<void> {
    await this.#client.removeFile(this.#knowledgeId, file.id);
    await this.refresh();
  }

  #wanted(): number[] {
    const [first, last] = this.#shown.map((index) => Math.floor(index / PAGE_SIZE));
    return Array.from({ length: (last ?? 0) - (first ?? 0) + 1 }, (_, page) => (first ?? 0) + page);
  }

  async #load(page: number, round: number, kept?: ReadonlySet<number>): Promise<void> {
    this.#asked.add(page);
    try {
      const found = await this.#client.listFiles(this.#knowledgeId, this.#question(page));
      if (round === this.#round) this.#take(page, found, kept);
    } catch (error) {
      if (round === this.#round) this.#error = error;
    } finally {
      if (round === this.#round) {
        this.#loaded = true;
        this.#asked.delete(page);
      }
    }
  }

  /** A refresh makes the pages out of sight stale. */
  #take(
    page: number,
    { items, total, counts }: KnowledgeFiles,
    kept: ReadonlySet<number> | undefined,
  ): void {
    const known = kept ? [...this.#pages].filter(([each]) => kept.has(each)) : this.#pages;
    this.#pages = new Map([...known, [page, items]]);
    this.#total = total;
    if (counts) this.#counts = counts;
    this.#error = null;
  }

  #question(page: number) {
    const { query, state, kind, order } = this.#filter;
    return {
      ...ORDERS[order],
      query: query.trim(),
      state,
      ...(kind === 'all' ? {} : { kind }),
      page: page + 1,
      limit: PAGE_SIZE,
    };
  }
}
