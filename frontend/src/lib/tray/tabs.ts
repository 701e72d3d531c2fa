/**
 * State that the tabs of one browser share: their visibility, and the ends already reported. By Web
 * Locks and local storage; without locks (plain HTTP), on a best-effort basis.
 *
 * @module
 */
/// <reference lib="dom" />
import { deviceStorage, readStoredTexts, type TextStorage, writeStored } from '../state/stored.ts';

export type Locks = Pick<LockManager, 'request' | 'query'>;

export interface TabsOptions {
  /** @default navigator.locks */
  locks?: Locks | undefined;
  /** @default localStorage */
  storage?: TextStorage | null;
  /** @default the page's own document */
  page?: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
}

/** Name of the shared lock of every visible tab. */
const VISIBLE = 'headway:visible';
/** Name of the lock for the list of reported ends; also its key in storage. */
const TOLD = 'headway:told';
const MOST_TOLD = 500;
/**
 * Milliseconds for which the reporting tab keeps an end locked. A write to storage reaches other
 * processes some time later, possibly after the lock on the list is released.
 */
const TELLING_MS = 10_000;

export class Tabs {
  readonly #locks: Locks | undefined;
  readonly #storage: TextStorage | null;
  readonly #page: NonNullable<TabsOptions['page']>;
  #release: (() => void) | null = null;
  /** Settles when this tab's own lock is released. */
  #held: Promise<void> = Promise.resolve();

  constructor(options: TabsOptions = {}) {
    this.#locks = 'locks' in options ? options.locks : globalThis.navigator?.locks;
    this.#storage = options.storage === undefined ? deviceStorage() : options.storage;
    this.#page = options.page ?? document;
  }

  get hidden(): boolean {
    return this.#page.visibilityState === 'hidden';
  }

  /** Shares this tab's visibility with other tabs, until the returned function is called. */
  start(onVisible: () => void): () => void {
    const follow = () => {
      if (this.hidden) this.#letGo();
      else this.#hold();
    };
    const changed = () => {
      follow();
      if (!this.hidden) onVisible();
    };
    follow();
    this.#page.addEventListener('visibilitychange', changed);
    return () => {
      this.#page.removeEventListener('visibilitychange', changed);
      this.#letGo();
    };
  }

  /** True if any tab of this app is visible now. */
  async anyVisible(): Promise<boolean> {
    if (!this.hidden) return true;
    if (this.#release === null) await this.#held;
    const { held = [] } = await this.#locks?.query() ?? {};
    return held.some(({ name }) => name === VISIBLE);
  }

  /** Claims the ids that no tab has reported yet: exactly one tab gets each id and reports it. */
  async claim(ids: readonly string[]): Promise<string[]> {
    const locks = this.#locks;
    if (locks === undefined) return this.#take(ids);
    return await locks.request(TOLD, async () => {
      const locked = await Promise.all(ids.map((id) => isFirst(locks, `${TOLD}:${id}`)));
      return this.#take(ids.filter((_id, at) => locked[at]));
    });
  }

  #take(ids: readonly string[]): string[] {
    const told = readStoredTexts(this.#storage, TOLD);
    const fresh = ids.filter((id) => !told.includes(id));
    if (fresh.length > 0) writeStored(this.#storage, TOLD, [...told, ...fresh].slice(-MOST_TOLD));
    return fresh;
  }

  #hold(): void {
    if (this.#release !== null || this.#locks === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#release = resolve;
    // The browser releases the locks of a page that is closed.
    this.#held = this.#locks.request(VISIBLE, { mode: 'shared' }, () => promise).catch(() => {});
  }

  #letGo(): void {
    this.#release?.();
    this.#release = null;
  }
}

/** True if the lock is free; it is then held for `TELLING_MS`. */
function isFirst(locks: Locks, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (lock: Lock | null) => {
      resolve(lock !== null);
      if (lock !== null) return new Promise((release) => setTimeout(release, TELLING_MS));
    };
    locks.request(name, { ifAvailable: true }, answer).catch(() => resolve(false));
  });
}
