/**
 * What this device remembers of one job: which it is, and whether its end was told. Ids only, so
 * that nothing of its content is left behind; what the server says always counts more.
 *
 * @module
 */
import type { Locks } from '../polling/shared/sharing.ts';
import { deviceStorage, readStored, type TextStorage, writeStored } from '../state/stored.ts';
import { isHandle, type JobHandle } from './handle.ts';
import type { AsyncJobOptions } from './options.ts';

interface Kept {
  /** Who is signed in, as a name that tells nothing. */
  readonly owner: string;
  readonly handle: JobHandle;
  /** Whether it goes on, as far as is known here. */
  readonly live: boolean;
  /** The attempt whose end was told last; 0: none. */
  readonly told: number;
}

export interface JobMemoryOptions {
  /** Without one nothing outlives the page. */
  readonly key: string | undefined;
  readonly owner: () => string;
  readonly storage: TextStorage | null;
  /** Without them two tabs may tell of the same end. */
  readonly locks: Pick<Locks, 'request'> | undefined;
}

export class JobMemory {
  readonly key: string | null;
  readonly #options: JobMemoryOptions;
  /** By `id attempt`: storage may be full, foreign or absent. */
  readonly #told = new Set<string>();

  constructor(options: JobMemoryOptions) {
    this.#options = options;
    this.key = options.key === undefined ? null : `headway:job:${options.key}`;
  }

  /** The job that was followed last, when it was this user's and went on. */
  get live(): JobHandle | null {
    const kept = this.#read();
    return kept?.live ? kept.handle : null;
  }

  /** From now on this is the job; of its earlier attempts it stays known that they were told. */
  keep(handle: JobHandle): void {
    const before = this.#read();
    const told = before?.handle.id === handle.id ? before.told : 0;
    this.#write({ owner: this.#options.owner(), handle, live: true, told });
  }

  forget({ id }: JobHandle): void {
    if (this.#read()?.handle.id === id) this.#write(null);
  }

  /**
   * Takes the end of an attempt (1, 2, …) for telling: true for whoever comes first on this device.
   * Nobody gets it once `wanted` says no.
   */
  async claim(handle: JobHandle, attempt: number, wanted: () => boolean): Promise<boolean> {
    const { locks } = this.#options;
    let mine = false;
    const take = () => {
      mine = wanted() && this.#take(handle, Math.max(1, attempt));
      return Promise.resolve();
    };
    await (locks && this.key ? locks.request(this.key, {}, take) : take());
    return mine;
  }

  #take(handle: JobHandle, attempt: number): boolean {
    const name = `${handle.id} ${attempt}`;
    const kept = this.#read();
    const isKept = kept?.handle.id === handle.id;
    if (this.#told.has(name) || (isKept && kept.told >= attempt)) return false;
    this.#told.add(name);
    // Another tab may have begun another job meanwhile: that one is to be found again.
    if (kept === null || isKept) {
      this.#write({ owner: this.#options.owner(), handle, live: false, told: attempt });
    }
    return true;
  }

  #read(): Kept | null {
    if (this.key === null) return null;
    const stored = readStored(this.#options.storage, this.key) as Partial<Kept> | null;
    const { owner, handle, live, told } = stored ?? {};
    if (owner !== this.#options.owner() || !isHandle(handle)) return null;
    return { owner, handle, live: live === true, told: Number(told) || 0 };
  }

  #write(kept: Kept | null): void {
    if (this.key !== null) writeStored(this.#options.storage, this.key, kept);
  }
}

/** What this browser remembers, where the app says nothing else. */
export function deviceMemory<Result>(
  { storageKey: key, storage, locks }: AsyncJobOptions<Result>,
  owner: () => string,
): JobMemory {
  return new JobMemory({
    key,
    owner,
    storage: storage === undefined ? deviceStorage() : storage,
    locks: locks ?? globalThis.navigator?.locks as AsyncJobOptions['locks'],
  });
}
