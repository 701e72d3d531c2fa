/**
 * Repeats a task while the page is visible: one timer, none while the page is hidden, and longer
 * waits after failures.
 *
 * @module
 */
/// <reference lib="dom" />
import { ApiError } from '../api/api-error.ts';
import { listenForWakeups, pageTargets, type WakeTargets } from './wakeups.ts';

/**
 * One round. Resolves with the milliseconds until the next one; null ends the loop. A failure
 * rejects. The signal aborts when another round replaces this one.
 */
export type Round = (signal: AbortSignal) => Promise<number | null>;

export interface WhileVisibleOptions {
  /** Wait after a first failure, doubled with each one in a row. @default 2000 */
  failureMs?: number;
  /** Longest wait after failures. @default 60_000 */
  longestMs?: number;
  /** @default the page's own */
  targets?: WakeTargets;
  /** From 0 to 1. @default Math.random */
  random?: () => number;
}

export class WhileVisible {
  readonly #round: Round;
  readonly #options: Required<WhileVisibleOptions>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;
  #stopListening: (() => void) | null = null;
  #failures = 0;

  constructor(round: Round, options: WhileVisibleOptions = {}) {
    this.#round = round;
    this.#options = {
      failureMs: 2_000,
      longestMs: 60_000,
      targets: options.targets ?? pageTargets(),
      random: Math.random,
      ...options,
    };
  }

  start(): void {
    if (this.#stopListening) return;
    this.#stopListening = listenForWakeups(this.#options.targets, () => void this.#wake());
    if (this.#visible) void this.now();
  }

  stop(): void {
    this.#stopListening?.();
    this.#stopListening = null;
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }

  /** Starts a round at once, in place of the one that runs or waits. Does nothing once stopped. */
  async now(): Promise<void> {
    if (!this.#stopListening) return;
    clearTimeout(this.#timer);
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    const wait = await this.#attempt(running.signal);
    if (this.#running !== running) return;
    this.#running = null;
    if (wait === null) return this.stop();
    this.#timer = setTimeout(() => void this.#wake(), wait);
  }

  /** A round that is under way is as good as a new one. */
  async #wake(): Promise<void> {
    if (this.#visible && !this.#running) await this.now();
  }

  get #visible(): boolean {
    return this.#options.targets.document?.visibilityState !== 'hidden';
  }

  async #attempt(signal: AbortSignal): Promise<number | null> {
    try {
      const wait = await this.#round(signal);
      this.#failures = 0;
      return wait;
    } catch (error) {
      return this.#afterFailure(error);
    }
  }

  /** Half of the wait is random, so that many pages do not come back at the same moment. */
  #afterFailure(error: unknown): number {
    const { failureMs, longestMs, random } = this.#options;
    const bound = Math.min(longestMs, failureMs * 2 ** this.#failures++);
    const asked = error instanceof ApiError ? error.retryAfterMs ?? 0 : 0;
    return Math.max(asked, bound * (0.5 + random() / 2));
  }
}
