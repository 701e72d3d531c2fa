/**
 * Search in a document that may be loaded only in part, as reactive state.
 *
 * @module
 */
import { type Found, type InsideMatch, matchAt, NOTHING_FOUND } from './inside-search.ts';
import { insidePattern } from '#contract/inside.ts';

export interface DocumentSearchOptions {
  readonly find: (query: string, signal: AbortSignal) => Promise<Found>;
  /** Called after every successful search. */
  readonly onFound: (found: Found) => void;
  /** Debounce delay of typing, milliseconds. @default 180 */
  readonly delayMs?: number;
}

export class DocumentSearch {
  #query = $state('');
  #found = $state.raw<Found>(NOTHING_FOUND);
  #busy = $state(false);
  #error = $state.raw<unknown>(null);
  #at = $state(0);
  readonly #pattern = $derived(insidePattern(this.#query));
  readonly #current = $derived(matchAt(this.#found, this.#at));
  readonly #options: DocumentSearchOptions;
  #asking = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: DocumentSearchOptions) {
    this.#options = options;
  }

  get query(): string {
    return this.#query;
  }

  /** Null if the query has too little to search for. */
  get pattern(): RegExp | null {
    return this.#pattern;
  }

  get total(): number {
    return this.#found.total;
  }

  /** True while a result is pending. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Error of the last search, or null. */
  get error(): unknown {
    return this.#error;
  }

  /** 0-based number of the current match. */
  get at(): number {
    return this.#at;
  }

  get current(): InsideMatch | undefined {
    return this.#current;
  }

  /** Starts a debounced search and aborts the previous one. */
  ask(query: string): void {
    this.stop();
    this.#query = query;
    this.#found = NOTHING_FOUND;
    this.#at = 0;
    this.#error = null;
    this.#busy = this.pattern !== null;
    if (!this.#busy) return;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#timer = setTimeout(() => void this.#find(signal), this.#options.delayMs ?? 180);
  }

  move(to: number): void {
    this.#at = to;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  async #find(signal: AbortSignal): Promise<void> {
    try {
      const found = await this.#options.find(this.#query.trim(), signal);
      if (signal.aborted) return;
      this.#found = found;
      this.#busy = false;
      this.#options.onFound(found);
    } catch (error) {
      if (signal.aborted) return;
      this.#busy = false;
      this.#error = error;
    }
  }
}
