/**
 * Client of an external service: a timeout per attempt, retries with full jitter, and a circuit
 * breaker.
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
  /** Timeout of one attempt, milliseconds. @default 30_000 */
  readonly attemptMs?: number;
  /** Maximum retries of one call. @default 3 */
  readonly retries?: number;
  /**
   * Maximum delay before the first retry, milliseconds; doubles with each further one.
   * @default 500
   */
  readonly backoffMs?: number;
  /**
   * Maximum delay between attempts, milliseconds; a service that requests more fails the call.
   * @default 20_000
   */
  readonly maxBackoffMs?: number;
  /** Consecutive failures that open the circuit. @default 5 */
  readonly failures?: number;
  /**
   * First duration of an open circuit, milliseconds; doubles while the service stays down.
   * @default 5_000
   */
  readonly breakMs?: number;
  /** @default 60_000 */
  readonly maxBreakMs?: number;
  /** Called when the service goes down, stays down, or is back. */
  readonly onChange?: (status: RemoteStatus) => void;
  /** Random number from 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

export interface CallOptions {
  /** Aborts the call at once, with its reason. */
  readonly signal?: AbortSignal;
  /** @default that of the service */
  readonly retries?: number;
  /** Timeout of one attempt, milliseconds. @default that of the service */
  readonly attemptMs?: number;
}

export interface RemoteService {
  readonly name: string;
  /**
   * Calls the service. `work` runs once per attempt and should throw {@link RemoteError}; any other
   * error is rethrown at once.
   *
   * Throws {@link RemoteError}, with `retryAfterSeconds` while the circuit is open, or the signal's
   * reason.
   */
  call<T>(work: (signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>;
  /** Status as seen by this process. */
  readonly status: RemoteStatus;
  /** Seconds until the service may be called again, by a monotonic clock; 0 if it may be now. */
  readonly restSeconds: number;
}

const never = new AbortController().signal;

/** Creates a client; sends nothing before {@link RemoteService.call}. */
export function createRemoteService(options: RemoteServiceOptions): RemoteService {
  return new Service(options);
}

class Service implements RemoteService {
  readonly name: string;
  readonly #breaker: CircuitBreakerPolicy;
  /** Milliseconds since 1970: for display only, never for timing. */
  #since = Date.now();
  /** By `performance.now()`, which clock corrections do not affect. */
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

  /** Full jitter; never shorter than the delay that the service requests. */
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
   * Opens the circuit after the `times`-th outage in a row. The library would time it by the wall
   * clock, so its own duration is set to have elapsed from the start.
   */
  #rest(times: number): number {
    const { breakMs = 5_000, maxBreakMs = 60_000 } = this.options;
    const ms = Math.min(maxBreakMs, breakMs * 2 ** (times - 1));
    if (times === 1) this.#since = Date.now();
    this.#retryAt = performance.now() + ms;
    return -Infinity;
  }
}

/** True for an outage. A service that responds, even with a refusal, is not down. */
function isOutage(error: unknown): boolean {
  return error instanceof RemoteError && error.failure === 'outage';
}

function reasonOf(failure: CircuitBreakerPolicy['lastFailure']): MessageDetails | null {
  const error = failure && 'error' in failure ? failure.error : null;
  if (error instanceof RemoteError) return error.reason;
  return error instanceof Error ? text(error.message) : null;
}

/** Rejects on abort at once: the library checks the signal only after its delay. */
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
