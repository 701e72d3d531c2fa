/**
 * What can be set about following a job, with its defaults.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { HeadwayClient } from '../api/client.ts';
import type { JobListQuery } from '../api/job-calls.ts';
import type { PollingError } from '../polling/error.ts';
import type { PollingOptions } from '../polling/options.ts';
import type { Locks } from '../polling/shared/sharing.ts';
import type { TextStorage } from '../state/stored.ts';
import type { Started } from './handle.ts';

/** A job that ended well. */
export interface FinishedJob {
  /** Of its session, or of its operation. */
  readonly id: string;
  /** Epoch milliseconds, by the server's clock where it says. */
  readonly finishedAt: number;
}

const ASKING = [
  'pacing',
  'longPoll',
  'requestTimeout',
  'errorBackoffMultiplier',
  'maxInterval',
  'shared',
  'sharing',
  'now',
  'random',
  'isOnline',
  'wakeTargets',
] as const satisfies (keyof PollingOptions)[];

/** How the server is asked: see `PollingOptions`, whose defaults they have. */
type Asking = Pick<PollingOptions, (typeof ASKING)[number]>;

export interface AsyncJobOptions<Result = unknown> extends Asking {
  /**
   * Starts the job and gives what the server answered. Send `operationId` along as `Operation-Id`:
   * when an answer is lost, the next try has the same id and starts nothing twice.
   */
  start: (operationId: string) => Promise<Started>;
  /** Asks the server in the name of whoever is signed in. @default createHeadwayClient() */
  client?: HeadwayClient;
  /**
   * Which jobs on the server's list are this one: its newest live one of this user is followed,
   * wherever it was started. Without it, only this device finds its job again.
   */
  list?: Pick<JobListQuery, 'kind' | 'knowledge_id' | 'input'>;
  /**
   * Name of this job in the device's storage, to be found again after a reload and to be told of
   * once in all tabs. Only ids are kept, for one user. Without it nothing outlives the page.
   */
  storageKey?: string;
  /** Milliseconds from one answer to the next question. @default 5000 */
  pollInterval?: number;
  /**
   * Milliseconds of following after which it ends with `still_running`; the job itself goes on, and
   * is followed anew by `follow()`, a reload, or when the page is shown again. @default 1800000
   */
  maxPollTime?: number;
  /**
   * Milliseconds between looks at the server's list while there is nothing to follow and the page
   * is visible. @default 30000
   */
  lookInterval?: number;
  /** Reads a result; what it throws is the job's failure. @default as it came */
  parse?: (result: unknown) => Result;
  /** A job ended well: once for each on a device, in one of its tabs, also after a reload. */
  onComplete?: (result: Result, job: FinishedJob) => void;
  /**
   * It ended in any other way. The end of the job itself (`session_failed`, `cancelled`,
   * `job_failed`, `analysis_failed`, …) is told as `onComplete` is; the end of following it
   * (`still_running`, `unauthenticated`, `forbidden`, `not_found`, …) each time, in each page.
   */
  onError?: (error: PollingError) => void;
  /** Called for every change that can be seen. */
  onProgress?: (status: SessionStatusDocument) => void;
  /** @default localStorage */
  storage?: TextStorage | null;
  /** What keeps two tabs from telling of the same end. @default navigator.locks */
  locks?: Pick<Locks, 'request'>;
}

export const ASYNC_JOB_DEFAULTS = {
  pollInterval: 5_000,
  maxPollTime: 1_800_000,
  lookInterval: 30_000,
} as const satisfies Partial<AsyncJobOptions>;

export type JobPace = Record<keyof typeof ASYNC_JOB_DEFAULTS, number>;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} a number is out of its range
 */
export function resolveJobPace(options: Partial<JobPace>): JobPace {
  const pace = Object.entries(ASYNC_JOB_DEFAULTS).map(([name, usual]) => {
    const value = options[name as keyof JobPace] ?? usual;
    if (!(value >= 1)) {
      throw new RangeError(`Cannot follow: '${name}' must be at least 1: ${value}`);
    }
    return [name, value];
  });
  return Object.fromEntries(pace) as JobPace;
}

/** The part that pollers take. A failure that may pass never ends it: only its time does. */
export function pollingOptionsOf(
  asking: Asking,
  { options }: Pick<HeadwayClient, 'options'>,
  { pollInterval }: JobPace,
): PollingOptions {
  const given = ASKING.map((name) => [name, asking[name]] as const)
    .filter(([, value]) => value !== undefined);
  return {
    ...options,
    ...Object.fromEntries(given),
    interval: pollInterval,
    maxErrorRetries: Infinity,
  };
}
