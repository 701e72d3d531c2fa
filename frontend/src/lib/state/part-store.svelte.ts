/**
 * The parts of a file, as reactive state: all lines of a transcript, the pages of a document on
 * demand.
 *
 * @module
 */
import { textOf } from '#contract/joined-text.ts';
import { SvelteMap } from 'svelte/reactivity';
import type { FileParts, OutlineEntry, Part } from '#contract/files.ts';
import { NOTHING_FOUND } from '../components/inside-search.ts';
import type { Found } from '../components/inside-search.ts';
import type { HeadwayClient } from '../api/client.ts';

/** Pages of a document in one request. */
export const CHUNK = 50;
/** Maximum number of parts in one answer. */
const MOST_AT_ONCE = 500;

/** Data source of a document view. */
export interface PartSource {
  /** Number of parts. */
  readonly total: number;
  /** True if the lines are rows of a table. */
  readonly table: boolean;
  readonly outline: readonly OutlineEntry[];
  /** Undefined until loaded. */
  part(index: number): Part | undefined;
  /** Loads a part with its neighbours. Throws {@link ApiError}. */
  need(index: number): Promise<void>;
  find(query: string, signal: AbortSignal): Promise<Found>;
  /** The whole text. */
  text(): Promise<string>;
}

type About = Pick<FileParts, 'kind' | 'table' | 'complete' | 'total'>;

const NOTHING: About = { kind: null, table: false, complete: false, total: 0 };

export class PartStore implements PartSource {
  readonly #client: HeadwayClient;
  readonly #fileId: string;
  #about = $state.raw<About>(NOTHING);
  #lines = $state.raw<Part[]>([]);
  #outline = $state.raw<OutlineEntry[]>([]);
  readonly #chunks = new SvelteMap<number, Part[]>();
  readonly #loading = new Map<number, Promise<void>>();
  #stopped = false;

  constructor(client: HeadwayClient, fileId: string) {
    this.#client = client;
    this.#fileId = fileId;
  }

  /** Null while there is no text. */
  get kind(): FileParts['kind'] {
    return this.#about.kind;
  }

  get total(): number {
    return this.#about.total;
  }

  get table(): boolean {
    return this.#about.table;
  }

  /** True once the file is extracted to its end. */
  get complete(): boolean {
    return this.#about.complete;
  }

  /** Lines of a transcript, as far as they are loaded. */
  get lines(): readonly Part[] {
    return this.#lines;
  }

  get outline(): readonly OutlineEntry[] {
    return this.#outline;
  }

  part(index: number): Part | undefined {
    return this.#chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }

  /** Loads the parts added since the last call, at first all of them. Throws {@link ApiError}. */
  async load(): Promise<void> {
    const from = this.#lines.length > 0 ? this.#lines.length : lastChunk(this.total) * CHUNK;
    const answer = await this.#ask(from, CHUNK);
    if (this.#stopped) return;
    if (answer.kind !== this.kind || answer.total < this.total) this.#forget();
    if (from > 0 && this.total === 0) return await this.load();
    const grown = answer.total !== this.total;
    this.#about = answer;
    if (answer.kind === 'transcript') return await this.#takeLines(answer);
    this.#chunks.set(from / CHUNK, answer.parts);
    if (grown) this.#outline = (await this.#client.fileOutline(this.#fileId)).entries;
  }

  async need(index: number): Promise<void> {
    const chunk = Math.floor(index / CHUNK);
    if (this.part(index) || index >= this.total) return;
    const loading = this.#loading.get(chunk) ?? this.#loadChunk(chunk);
    this.#loading.set(chunk, loading);
    await loading.finally(() => this.#loading.delete(chunk));
  }

  async find(query: string, signal: AbortSignal): Promise<Found> {
    if (this.total === 0) return NOTHING_FOUND;
    return await this.#client.findInside(this.#fileId, query, signal);
  }

  async text(): Promise<string> {
    const { parts } = await this.#client.exportFile(this.#fileId);
    return textOf(parts);
  }

  stop(): void {
    this.#stopped = true;
  }

  #ask(offset: number, limit: number): Promise<FileParts> {
    return this.#client.fileParts(this.#fileId, offset, limit);
  }

  async #loadChunk(chunk: number): Promise<void> {
    const { parts } = await this.#ask(chunk * CHUNK, CHUNK);
    if (!this.#stopped) this.#chunks.set(chunk, parts);
  }

  /** Shows the first lines while the rest is loading. */
  async #takeLines({ parts, total }: FileParts): Promise<void> {
    this.#lines = [...this.#lines, ...parts];
    while (this.#lines.length < total && !this.#stopped) {
      const next = await this.#ask(this.#lines.length, MOST_AT_ONCE);
      if (next.parts.length === 0) return;
      this.#lines = [...this.#lines, ...next.parts];
    }
  }

  /** Clears the parts: the file was extracted anew, or its text was removed. */
  #forget(): void {
    this.#about = NOTHING;
    this.#lines = [];
    this.#outline = [];
    this.#chunks.clear();
  }
}

/** The last chunk, the only one that may have grown. */
function lastChunk(total: number): number {
  return Math.max(0, Math.ceil(total / CHUNK) - 1);
}
