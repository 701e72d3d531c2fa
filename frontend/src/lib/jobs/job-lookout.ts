/**
 * Discovers jobs started elsewhere: on the server's list, which covers other devices, in storage,
 * which covers other tabs, and again when the page becomes visible.
 *
 * @module
 */
import type { ListedJob } from '#contract/jobs.ts';
import { ApiError } from '../api/api-error.ts';
import type { HeadwayClient } from '../api/client.ts';
import { listenForWakeups, type WakeTargets } from '../polling/wakeups.ts';
import { WhileVisible } from '../polling/while-visible.ts';
import { isDenied } from './job-ends.ts';
import type { AsyncJobOptions } from './options.ts';

export interface LookoutOptions {
  readonly client: Pick<HeadwayClient, 'jobs'>;
  readonly list: AsyncJobOptions['list'];
  /** Key in the device's storage. */
  readonly storageKey: string | null;
  /** Milliseconds between requests for the list. */
  readonly lookInterval: number;
  readonly targets: WakeTargets;
  readonly random?: (() => number) | undefined;
}

export interface LookoutHost {
  /** True if the list is needed now. */
  wantsList(): boolean;
  /** Number of starts: a list requested before the latest start is ignored. */
  starts(): number;
  /** The newest live job of this user, or null. */
  listed(newest: ListedJob | null): void;
  /** The list is not available: not signed in, not allowed. Not requested again until `start()`. */
  denied(error: ApiError): void;
  /** Another tab has changed the stored job. */
  remembered(): void;
  /** The page is visible again, or the network is back. */
  wake(): void;
}

export class JobLookout {
  readonly #options: LookoutOptions;
  readonly #host: LookoutHost;
  readonly #looking: WhileVisible;
  #stopListening: (() => void) | null = null;

  constructor(options: LookoutOptions, host: LookoutHost) {
    this.#options = options;
    this.#host = host;
    const { targets, random } = options;
    this.#looking = new WhileVisible((signal) => this.#look(signal), {
      targets,
      ...(random && { random }),
    });
  }

  get running(): boolean {
    return this.#stopListening !== null;
  }

  /** Starts, also after a denial. Does nothing outside a page. */
  start(): void {
    const { targets, list } = this.#options;
    if (!targets.document) return;
    this.#stopListening ??= this.#listen();
    if (list) this.#looking.start();
  }

  /** Leaves no timer, request or listener. */
  stop(): void {
    this.#looking.stop();
    this.#stopListening?.();
    this.#stopListening = null;
  }

  /** Requests the list at once. */
  now(): void {
    if (this.running && this.#options.list) void this.#looking.now();
  }

  #listen(): () => void {
    const { targets, storageKey } = this.#options;
    const listening = new AbortController();
    const hear = (event: Event) => {
      if ((event as StorageEvent).key === storageKey) this.#host.remembered();
    };
    targets.window?.addEventListener('storage', hear, { signal: listening.signal });
    const stopWaking = listenForWakeups(targets, () => this.#host.wake());
    return () => {
      listening.abort();
      stopWaking();
    };
  }

  async #look(signal: AbortSignal): Promise<number | null> {
    const { client, list, lookInterval } = this.#options;
    const starts = this.#host.starts();
    if (!this.#host.wantsList()) return lookInterval;
    try {
      const query = { ...list, live: 'true', mine: 'true', limit: 1 } as const;
      const { items: [newest = null] } = await client.jobs(query, signal);
      if (!signal.aborted && starts === this.#host.starts()) this.#host.listed(newest);
      return lookInterval;
    } catch (error) {
      if (!isDenied(error)) throw error;
      this.#host.denied(error);
      return null;
    }
  }
}
