/**
 * One session's progress as reactive state.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from '../polling/error.ts';
import type { PollingOptions } from '../polling/options.ts';
import { ProgressPoller } from '../polling/poller.ts';

export interface ProgressOptions
  extends Omit<PollingOptions, 'onProgress' | 'onStale' | 'onTrouble'> {
  /** Known status, for example a row of the session list. */
  initial?: SessionStatusDocument;
  /** True if `initial` was restored from storage and does not come from the server. */
  recalled?: boolean;
  /** Called for every change that the server reports. */
  onChange?: (status: SessionStatusDocument) => void;
  /** Called once when the session ends, in whatever way. */
  onEnd?: (progress: Progress) => void;
}

/** Follows a session from `start()` to its end or `stop()`. */
export class Progress {
  readonly sessionId: string;
  readonly #poller: ProgressPoller;
  #document = $state.raw<SessionStatusDocument | null>(null);
  #error = $state.raw<PollingError | null>(null);
  #trouble = $state.raw<PollingError | null>(null);
  #stale = $state(false);
  #recalled = $state(false);

  constructor(
    sessionId: string,
    { initial, recalled = false, onChange, onEnd, ...options }: ProgressOptions = {},
  ) {
    this.sessionId = sessionId;
    this.#document = initial ?? null;
    this.#recalled = recalled;
    const end = (document: SessionStatusDocument | undefined, error: PollingError | null) => {
      this.#document = document ?? this.#document;
      this.#error = error;
      this.#recalled = false;
      onEnd?.(this);
    };
    this.#poller = new ProgressPoller(
      sessionId,
      (document) => end(document, null),
      (error) => end(error.document, error),
      {
        ...options,
        onProgress: (document) => {
          this.#document = document;
          this.#stale = false;
          this.#recalled = false;
          onChange?.(document);
        },
        onStale: () => this.#stale = true,
        onTrouble: (trouble) => this.#trouble = trouble,
      },
    );
  }

  /** The newest known status, or null before the first answer. */
  get current(): SessionStatusDocument | null {
    return this.#document;
  }

  /** True if `current` was restored from storage and the server has not answered yet. */
  get recalled(): boolean {
    return this.#recalled;
  }

  /** Reason of an unsuccessful end, or null. */
  get error(): PollingError | null {
    return this.#error;
  }

  /** Set while polls fail and are retried. */
  get trouble(): PollingError | null {
    return this.#trouble;
  }

  /** True after more time without an update than allowed. */
  get stale(): boolean {
    return this.#stale;
  }

  /** True while polling. */
  get following(): boolean {
    return this.#poller.running;
  }

  /** Follows, or polls at once if it follows already. */
  start(): this {
    if (this.#poller.running) this.#poller.askNow();
    else {
      this.#error = null;
      this.#trouble = null;
      this.#stale = false;
      this.#poller.start();
    }
    return this;
  }

  stop(): void {
    this.#poller.stop();
  }
}

/** Follows a session as reactive state: read `current`, and call `stop()` when done. */
export function createProgress(sessionId: string, options: ProgressOptions = {}): Progress {
  return new Progress(sessionId, options).start();
}
