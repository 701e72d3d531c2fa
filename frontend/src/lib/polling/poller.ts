/**
 * Follows one session: subscribes to a stream and reports the session's progress and end.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from './error.ts';
import { type PollingOptions, resolvePace } from './options.ts';
import { longestWatchMs } from './schedule.ts';
import type { SessionStream } from './shared/stream.ts';
import type { Subscriber } from './shared/audience.ts';
import { join } from './shared/streams.ts';
import { INITIAL_STATE, type PollEvent, type PollState, reduce } from './state.ts';

/** Called for a successful session; some of its files may still have failed (`failed_files`). */
export type OnComplete = (status: SessionStatusDocument) => void;
/** Called when tracking ended in any other way. */
export type OnError = (error: PollingError) => void;

/**
 * Polls one session until it ends. Exactly one of `onComplete` and `onError` is called, once;
 * neither after `stop()`.
 *
 * @throws {RangeError} an option is out of its range
 */
export class ProgressPoller {
  #state: PollState = INITIAL_STATE;
  /** Changes with every `start` and `stop`, so that a stopped run makes no further callbacks. */
  #run = 0;
  #stream: SessionStream | null = null;
  readonly #subscriber: Subscriber;

  constructor(
    readonly sessionId: string,
    readonly onComplete: OnComplete,
    readonly onError: OnError,
    readonly options: PollingOptions = {},
  ) {
    const pace = resolvePace(options);
    const { files = false } = options;
    this.#subscriber = {
      sessionId,
      pace,
      files: () => typeof files === 'function' ? files() : files,
      take: (event, delayMs) => this.#take(event, delayMs),
      move: () => {
        this.#leave();
        this.#join();
      },
    };
  }

  /** The newest known status, or null before the first answer. */
  get current(): SessionStatusDocument | null {
    return this.#state.document;
  }

  /** True while polling. */
  get running(): boolean {
    return this.#stream !== null;
  }

  /** Polls at once, and again until the session ends. Does nothing while running. */
  start(): this {
    if (this.running || this.options.signal?.aborted) return this;
    this.#run += 1;
    this.#state = INITIAL_STATE;
    this.options.signal?.addEventListener('abort', this.stop);
    this.#join();
    return this;
  }

  /** Polls at once instead of on schedule, unless the server's `Retry-After` forbids it. */
  askNow(): void {
    this.#stream?.askNow();
  }

  /** Stops polling without callbacks; leaves no timer, request or listener. Works unbound. */
  readonly stop = (): void => {
    this.#run += 1;
    this.#halt();
  };

  #join(): void {
    this.#stream = join(this.options, this.#subscriber);
  }

  #leave(): void {
    this.#stream?.unsubscribe(this.#subscriber);
    this.#stream = null;
  }

  #halt(): void {
    this.#leave();
    this.options.signal?.removeEventListener('abort', this.stop);
  }

  #take(event: PollEvent, delayMs: number): void {
    if (!this.running) return;
    const before = this.#state;
    this.#state = reduce(before, event, {
      ...this.#subscriber.pace,
      endWhenStale: this.options.onStale === undefined,
      longestWatchMs: longestWatchMs(delayMs),
    });
    if (this.#state.end !== null) this.#halt();
    this.#report(before, this.#state);
  }

  #report(before: PollState, after: PollState): void {
    const { onProgress, onStale, onTrouble } = this.options;
    const { document, end, trouble } = after;
    const run = this.#run;
    // Any callback may stop this run, or start another.
    const tell = (call: () => void) => run === this.#run && call();
    if (document !== null && document !== before.document) tell(() => onProgress?.(document));
    if (trouble !== before.trouble && end === null) tell(() => onTrouble?.(trouble));
    const turnedStale = after.stale && !before.stale && end === null;
    if (document !== null && turnedStale) tell(() => onStale?.(document));
    if (end?.kind === 'completed') tell(() => this.onComplete(end.document));
    else if (end?.kind === 'failed') tell(() => this.onError(end.error));
  }
}
