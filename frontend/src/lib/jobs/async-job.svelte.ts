/**
 * A job that runs on the server, as reactive state: start, follow, rediscover, report its end once.
 *
 * @module
 */
import { untrack } from 'svelte';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { createHeadwayClient, type HeadwayClient } from '../api/client.ts';
import type { PollingError } from '../polling/error.ts';
import { resolvePace } from '../polling/options.ts';
import { identityOf } from '../polling/shared/identity.ts';
import { pageTargets } from '../polling/wakeups.ts';
import { readFinished } from './finished.ts';
import { handleOf, type JobHandle, sessionHandle, type Started } from './handle.ts';
import { asPollingError, isEndOfJob, isGone, isPassing } from './job-ends.ts';
import { type FollowerOptions, JobFollower } from './job-follower.ts';
import { JobLookout, type LookoutHost } from './job-lookout.ts';
import { deviceMemory, type JobMemory } from './job-memory.ts';
import { JobState } from './job-state.svelte.ts';
import { OneStart } from './one-start.ts';
import { type AsyncJobOptions, pollingOptionsOf, resolveJobPace } from './options.ts';

export class AsyncJob<Result = unknown> extends JobState<Result> {
  readonly #options: AsyncJobOptions<Result>;
  readonly #client: HeadwayClient;
  readonly #memory: JobMemory;
  readonly #following: FollowerOptions;
  readonly #lookout: JobLookout;
  readonly #start: OneStart;
  #looked = $state(false);
  #follower: JobFollower | null = null;
  /** Changes with every `follow` and `stop`, so that a stopped run makes no further callbacks. */
  #run = 0;
  /** Restored from storage; the server has not confirmed it yet. */
  #recalled = false;
  #cancelWanted = false;
  /** Number of starts: a list requested before a start does not contain that job. */
  #starts = 0;

  /** @throws {RangeError} an option is out of its range */
  constructor(options: AsyncJobOptions<Result>) {
    super();
    const pace = resolveJobPace(options);
    this.#client = options.client ?? createHeadwayClient();
    this.#options = options;
    this.#start = new OneStart(options.start);
    const polling = pollingOptionsOf(options, this.#client, pace);
    resolvePace(polling);
    this.#following = { polling, maxPollTime: pace.maxPollTime };
    this.#memory = deviceMemory(options, () => identityOf(polling));
    const { list, random } = options;
    const [client, storageKey] = [this.#client, this.#memory.key];
    const { lookInterval } = pace;
    const targets = options.wakeTargets ?? pageTargets();
    this.#lookout = new JobLookout(
      { client, list, storageKey, lookInterval, targets, random },
      this.#asLookoutHost(),
    );
  }

  /** True once the server's list has been read, where the job has one. */
  get looked(): boolean {
    return this.#looked;
  }

  /**
   * Follows the job stored on this device, or the newest on the server's list. Returns `stop`, so
   * that an effect can be `$effect(() => job.follow())`. Does nothing on a server.
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
    this.begins({ phase: 'starting' }, this.#now());
    try {
      await this.#take(await this.#start.ask(), run);
    } catch (error) {
      if (run === this.#run) this.#end(null, asPollingError(error));
    }
  }

  /** Cancels the job. @throws {ApiError} the server refused */
  async cancel(): Promise<void> {
    if (this.state.phase === 'starting') this.#cancelWanted = true;
    await this.#control('cancel');
  }

  /** Resumes a paused job. @throws {ApiError} the server refused */
  async resume(): Promise<void> {
    await this.#control('resume');
  }

  /**
   * After an end: resumes following a job that may still run, retries a failed one, starts a new one
   * if the old one is gone.
   *
   * @throws {ApiError} the server refused
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
    this.#follow(handle, this.startedAt);
  }

  /** Stops following without callbacks; leaves no timer, request or listener. Works unbound. */
  readonly stop = (): void => {
    this.#run += 1;
    this.#leave();
    this.#lookout.stop();
    if (untrack(() => this.busy)) this.becomes({ phase: 'idle' });
  };

  /** Requests the server's list at once when there is no job to follow. */
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
    return {
      starts: () => this.#starts,
      wantsList: () => !this.busy || (this.#recalled && this.state.phase === 'following'),
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

  /** Resumes when the page is visible again or the network is back. */
  #takeUp(): void {
    const { state } = this;
    if (state.phase !== 'ended' || !isPassing(state.error)) return;
    this.#lookout.start();
    if (state.handle) this.#follow(state.handle, this.startedAt);
  }

  async #take(started: Started, run: number): Promise<void> {
    if ('result' in started) {
      if (run === this.#run) await this.#finish(null, started);
      return;
    }
    const handle = handleOf(started);
    // Stored even after `stop`: the next page finds the job.
    this.#memory.keep(handle);
    if (run !== this.#run && (this.busy || !this.#lookout.running)) return;
    const cancelWanted = this.#cancelWanted;
    this.#follow(handle, this.startedAt);
    if (cancelWanted) await this.cancel();
  }

  /** Adopts a listed job. One that was given up stays so until the page is visible again. */
  #meet(newest: SessionStatusDocument): void {
    const { state } = this;
    const known = 'handle' in state && state.handle?.id === newest.session_id;
    const isGivenUp = state.phase === 'ended' && !isEndOfJob(state.error);
    if (known && (state.phase === 'following' || isGivenUp)) return;
    // The list may predate an end that is already known here.
    if (known && newest.attempt <= (this.status?.attempt ?? 0)) return;
    this.#follow(sessionHandle(newest.session_id), newest.created_at * 1_000, newest);
  }

  #follow(
    handle: JobHandle,
    startedAt: number | null,
    status: SessionStatusDocument | null = null,
  ): void {
    const run = ++this.#run;
    this.#leave();
    this.#memory.keep(handle);
    this.begins({ phase: 'following', handle }, startedAt ?? this.#now(), status);
    const here = () => run === this.#run;
    this.#follower = new JobFollower(handle, this.#following, {
      changed: (status) => here() && this.#change(status),
      troubled: (trouble) => here() && this.hangs({ trouble }),
      standsStill: () => here() && this.hangs({ stale: true }),
      finished: (finished) => here() && void this.#finish(handle, finished),
      ended: (error) => here() && this.#end(handle, error),
    });
    this.#follower.start();
  }

  #change(status: SessionStatusDocument): void {
    this.goesOn(status);
    this.#recalled = false;
    this.#options.onProgress?.(status);
  }

  async #finish(handle: JobHandle | null, finished: { result: unknown }): Promise<void> {
    const run = this.#run;
    const { parse } = this.#options;
    let done: ReturnType<typeof readFinished<Result>>;
    try {
      done = readFinished(finished, handle, { parse, now: this.#now() });
    } catch (error) {
      return this.#end(handle, asPollingError(error));
    }
    const { result, job } = done;
    this.#leave();
    this.becomes({ phase: 'done', handle, result, finishedAt: job.finishedAt });
    if (await this.#claim(handle, run)) this.#options.onComplete?.(result, job);
  }

  #end(handle: JobHandle | null, error: PollingError): void {
    const run = this.#run;
    this.#leave();
    const { document: status } = error;
    // A stored job may belong to another user or be gone: the list is authoritative.
    if (handle && isGone(error)) this.#memory.forget(handle);
    if (handle && this.#recalled && isGone(error)) {
      this.#recalled = false;
      this.becomes({ phase: 'idle' }, status);
      return this.look();
    }
    this.becomes({ phase: 'ended', handle, error }, status);
    if (!isEndOfJob(error)) return this.#options.onError?.(error);
    void this.#claim(handle, run).then((mine) => mine && this.#options.onError?.(error));
  }

  /** Claims the end for this page: true for one page only. */
  async #claim(handle: JobHandle | null, run: number): Promise<boolean> {
    const wanted = () => run === this.#run;
    if (handle === null) return wanted();
    return await this.#memory.claim(handle, this.status?.attempt ?? 1, wanted) && wanted();
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
 * Creates a job that `start()` starts and `follow()` follows. Its end is reported once:
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
