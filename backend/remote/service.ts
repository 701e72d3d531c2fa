/**
 * A service that somebody else runs, called with care: a timeout for each attempt, attempts again
 * with full jitter, and a circuit breaker that leaves it alone while it is down.
 *
 * @module
 */
import { formatMessage, message, text } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { RemoteStatus } from '#contract/remote.ts';
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
} from 'cockatiel';
import { RemoteError } from './remote-error.ts';

export interface RemoteServiceOptions {
  /** Stable name: `analysis`. */
  readonly name: string;
  /** An attempt may take this long, milliseconds. @default 30_000 */
  readonly attemptMs?: number;
  /** Further attempts of one call. @default 3 */
  readonly retries?: number;
  /** Before the second attempt, at most; doubles with each, milliseconds. @default 500 */
  readonly backoffMs?: number;
  /** No wait between attempts is longer; a service that asks for more fails the call. @default 20_000 */
  readonly maxBackoffMs?: number;
  /** Failures in a row after which it is left alone. @default 5 */
  readonly failures?: number;
  /** It is left alone for this long at first; doubles while it stays down. @default 5_000 */
  readonly breakMs?: number;
  /** @default 60_000 */
  readonly maxBreakMs?: number;
  /** Hears when it goes down, stays down, or is back. */
  readonly onChange?: (status: RemoteStatus) => void;
  /** 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

export interface CallOptions {
  /** Ends the call at once, with its reason. */
  readonly signal?: AbortSignal;
  /** @default that of the service */
  readonly retries?: number;
  /** An attempt may take this long, milliseconds. @default that of the service */
  readonly attemptMs?: number;
}

export interface RemoteService {
  readonly name: string;
  /**
   * Does one thing at the service. `work` is called once an attempt and should throw
   * {@link RemoteError}; anything else it throws is handed on at once.
   *
   * Throws {@link RemoteError}, with `retryAfterSeconds` while the service is left alone, or the
   * signal's reason.
   */
  call<T>(work: (signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>;
  /** As this process knows it. */
  readonly status: RemoteStatus;
  /** Seconds until the service may be asked again, by a clock that is never set; 0 while it may. */
  readonly restSeconds: number;
}

const never = new AbortController().signal;

/** Makes a service; nothing is called before {@link RemoteService.call}. */
export function createRemoteService(options: RemoteServiceOptions): RemoteService {
  return new Service(options);
}

class Service implements RemoteService {
  readonly name: string;
  readonly #breaker: CircuitBreakerPolicy;
  /** Milliseconds since 1970: shown, never waited for. */
  #since = Date.now();
  /** By `performance.now()`, which a corrected clock does not move. */
  #retryAt = -Infinity;

  constructor(private readonly options: RemoteServiceOptions) {
    this.name = options.name;
    this.#breaker = circuitBreaker(handleWhen(isOutage), {
      breaker: new ConsecutiveBreaker(options.failures ?? 5),
      halfOpenAfter: new DelegateBackoff(({ attempt }: { attempt: number }) => this.#rest(attempt)),
    });
    this.#breaker.onReset(() => this.#since = Date.now());
    this.#breaker.onStateChange((state) => {
      if (state !== CircuitState.HalfOpen) options.onChange?.(this.status);
    });
  }

  get status(): RemoteStatus {
    const down = this.#breaker.state !== CircuitState.Closed;
    const reason = down ? reasonOf(this.#breaker.lastFailure) : null;
    return {
      service: this.name,
      status: down ? 'down' : 'up',
      since: this.#since / 1000,
      retry_at: down ? Math.round(Date.now() + this.#retryAt - performance.now()) / 1000 : null,
      error: reason && formatMessage(reason),
      error_details: reason,
    };
  }

  get restSeconds(): number {
    if (this.#breaker.state !== CircuitState.Open) return 0;
    return Math.max(0, (this.#retryAt - performance.now()) / 1000);
  }

  async call<T>(
    work: (signal: AbortSignal) => Promise<T>,
    { signal = never, retries, attemptMs }: CallOptions = {},
  ): Promise<T> {
    signal.throwIfAborted();
    const policy = retry(handleWhen((error) => this.#mayTryAgain(error)), {
      maxAttempts: retries ?? this.options.retries ?? 3,
      backoff: new DelegateBackoff(({ attempt, result }) => this.#pauseMs(attempt, result)),
    }).dangerouslyUnref();
    const attempt = () => {
      signal.throwIfAborted();
      if (this.restSeconds > 0) throw new BrokenCircuitError();
      return this.#breaker.execute(() => this.#attempt(work, signal, attemptMs));
    };
    try {
      return await unlessAborted(policy.execute(attempt, signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof BrokenCircuitError ? this.#down(error) : error;
    }
  }

  async #attempt<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    attemptMs = this.options.attemptMs ?? 30_000,
  ): Promise<T> {
    try {
      const limit = timeout(attemptMs, TimeoutStrategy.Aggressive);
      return await limit.execute((context) => work(context.signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TaskCancelledError)) throw error;
      const seconds = +(attemptMs / 1000).toFixed(1);
      const reason = message('service_timeout', { service: this.name, seconds });
      throw new RemoteError('outage', reason, { cause: error });
    }
  }

  #mayTryAgain(error: unknown): boolean {
    if (!(error instanceof RemoteError) || !error.passing) return false;
    const { maxBackoffMs = 20_000 } = this.options;
    return (error.retryAfterSeconds ?? 0) * 1000 <= maxBackoffMs;
  }

  /** Full jitter; never earlier than the service asks for. */
  #pauseMs(attempt: number, result: { error: unknown } | { value: unknown }): number {
    const { backoffMs = 500, maxBackoffMs = 20_000, random = Math.random } = this.options;
    const error = 'error' in result ? result.error : null;
    const asked = error instanceof RemoteError ? error.retryAfterSeconds : null;
    const jitterMs = random() * Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1));
    return asked === null ? jitterMs : asked * 1000 + jitterMs / 4;
  }

  #down(cause: Error): RemoteError {
    const retryAfterSeconds = Math.max(1, this.restSeconds);
    const options = { retryAfterSeconds, cause, sent: false };
    return new RemoteError('outage', message('service_silent', { service: this.name }), options);
  }

  /**
   * Begins the time for which the service is left alone, as it went down for the `times`-th time in
   * a row. The library would measure it by the wall clock: its own duration is over from the start.
   */
  #rest(times: number): number {
    const { breakMs = 5_000, maxBreakMs = 60_000 } = this.options;
    const ms = Math.min(maxBreakMs, breakMs * 2 ** (times - 1));
    if (times === 1) this.#since = Date.now();
    this.#retryAt = performance.now() + ms;
    return -Infinity;
  }
}

/** A service that answers, if only to refuse, is not down. */
function isOutage(error: unknown): boolean {
  return error instanceof RemoteError && error.failure === 'outage';
}

function reasonOf(failure: CircuitBreakerPolicy['lastFailure']): MessageDetails | null {
  const error = failure && 'error' in failure ? failure.error : null;
  if (error instanceof RemoteError) return error.reason;
  return error instanceof Error ? text(error.message) : null;
}

/** The library finishes its waiting before it looks at the signal. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
