/**
 * Follows one job to its result: first its session's status, on the stream that the browser's tabs
 * share, then the address of its result. An operation has only the latter.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { PollingError } from '../polling/error.ts';
import type { PollingOptions } from '../polling/options.ts';
import { ProgressPoller } from '../polling/poller.ts';
import type { JobHandle } from './handle.ts';
import { type Finished, resultTransport } from './result-source.ts';

export interface FollowerHost {
  changed(status: SessionStatusDocument): void;
  troubled(trouble: PollingError | null): void;
  standsStill(): void;
  /** Called once, unless `ended` is called. */
  finished(finished: Finished): void;
  ended(error: PollingError): void;
}

export interface FollowerOptions {
  readonly polling: PollingOptions;
  /** Milliseconds after which following ends. */
  readonly maxPollTime: number;
}

/** A timer this late, milliseconds, means that the page was suspended and sent no requests. */
const SLEPT_MS = 120_000;
/** Maximum delay of a timer, milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

export class JobFollower {
  readonly #handle: JobHandle;
  readonly #options: FollowerOptions;
  readonly #host: FollowerHost;
  #poller: ProgressPoller | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: SessionStatusDocument | undefined;
  #result: Finished | null = null;

  constructor(handle: JobHandle, options: FollowerOptions, host: FollowerHost) {
    this.#handle = handle;
    this.#options = options;
    this.#host = host;
  }

  start(): void {
    this.#giveUpAfter(this.#options.maxPollTime);
    if (this.#handle.kind === 'operation') return this.#askForResult(true);
    this.#poll(() => this.#askForResult(false), {}, true);
  }

  askNow(): void {
    this.#poller?.askNow();
  }

  /** Leaves no timer, request or listener, and makes no further callbacks. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#poller?.stop();
    this.#poller = null;
  }

  #askForResult(tells: boolean): void {
    const transport = resultTransport(
      this.#handle,
      this.#options.polling,
      (finished) => this.#result = finished,
    );
    const finish = () => {
      const result = this.#result;
      this.stop();
      if (result) this.#host.finished(result);
    };
    this.#poll(finish, { transport }, tells);
  }

  #poll(onComplete: () => void, more: PollingOptions, tells: boolean): void {
    this.#poller = new ProgressPoller(this.#handle.id, onComplete, (error) => this.#end(error), {
      ...this.#options.polling,
      ...more,
      onProgress: (status) => {
        if (!tells) return;
        this.#last = status;
        this.#host.changed(status);
      },
      onStale: () => this.#host.standsStill(),
      onTrouble: (trouble) => this.#host.troubled(trouble),
    });
    this.#poller.start();
  }

  #end(error: PollingError): void {
    this.stop();
    this.#host.ended(error);
  }

  #giveUpAfter(ms: number): void {
    const { now = Date.now, interval = 0 } = this.#options.polling;
    const waitMs = Math.min(LONGEST_MS, ms);
    const due = now() + waitMs;
    this.#timer = setTimeout(() => {
      // A page that was suspended gets one more poll before it gives up.
      if (now() - due > SLEPT_MS) this.#giveUpAfter(2 * interval);
      else this.#end(stillRunning(this.#last));
    }, waitMs);
  }
}

function stillRunning(document: SessionStatusDocument | undefined): PollingError {
  const detail = 'This page has stopped asking; the work goes on';
  return new PollingError(detail, { code: 'still_running', document });
}
