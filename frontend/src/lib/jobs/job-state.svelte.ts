/**
 * State of a job that runs on the server, as reactive state.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from '../polling/error.ts';
import type { JobHandle } from './handle.ts';

/**
 * `ended` is any unsuccessful end: of the job itself, or only of following it (`still_running`,
 * `unauthenticated`, …). Its handle is null where the start failed.
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

/** Readable by all; only its subclass, which follows the job, changes it. */
export class JobState<Result> {
  #state = $state.raw<AsyncJobState<Result>>({ phase: 'idle' });
  #status = $state.raw<SessionStatusDocument | null>(null);
  #trouble = $state.raw<PollingError | null>(null);
  #stale = $state(false);
  #startedAt = $state<number | null>(null);

  get state(): AsyncJobState<Result> {
    return this.#state;
  }

  /** The result, once available. */
  get result(): Result | null {
    return this.#state.phase === 'done' ? this.#state.result : null;
  }

  /** Reason of an unsuccessful end. */
  get error(): PollingError | null {
    return this.#state.phase === 'ended' ? this.#state.error : null;
  }

  /** True while the job is being started or followed. */
  get busy(): boolean {
    return this.#state.phase === 'starting' || this.#state.phase === 'following';
  }

  /** The newest known status: step, percent, time left. For an operation, only its message. */
  get status(): SessionStatusDocument | null {
    return this.#status;
  }

  /** Set while polls fail and are retried. */
  get trouble(): PollingError | null {
    return this.#trouble;
  }

  /** True after more time without an update than allowed. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Start of the job, epoch milliseconds; null where there is no job. */
  get startedAt(): number | null {
    return this.#startedAt;
  }

  /** True if the job can be cancelled: an operation of a service cannot. */
  get cancellable(): boolean {
    const { state } = this;
    return state.phase === 'starting' ||
      (state.phase === 'following' && state.handle.kind === 'session');
  }

  /** Sets a job of which nothing is known yet, or only `status`. */
  protected begins(
    state: AsyncJobState<Result>,
    startedAt: number,
    status: SessionStatusDocument | null = null,
  ): void {
    this.#state = state;
    this.#status = status;
    this.#trouble = null;
    this.#stale = false;
    this.#startedAt = startedAt;
  }

  /** Changes the state and keeps what is known of its progress. */
  protected becomes(state: AsyncJobState<Result>, status?: SessionStatusDocument | null): void {
    this.#state = state;
    if (status !== undefined) this.#status = status;
  }

  /** Records a new status. */
  protected goesOn(status: SessionStatusDocument): void {
    this.#status = status;
    this.#stale = false;
    this.#startedAt = status.created_at * 1_000;
  }

  /** Records a lack of updates, and the error if polls fail. */
  protected hangs({ trouble, stale }: { trouble?: PollingError | null; stale?: true }): void {
    if (trouble !== undefined) this.#trouble = trouble;
    if (stale) this.#stale = true;
  }
}
