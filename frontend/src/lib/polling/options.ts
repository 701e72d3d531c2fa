/**
 * Polling options, with their defaults.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from './error.ts';
import type { Sharing } from './shared/sharing.ts';
import type { StatusTransport } from './transport.ts';
import type { WakeTargets } from './wakeups.ts';

export interface PollingOptions {
  /** Milliseconds from one answer to the next request. @default 1000 */
  interval?: number;
  /**
   * `fixed` polls every `interval`. `adaptive` polls after a quarter of the time left, between one
   * second and ten, by the server's estimate and this tab's observations. It never polls more often
   * than every `interval`. A hidden page is always adaptive, up to `maxInterval`. @default 'fixed'
   */
  pacing?: 'fixed' | 'adaptive';
  /**
   * Milliseconds without an update of a running session, polled by this tab all the while, after
   * which it is stale. @default 60000
   */
  staleTimeout?: number;
  /** Failed polls in a row that are retried before tracking ends. @default 10 */
  maxErrorRetries?: number;
  /** Factor by which the longest possible wait grows with each failure in a row. @default 2 */
  errorBackoffMultiplier?: number;
  /** Upper bound in milliseconds of any wait that is not from the server. @default 30000 */
  maxInterval?: number;
  /**
   * Milliseconds after which a poll without an answer counts as failed; a long poll has its hold on
   * top. @default 30000
   */
  requestTimeout?: number;
  /**
   * Seconds for which the server may hold a response (`Prefer: wait`), at most 30. The wait before
   * the next request is then spent at the server, which answers at once when the step changes. 0:
   * no long polling; also the fallback where a server or proxy does not support it. @default 0
   */
  longPoll?: number;
  /** Includes the files of the session; read before every poll. @default false */
  files?: boolean | (() => boolean);
  /** Origin and prefix before `/api/v1`, without a final slash. @default '' (same origin) */
  baseUrl?: string;
  /** Sent as `Authorization: Bearer`; without it the page's cookie authenticates. */
  token?: string | (() => string | undefined);
  /** Sent with every poll. */
  headers?: Record<string, string>;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch;
  /** Requests a status; set it to poll by other means than one request a session. */
  transport?: StatusTransport;
  /**
   * Polls for all tabs of the browser in one stream of requests. Without Web Locks or
   * BroadcastChannel, each tab polls for its own sessions in one stream.
   * @default true, false with a custom `fetch` or `transport`
   */
  shared?: boolean;
  /**
   * Id of the signed-in user. Answers are shared and stored for one user only; without it the token
   * tells users apart, and nothing is stored for cookie users.
   */
  user?: string;
  /** Locks and channels between tabs. @default the browser's Web Locks and BroadcastChannel */
  sharing?: Sharing;
  /** Called for every visible change, before `onComplete` or `onError`. */
  onProgress?: (status: SessionStatusDocument) => void;
  /**
   * Called once for each standstill; polling then goes on. Without it a standstill ends tracking
   * with an error of code `stale`.
   */
  onStale?: (status: SessionStatusDocument) => void;
  /** Called when polls begin to fail and, with null, when they succeed again. */
  onTrouble?: (error: PollingError | null) => void;
  /** Ends tracking like `stop()`. */
  signal?: AbortSignal;
  /** Milliseconds since the epoch. @default Date.now */
  now?: () => number;
  /** In [0, 1). @default Math.random */
  random?: () => number;
  /** True while there is a network. @default navigator.onLine, true where unknown */
  isOnline?: () => boolean;
  /** Targets of `visibilitychange`, `pageshow` and `online`. @default the page's own */
  wakeTargets?: WakeTargets;
}

export const POLLING_DEFAULTS = {
  interval: 1_000,
  pacing: 'fixed',
  staleTimeout: 60_000,
  maxErrorRetries: 10,
  errorBackoffMultiplier: 2,
  maxInterval: 30_000,
  requestTimeout: 30_000,
  longPoll: 0,
} as const satisfies PollingOptions;

/** Presets to spread into the options, by environment. */
export const POLLING_PRESETS = Object.freeze({
  /** Polls once a second; shows errors after a few tries, and soon notices a server's return. */
  development: Object.freeze({
    ...POLLING_DEFAULTS,
    maxErrorRetries: 3,
    maxInterval: 5_000,
    requestTimeout: 10_000,
  }),
  /** As few requests as still notice the end in time; patient with outages. */
  production: Object.freeze({ ...POLLING_DEFAULTS, pacing: 'adaptive' }),
}) satisfies Record<string, Readonly<PollingOptions>>;

/** The options that scheduling needs, all set. */
export type Pace = Required<Pick<PollingOptions, keyof typeof POLLING_DEFAULTS>>;

const MAY_BE_ZERO = ['maxErrorRetries', 'longPoll'];

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} a number is out of its range
 */
export function resolvePace(options: PollingOptions): Pace {
  // Only these options: tabs exchange their pace as messages, which cannot carry functions.
  const pace = Object.entries(POLLING_DEFAULTS).map(([name, usual]) => {
    const value = options[name as keyof Pace] ?? usual;
    const least = MAY_BE_ZERO.includes(name) ? 0 : 1;
    if (name !== 'pacing' && !(Number(value) >= least)) {
      throw new RangeError(`Cannot poll: '${name}' must be at least ${least}: ${value}`);
    }
    return [name, value];
  });
  return Object.fromEntries(pace) as Pace;
}
