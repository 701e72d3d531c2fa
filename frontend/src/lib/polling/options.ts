/**
 * What can be set about polling, with its defaults.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from './error.ts';
import type { Sharing } from './shared/sharing.ts';
import type { StatusTransport } from './transport.ts';
import type { WakeTargets } from './wakeups.ts';

export interface PollingOptions {
  /** Milliseconds from one answer to the next question. @default 1000 */
  interval?: number;
  /**
   * `fixed` asks every `interval`. `adaptive` asks after a quarter of the time left, between one
   * second and ten, by the server's estimate and what this tab has seen; never more often than
   * every `interval`. A hidden page is always adaptive, up to `maxInterval`. @default 'fixed'
   */
  pacing?: 'fixed' | 'adaptive';
  /**
   * Milliseconds without an update of a session at work, polled by this tab all the while, after
   * which it is stale. @default 60000
   */
  staleTimeout?: number;
  /** Failed polls in a row that are tried again before tracking ends. @default 10 */
  maxErrorRetries?: number;
  /** By how much the longest possible wait grows with each failure in a row. @default 2 */
  errorBackoffMultiplier?: number;
  /** Upper bound in milliseconds of any wait that the server did not ask for. @default 30000 */
  maxInterval?: number;
  /**
   * Milliseconds after which a poll without an answer counts as failed; a held one has its hold on
   * top. @default 30000
   */
  requestTimeout?: number;
  /**
   * Seconds, 30 count at most, to have an answer held (`Prefer: wait`): the wait before the next question
   * is then spent at the server, which answers at once when the step changes. 0 never; where a
   * server or proxy does not go along, polling goes on as without. @default 0
   */
  longPoll?: number;
  /** Whether to ask for the files of the session too; read before every poll. @default false */
  files?: boolean | (() => boolean);
  /** Origin and prefix before `/api/v1`, without a final slash. @default '' (same origin) */
  baseUrl?: string;
  /** Sent as `Authorization: Bearer`; without it the cookie of the page counts. */
  token?: string | (() => string | undefined);
  /** Sent with every poll. */
  headers?: Record<string, string>;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch;
  /** How a status is asked for; set it to poll by other means than one request a session. */
  transport?: StatusTransport;
  /**
   * Whether all tabs of the browser ask together, in one stream of requests. Where Web Locks or
   * BroadcastChannel are missing, a tab asks for all its sessions together.
   * @default true, false with a `fetch` or `transport` of one's own
   */
  shared?: boolean;
  /**
   * Id of whoever is signed in. Answers are shared and remembered for one user only; without it
   * the token tells users apart, and nothing is remembered for those of a cookie.
   */
  user?: string;
  /** What tabs share through. @default the browser's Web Locks and BroadcastChannel */
  sharing?: Sharing;
  /** Called for every change that can be seen, before `onComplete` or `onError`. */
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
  /** Whether the network is there at all. @default navigator.onLine, true where unknown */
  isOnline?: () => boolean;
  /** Where `visibilitychange`, `pageshow` and `online` are heard. @default the page's own */
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

/** Options to spread into one's own, by where an app runs. */
export const POLLING_PRESETS = Object.freeze({
  /** Once a second; errors show after a few tries, and a server that comes back is met soon. */
  development: Object.freeze({
    ...POLLING_DEFAULTS,
    maxErrorRetries: 3,
    maxInterval: 5_000,
    requestTimeout: 10_000,
  }),
  /** As few requests as the end can be noticed with in time; patient with outages. */
  production: Object.freeze({ ...POLLING_DEFAULTS, pacing: 'adaptive' }),
}) satisfies Record<string, Readonly<PollingOptions>>;

/** The options that scheduling needs, all of them known. */
export type Pace = Required<Pick<PollingOptions, keyof typeof POLLING_DEFAULTS>>;

const MAY_BE_ZERO = ['maxErrorRetries', 'longPoll'];

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} a number is out of its range
 */
export function resolvePace(options: PollingOptions): Pace {
  // Nothing else: tabs tell each other their pace, and functions cannot be told.
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
