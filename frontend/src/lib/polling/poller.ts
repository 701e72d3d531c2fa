/**
 * Follows one session: joins how a status is asked for, when, and what is made of it.
 *
 * @module
 */
/// <reference lib="dom" />
import type { SessionStatusDocument } from '#contract/progress.ts';
import { PollingError } from './error.ts';
import { type Pace, type PollingOptions, resolvePace } from './options.ts';
import { delayAfterAnswer, delayAfterFailure, longestWatchMs } from './schedule.ts';
import { INITIAL_STATE, type PollEvent, type PollState, reduce } from './state.ts';
import { createStatusTransport, type StatusAnswer, type StatusTransport } from './transport.ts';
import { listenForWakeups, pageTargets } from './wakeups.ts';

/** A session that ended well; some of its files may still have failed (`failed_files`). */
export type OnComplete = (status: SessionStatusDocument) => void;
/** Tracking ended in any other way. */
export type OnError = (error: PollingError) => void;

/**
 * Polls one session until it ends. Exactly one of `onComplete` and `onError` is called, once;
 * neither after `stop()`.
 *
 * @throws {RangeError} an option is out of its range
 */
export class ProgressPoller {
  readonly #pace: Pace;
  readonly #transport: StatusTransport;
  readonly #now: () => number;
  readonly #random: () => number;
  #state: PollState = INITIAL_STATE;
  #running = false;
  /** Told apart by every `start` and `stop`, so that a stopped run says nothing more. */
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | undefined;
  #requestedAt = 0;
  #delayMs = 0;
  /** Nobody may ask before, because the server said so. */
  #notBefore = 0;
  #stopListening: (() => void) | undefined;

  constructor(
    readonly sessionId: string,
    readonly onComplete: OnComplete,
    readonly onError: OnError,
    readonly options: PollingOptions = {},
  ) {
    this.#pace = resolvePace(options);
    this.#transport = options.transport ?? createStatusTransport(options);
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
  }

  /** The newest status known, or null before the first answer. */
  get current(): SessionStatusDocument | null {
    return this.#state.document;
  }

  /** Whether polling is under way. */
  get running(): boolean {
    return this.#running;
  }

  /** Asks at once, and again until the session ends. Does nothing while running. */
  start(): this {
    if (this.#running || this.options.signal?.aborted) return this;
    this.#running = true;
    this.#run += 1;
    this.#state = INITIAL_STATE;
    this.#notBefore = 0;
    this.#stopListening = listenForWakeups(
      this.options.wakeTargets ?? pageTargets(),
      () => this.#wake(),
    );
    this.options.signal?.addEventListener('abort', this.stop);
    void this.#poll();
    return this;
  }

  /** Asks at once instead of at the next turn, unless the server wants to be left alone. */
  askNow(): void {
    if (!this.#running || this.#now() < this.#notBefore) return;
    this.#request?.abort();
    void this.#poll();
  }

  /** Ends polling in silence; no timer, request or listener is left. Can be passed on unbound. */
  readonly stop = (): void => {
    this.#run += 1;
    this.#halt();
  };

  #halt(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.options.signal?.removeEventListener('abort', this.stop);
  }

  async #poll(): Promise<void> {
    clearTimeout(this.#timer);
    const request = new AbortController();
    this.#request = request;
    this.#requestedAt = this.#now();
    const answer = await this.#ask(request);
    // A stop or a newer poll has aborted this one.
    if (this.#request !== request) return;
    this.#request = undefined;
    this.#take(answer);
  }

  async #ask(request: AbortController): Promise<StatusAnswer> {
    const { files = false } = this.options;
    const { signal } = request;
    const { promise: aborted, resolve } = Promise.withResolvers<StatusAnswer>();
    const timer = setTimeout(() => request.abort(), this.#pace.requestTimeout);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(unanswered('The server did not answer in time'));
    });
    const asked = this.#transport({
      sessionId: this.sessionId,
      etag: this.#state.etag,
      files: typeof files === 'function' ? files() : files,
      signal,
    }).catch((cause) => unanswered('The status could not be asked for', cause));
    const answer = await Promise.race([asked, aborted]);
    clearTimeout(timer);
    return answer;
  }

  #take(answer: StatusAnswer): void {
    const before = this.#state;
    const rules = {
      ...this.#pace,
      endWhenStale: this.options.onStale === undefined,
      longestWatchMs: longestWatchMs(this.#delayMs),
    };
    this.#state = reduce(before, this.#toEvent(answer), rules);
    if (this.#state.end === null) this.#schedule(this.#nextDelay(answer));
    else this.#halt();
    this.#report(before, this.#state);
  }

  #toEvent(answer: StatusAnswer): PollEvent {
    const at = this.#now();
    switch (answer.kind) {
      case 'document':
        return { type: 'answered', at, document: answer.document, etag: answer.etag };
      case 'unchanged':
        return { type: 'unchanged', at };
      case 'refused':
        return { type: 'refused', error: answer.error };
      case 'failed':
        if (!answer.reached && !this.#isOnline()) return { type: 'offline', error: answer.error };
        return {
          type: 'failed',
          error: answer.error,
          // A server that says when to come back is alive: that is a wait, not a failure.
          counts: answer.error.retryAfterMs === undefined,
        };
    }
  }

  #isOnline(): boolean {
    if (this.options.isOnline) return this.options.isOnline();
    return typeof navigator === 'undefined' || navigator.onLine !== false;
  }

  #nextDelay(answer: StatusAnswer): number {
    if (answer.kind === 'failed') {
      const { retryAfterMs } = answer.error;
      if (retryAfterMs !== undefined) this.#notBefore = this.#now() + retryAfterMs;
      // Offline: `online` wakes it; the slow poll is for browsers that never tell.
      if (!answer.reached && !this.#isOnline()) return this.#pace.maxInterval;
      return delayAfterFailure(this.#pace, this.#state.failures, retryAfterMs, this.#random);
    }
    const retryAfterMs = answer.kind === 'refused' ? undefined : answer.retryAfterMs;
    const estimateMs = this.#state.document?.retry_after_ms;
    return delayAfterAnswer(this.#pace, { retryAfterMs, estimateMs }, this.#random);
  }

  #schedule(delayMs: number): void {
    this.#delayMs = delayMs;
    this.#timer = setTimeout(() => void this.#poll(), delayMs);
  }

  /** The events of one moment come together: a question that is fresh is not asked again. */
  #wake(): void {
    const age = this.#now() - this.#requestedAt;
    const fresh = this.#request !== undefined && age >= 0 && age < this.#pace.interval;
    if (!fresh) this.askNow();
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

function unanswered(message: string, cause?: unknown): StatusAnswer {
  const error = new PollingError(message, { code: 'network', cause });
  return { kind: 'failed', reached: false, error };
}
