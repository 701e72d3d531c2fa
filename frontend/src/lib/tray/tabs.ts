/**
 * What the tabs of one browser agree on: which of them can be seen, and which ends were told.
 * By Web Locks and local storage; where there are no locks (plain HTTP), as well as can be.
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

/** Held, shared, by every tab that can be seen. */
const VISIBLE = 'headway:visible';
/** Held while the list of told ends is changed; also its key in storage. */
const TOLD = 'headway:told';
const MOST_TOLD = 500;
/**
 * How long an end stays locked by whoever tells of it, milliseconds. What one process stores reaches
 * the others some time later, maybe after a lock that was held meanwhile.
 */
const TELLING_MS = 10_000;

export class Tabs {
  readonly #locks: Locks | undefined;
  readonly #storage: TextStorage | null;
  readonly #page: NonNullable<TabsOptions['page']>;
  #release: (() => void) | null = null;
  /** Settles when this tab's own lock is gone. */
  #held: Promise<void> = Promise.resolve();

  constructor(options: TabsOptions = {}) {
    this.#locks = 'locks' in options ? options.locks : globalThis.navigator?.locks;
    this.#storage = options.storage === undefined ? deviceStorage() : options.storage;
    this.#page = options.page ?? document;
  }

  get hidden(): boolean {
    return this.#page.visibilityState === 'hidden';
  }

  /** Lets other tabs know whether this one is seen, until the returned function is called. */
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

  /** Whether any tab of this app is seen right now. */
  async anyVisible(): Promise<boolean> {
    if (!this.hidden) return true;
    if (this.#release === null) await this.#held;
    const { held = [] } = await this.#locks?.query() ?? {};
    return held.some(({ name }) => name === VISIBLE);
  }

  /** Takes the ids that no tab has told of yet: whoever gets them tells, and nobody else. */
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
    // A page that goes away lets its locks go by itself.
    this.#held = this.#locks.request(VISIBLE, { mode: 'shared' }, () => promise).catch(() => {});
  }

  #letGo(): void {
    this.#release?.();
    this.#release = null;
  }
}

/** Whether nobody holds a lock, which is then held for a while. */
function isFirst(locks: Locks, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (lock: Lock | null) => {
      resolve(lock !== null);
      if (lock !== null) return new Promise((release) => setTimeout(release, TELLING_MS));
    };
    locks.request(name, { ifAvailable: true }, answer).catch(() => resolve(false));
  });
}
