/**
 * This device's record of one job: its id, and the attempt whose end was reported. It holds ids
 * only, so that no content stays behind; the server's answers take precedence.
 *
 * @module
 */
import type { Locks } from '../polling/shared/sharing.ts';
import { deviceStorage, readStored, type TextStorage, writeStored } from '../state/stored.ts';
import { isHandle, type JobHandle } from './handle.ts';
import type { AsyncJobOptions } from './options.ts';

interface Kept {
  /** Opaque key of the signed-in user. */
  readonly owner: string;
  readonly handle: JobHandle;
  /** True while the job runs, as far as this device knows. */
  readonly live: boolean;
  /** The last attempt whose end was reported; 0: none. */
  readonly told: number;
}

export interface JobMemoryOptions {
  /** Storage key; without one nothing outlives the page. */
  readonly key: string | undefined;
  readonly owner: () => string;
  readonly storage: TextStorage | null;
  /** Without locks two tabs may report the same end. */
  readonly locks: Pick<Locks, 'request'> | undefined;
}

export class JobMemory {
  readonly key: string | null;
  readonly #options: JobMemoryOptions;
  /** Keys are `id attempt`. Needed because storage may be full, invalid or absent. */
  readonly #told = new Set<string>();

  constructor(options: JobMemoryOptions) {
    this.#options = options;
    this.key = options.key === undefined ? null : `headway:job:${options.key}`;
  }

  /** The last followed job, if it was this user's and still ran. */
  get live(): JobHandle | null {
    const kept = this.#read();
    return kept?.live ? kept.handle : null;
  }

  /** Stores the job; the record of its reported attempts is kept. */
  keep(handle: JobHandle): void {
    const before = this.#read();
    const told = before?.handle.id === handle.id ? before.told : 0;
    this.#write({ owner: this.#options.owner(), handle, live: true, told });
  }

  forget({ id }: JobHandle): void {
    if (this.#read()?.handle.id === id) this.#write(null);
  }

  /**
   * Claims the end of an attempt (1, 2, …) for reporting: true for the first caller on this device.
   * False for every caller once `wanted` returns false.
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
    // Another tab may have started another job meanwhile: that record has to stay.
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

/** The browser's storage and locks, unless the app supplies its own. */
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
