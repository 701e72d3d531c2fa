/**
 * Looks out for a job from elsewhere: on the server's list, which another device is on as well, in
 * the storage that another tab writes to, and when somebody looks at the page again.
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
  /** Of the device's storage. */
  readonly storageKey: string | null;
  /** Milliseconds between looks at the list. */
  readonly lookInterval: number;
  readonly targets: WakeTargets;
  readonly random?: (() => number) | undefined;
}

export interface LookoutHost {
  /** Whether the list is of interest now. */
  wantsList(): boolean;
  /** Told apart by every start: a look from before it is not of interest any more. */
  starts(): number;
  /** The newest live job of this user, or null. */
  listed(newest: ListedJob | null): void;
  /** The list cannot be had: not signed in, not allowed. No look follows until `start()`. */
  denied(error: ApiError): void;
  /** Another tab has written what is remembered. */
  remembered(): void;
  /** Somebody looks at the page again, or the network is back. */
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

  /** Goes on where it was denied. Does nothing where there is no page. */
  start(): void {
    const { targets, list } = this.#options;
    if (!targets.document) return;
    this.#stopListening ??= this.#listen();
    if (list) this.#looking.start();
  }

  /** No timer, request or listener is left. */
  stop(): void {
    this.#looking.stop();
    this.#stopListening?.();
    this.#stopListening = null;
  }

  /** Looks at the list at once. */
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
