/**
 * A job that is done elsewhere, as reactive state: started, followed, found again, told of once.
 *
 * @module
 */
import { untrack } from 'svelte';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { errorText } from '../api/api-error.ts';
import { createHeadwayClient, type HeadwayClient } from '../api/client.ts';
import { PollingError } from '../polling/error.ts';
import { resolvePace } from '../polling/options.ts';
import { identityOf } from '../polling/shared/identity.ts';
import { pageTargets } from '../polling/wakeups.ts';
import { deviceStorage } from '../state/stored.ts';
import { handleOf, type JobHandle, sessionHandle, type Started } from './handle.ts';
import { asPollingError, isAnswer, isEndOfJob, isGone, isPassing } from './job-ends.ts';
import { type FollowerOptions, JobFollower } from './job-follower.ts';
import { JobLookout, type LookoutHost } from './job-lookout.ts';
import { JobMemory } from './job-memory.ts';
import { type AsyncJobOptions, pollingOptionsOf, resolveJobPace } from './options.ts';

/**
 * `ended` is any end but a good one: of the job itself, or only of following it (`still_running`,
 * `unauthenticated`, …). Its handle is null where the job could not even be started.
 */
export type AsyncJobState<Result> =
  | { readonly phase: 'idle' }
  | { readonly phase: 'starting' }
  | { readonly phase: 'following'; readonly handle: JobHandle }
  | {
    readonly phase: 'done';
    /** Null where the answer to the start was the result. */
    readonly handle: JobHandle | null;
    readonly result: Result;
    /** Epoch milliseconds. */
    readonly finishedAt: number;
  }
  | { readonly phase: 'ended'; readonly handle: JobHandle | null; readonly error: PollingError };

export class AsyncJob<Result = unknown> {
  readonly #options: AsyncJobOptions<Result>;
  readonly #client: HeadwayClient;
  readonly #memory: JobMemory;
  readonly #following: FollowerOptions;
  readonly #lookout: JobLookout;
  #state = $state.raw<AsyncJobState<Result>>({ phase: 'idle' });
  #status = $state.raw<SessionStatusDocument | null>(null);
  #trouble = $state.raw<PollingError | null>(null);
  #stale = $state(false);
  #looked = $state(false);
  #startedAt = $state<number | null>(null);
  #follower: JobFollower | null = null;
  /** Told apart by every `follow` and `stop`, so that what was stopped says nothing more. */
  #run = 0;
  /** Known from storage only: the server has not confirmed it yet. */
  #recalled = false;
  /** Kept while nobody knows whether the start has arrived. */
  #operationId: string | null = null;
  #cancelWanted = false;
  /** A look at the list from before a start knows nothing of it. */
  #starts = 0;

  /** @throws {RangeError} an option is out of its range */
  constructor(options: AsyncJobOptions<Result>) {
    const pace = resolveJobPace(options);
    this.#client = options.client ?? createHeadwayClient();
    this.#options = options;
    const polling = pollingOptionsOf(options, this.#client, pace);
    resolvePace(polling);
    this.#following = { polling, maxPollTime: pace.maxPollTime };
    this.#memory = new JobMemory({
      key: options.storageKey,
      owner: () => identityOf(polling),
      storage: options.storage === undefined ? deviceStorage() : options.storage,
      locks: options.locks ?? globalThis.navigator?.locks as AsyncJobOptions['locks'],
    });
    const { list, random } = options;
    const [client, storageKey] = [this.#client, this.#memory.key];
    const { lookInterval } = pace;
    const targets = options.wakeTargets ?? pageTargets();
    this.#lookout = new JobLookout(
      { client, list, storageKey, lookInterval, targets, random },
      this.#asLookoutHost(),
    );
  }

  get state(): AsyncJobState<Result> {
    return this.#state;
  }

  /** The result, once it is there. */
  get result(): Result | null {
    return this.#state.phase === 'done' ? this.#state.result : null;
  }

  /** Why it ended otherwise than well. */
  get error(): PollingError | null {
    return this.#state.phase === 'ended' ? this.#state.error : null;
  }

  /** Whether it is being started or followed. */
  get busy(): boolean {
    return this.#state.phase === 'starting' || this.#state.phase === 'following';
  }

  /** The newest status known: step, percent, time left. Of an operation, its message only. */
  get status(): SessionStatusDocument | null {
    return this.#status;
  }

  /** Set while the server cannot be asked; it is tried again. */
  get trouble(): PollingError | null {
    return this.#trouble;
  }

  /** Whether there has been no news for longer than allowed. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Whether the server's list was seen once, where there is one. */
  get looked(): boolean {
    return this.#looked;
  }

  /** When it was started, epoch milliseconds; null where there is no job. */
  get startedAt(): number | null {
    return this.#startedAt;
  }

  /** Whether it can be called off: an operation of a service cannot. */
  get cancellable(): boolean {
    const { state } = this;
    return state.phase === 'starting' ||
      (state.phase === 'following' && state.handle.kind === 'session');
  }

  /**
   * Takes up what is under way: what this device remembers, or what the server's list says. Answers
   * with `stop`, so that an effect can be `$effect(() => job.follow())`. Does nothing on a server.
   */
  follow(): () => void {
    untrack(() => this.#open());
    return this.stop;
  }

  /** Starts a job, unless one is under way. Never throws: see {@link error}. */
  async start(): Promise<void> {
    if (this.busy) return;
    const run = ++this.#run;
    this.#leave();
    this.#lookout.start();
    this.#starts += 1;
    this.#recalled = false;
    this.#begin({ phase: 'starting' }, null);
    this.#operationId ??= crypto.randomUUID();
    try {
      const started = await this.#options.start(this.#operationId);
      this.#operationId = null;
      await this.#take(started, run);
    } catch (error) {
      const reason = asPollingError(error);
      // The next try may be another request: only one that may have arrived keeps its id.
      if (isAnswer(reason)) this.#operationId = null;
      if (run === this.#run) this.#end(null, reason);
    }
  }

  /** Calls it off. @throws {ApiError} the server did not take it */
  async cancel(): Promise<void> {
    if (this.#state.phase === 'starting') this.#cancelWanted = true;
    await this.#control('cancel');
  }

  /** Lets a paused job go on. @throws {ApiError} the server did not take it */
  async resume(): Promise<void> {
    await this.#control('resume');
  }

  /**
   * After an end: goes on where it was where that is of use, tries a failed job again, and starts
   * anew what is no longer there.
   *
   * @throws {ApiError} the server did not take it
   */
  async retry(): Promise<void> {
    const { state } = this;
    if (state.phase !== 'ended') return;
    const { handle, error } = state;
    const isOver = isEndOfJob(error);
    if (handle === null || isGone(error) || (isOver && handle.kind === 'operation')) {
      return await this.start();
    }
    if (isOver) await this.#client.controlSession(handle.id, 'retry');
    this.#starts += 1;
    this.#recalled = false;
    this.#lookout.start();
    this.#follow(handle, this.#startedAt);
  }

  /** Ends following in silence; no timer, request or listener is left. Can be passed on unbound. */
  readonly stop = (): void => {
    this.#run += 1;
    this.#leave();
    this.#lookout.stop();
    if (untrack(() => this.busy)) this.#state = { phase: 'idle' };
  };

  /** Looks at the server's list at once, when there is nothing to follow. */
  look(): void {
    this.#lookout.now();
  }

  async #control(action: 'cancel' | 'resume'): Promise<void> {
    const { state } = this;
    if (state.phase !== 'following' || state.handle.kind !== 'session') return;
    await this.#client.controlSession(state.handle.id, action);
    this.#follower?.askNow();
  }

  #open(): void {
    if (this.busy) return;
    this.#lookout.start();
    if (this.#lookout.running) this.#recall();
  }

  #recall(): void {
    const remembered = this.#memory.live;
    if (remembered === null || this.busy) return;
    this.#recalled = true;
    this.#follow(remembered, null);
  }

  #asLookoutHost(): LookoutHost {
    const starts = () => this.#starts;
    return {
      get starts() {
        return starts();
      },
      wantsList: () => !this.busy || (this.#recalled && this.#state.phase === 'following'),
      listed: (newest) => {
        this.#looked = true;
        if (newest) this.#meet(newest);
      },
      denied: (error) => {
        if (!this.busy) this.#end(null, asPollingError(error));
      },
      remembered: () => this.#recall(),
      wake: () => this.#takeUp(),
    };
  }

  /** Somebody looks again, or the network is back. */
  #takeUp(): void {
    const { state } = this;
    if (state.phase !== 'ended' || !isPassing(state.error)) return;
    this.#lookout.start();
    if (state.handle) this.#follow(state.handle, this.#startedAt);
  }

  async #take(started: Started, run: number): Promise<void> {
    if ('result' in started) {
      if (run === this.#run) await this.#finish(null, started);
      return;
    }
    const handle = handleOf(started);
    // Also where nobody waits any more: whoever comes next finds it.
    this.#memory.keep(handle);
    if (run !== this.#run && (this.busy || !this.#lookout.running)) return;
    const cancelWanted = this.#cancelWanted;
    this.#follow(handle, this.#startedAt);
    if (cancelWanted) await this.cancel();
  }

  /** One that was given up is let be until somebody looks again. */
  #meet(newest: SessionStatusDocument): void {
    const { state } = this;
    const known = 'handle' in state && state.handle?.id === newest.session_id;
    const isGivenUp = state.phase === 'ended' && !isEndOfJob(state.error);
    if (known && (state.phase === 'following' || isGivenUp)) return;
    // The list may have been made before an end that is known here already.
    if (known && newest.attempt <= (this.#status?.attempt ?? 0)) return;
    this.#follow(sessionHandle(newest.session_id), newest.created_at * 1_000);
    this.#status = newest;
  }

  #begin(state: AsyncJobState<Result>, startedAt: number | null): void {
    this.#state = state;
    this.#status = null;
    this.#trouble = null;
    this.#stale = false;
    this.#startedAt = startedAt ?? this.#now();
  }

  #follow(handle: JobHandle, startedAt: number | null): void {
    const run = ++this.#run;
    this.#leave();
    this.#memory.keep(handle);
    this.#begin({ phase: 'following', handle }, startedAt);
    const here = () => run === this.#run;
    this.#follower = new JobFollower(handle, this.#following, {
      changed: (status) => here() && this.#change(status),
      troubled: (trouble) => here() && (this.#trouble = trouble),
      standsStill: () => here() && (this.#stale = true),
      finished: (finished) => here() && void this.#finish(handle, finished),
      ended: (error) => here() && this.#end(handle, error),
    });
    this.#follower.start();
  }

  #change(status: SessionStatusDocument): void {
    this.#status = status;
    this.#stale = false;
    this.#recalled = false;
    this.#startedAt = status.created_at * 1_000;
    this.#options.onProgress?.(status);
  }

  async #finish(handle: JobHandle | null, finished: { result: unknown }): Promise<void> {
    const run = this.#run;
    const finishedAt = endOf(finished) ?? this.#now();
    let result: Result;
    try {
      result = (this.#options.parse ?? ((value) => value as Result))(finished.result);
    } catch (cause) {
      const error = new PollingError(errorText(cause), { code: 'job_failed', cause });
      return this.#end(handle, error);
    }
    this.#leave();
    this.#state = { phase: 'done', handle, result, finishedAt };
    const id = handle?.id ?? ('session_id' in finished ? String(finished.session_id) : '');
    if (await this.#claim(handle, run)) this.#options.onComplete?.(result, { id, finishedAt });
  }

  #end(handle: JobHandle | null, error: PollingError): void {
    const run = this.#run;
    this.#leave();
    this.#status = error.document ?? this.#status;
    // What was only remembered may be somebody else's, or gone: the list knows better.
    if (handle && isGone(error)) this.#memory.forget(handle);
    if (handle && this.#recalled && isGone(error)) {
      this.#recalled = false;
      this.#state = { phase: 'idle' };
      return this.look();
    }
    this.#state = { phase: 'ended', handle, error };
    if (!isEndOfJob(error)) return this.#options.onError?.(error);
    void this.#claim(handle, run).then((mine) => mine && this.#options.onError?.(error));
  }

  /** Whether this page is the one that tells of the end. */
  async #claim(handle: JobHandle | null, run: number): Promise<boolean> {
    const wanted = () => run === this.#run;
    if (handle === null) return wanted();
    return await this.#memory.claim(handle, this.#status?.attempt ?? 1, wanted) && wanted();
  }

  #leave(): void {
    this.#follower?.stop();
    this.#follower = null;
    this.#cancelWanted = false;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/**
 * A job that is started by `start()`, followed from `follow()` on, and told of once:
 *
 * ```ts
 * const job = createAsyncJob({
 *   client,
 *   start: (id) => client.startJob('digest', { knowledge_id }, id),
 *   list: { kind: 'digest', knowledge_id },
 *   storageKey: `digest:${knowledge_id}`,
 *   onComplete: (result) => …,
 * });
 * $effect(() => job.follow());
 * ```
 *
 * @throws {RangeError} an option is out of its range
 */
export function createAsyncJob<Result = unknown>(
  options: AsyncJobOptions<Result>,
): AsyncJob<Result> {
  return new AsyncJob(options);
}

function endOf(finished: { result: unknown }): number | null {
  return 'finished_at' in finished && typeof finished.finished_at === 'number'
    ? finished.finished_at * 1_000
    : null;
}
