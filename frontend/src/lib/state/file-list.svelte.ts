/**
 * The files of a knowledge base as reactive state, filtered and sorted by the server. Of a long list
 * only the pages on show are loaded.
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
  /** Files by their 0-based page; a page that is not there was not asked for yet. */
  #pages = $state.raw<ReadonlyMap<number, FileRow[]>>(new Map());
  #total = $state(0);
  #counts = $state.raw<Counts>({ ready: 0, working: 0, attention: 0 });
  #filter = $state.raw<FileFilter>(NO_FILTER);
  #loaded = $state(false);
  #error = $state.raw<unknown>(null);
  #shown: readonly [first: number, last: number] = [0, 0];
  /** Answers to questions before the last `refresh` or `apply` do not count. */
  #round = 0;
  readonly #asked = new Set<number>();

  constructor(client: HeadwayClient, knowledgeId: string, filter: FileFilter = NO_FILTER) {
    this.#client = client;
    this.#knowledgeId = knowledgeId;
    this.#filter = filter;
  }

  /** How many files the filter lets through. */
  get total(): number {
    return this.#total;
  }

  /** How many there are in each state, whichever of them is shown. */
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

  /** A file by its place in the list; undefined while it is being loaded. */
  at(index: number): FileRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** Says which places are on show; what is missing of them is loaded. */
  show(first: number, last: number): void {
    this.#shown = [first, last];
    for (const page of this.#wanted()) {
      if (!this.#pages.has(page) && !this.#asked.has(page)) void this.#load(page, this.#round);
    }
  }

  /** Shows other files, or the same in another order, from the first one on. */
  async apply(filter: FileFilter): Promise<void> {
    if (sameFilter(filter, this.#filter)) return;
    this.#filter = filter;
    // What was on show may be beyond the end of what there is now.
    await this.#reload([0, ...this.#wanted()]);
  }

  /** Loads again what is on show; the old rows stay until the new ones are here. */
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

  /** After a refresh the pages out of sight are out of date. */
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
