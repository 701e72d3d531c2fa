/**
 * What is known of a job that is done elsewhere, as reactive state.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from '../polling/error.ts';
import type { JobHandle } from './handle.ts';

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

/** Everybody reads it; only the class that follows the job, which extends it, changes it. */
export class JobState<Result> {
  #state = $state.raw<AsyncJobState<Result>>({ phase: 'idle' });
  #status = $state.raw<SessionStatusDocument | null>(null);
  #trouble = $state.raw<PollingError | null>(null);
  #stale = $state(false);
  #startedAt = $state<number | null>(null);

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

  /** A job of which nothing is known yet, or only `status`. */
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

  /** It is where it is now; what is known of its course stays. */
  protected becomes(state: AsyncJobState<Result>, status?: SessionStatusDocument | null): void {
    this.#state = state;
    if (status !== undefined) this.#status = status;
  }

  /** There is news of its course. */
  protected goesOn(status: SessionStatusDocument): void {
    this.#status = status;
    this.#stale = false;
    this.#startedAt = status.created_at * 1_000;
  }

  /** There is no news, and whether that is because nobody can be asked. */
  protected hangs({ trouble, stale }: { trouble?: PollingError | null; stale?: true }): void {
    if (trouble !== undefined) this.#trouble = trouble;
    if (stale) this.#stale = true;
  }
}
