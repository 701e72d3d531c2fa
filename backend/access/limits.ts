/**
 * Limits of one user.
 *
 * @module
 */

/** Null is no limit. The defaults of the one local user are mostly null. */
export interface Limits {
  /** Bytes of all files of one person. @default 100 GiB */
  maxUserBytes?: number | null;
  /** Uploads of one person at once, in this process. @default 16 */
  concurrentUploads?: number | null;
  /** Requests of one person in a minute, polls apart. @default 6000 */
  requestsPerMinute?: number | null;
  /** Status requests of one person in a minute. @default 30_000 */
  pollsPerMinute?: number | null;
  /** Store of the request counts; `postgres` counts for several processes. @default 'memory' */
  countIn?: 'memory' | 'postgres';
  /** Files of one session. @default 10_000 */
  maxSessionFiles?: number;
}

const SERVED: Required<Limits> = {
  maxUserBytes: 100 * 1024 ** 3,
  concurrentUploads: 16,
  requestsPerMinute: 6_000,
  pollsPerMinute: 30_000,
  countIn: 'memory',
  maxSessionFiles: 10_000,
};
const LOCAL: Required<Limits> = {
  ...SERVED,
  maxUserBytes: null,
  concurrentUploads: null,
  requestsPerMinute: null,
  pollsPerMinute: null,
};

/** Effective limits, with defaults for missing ones. */
export function limitsFor(signedIn: boolean, given: Limits = {}): Required<Limits> {
  const chosen = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...(signedIn ? SERVED : LOCAL), ...Object.fromEntries(chosen) };
}
