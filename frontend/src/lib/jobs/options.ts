/**
 * Options for following a job, with their defaults.
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

/** A job that succeeded. */
export interface FinishedJob {
  /** Id of its session or operation. */
  readonly id: string;
  /** Epoch milliseconds, by the server's clock where it is known. */
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

/** Options of the requests: see `PollingOptions`, which has the defaults. */
type Asking = Pick<PollingOptions, (typeof ASKING)[number]>;

export interface AsyncJobOptions<Result = unknown> extends Asking {
  /**
   * Starts the job and returns the server's answer. Send `operationId` along as `Operation-Id`:
   * after a lost answer the retry has the same id and starts nothing twice.
   */
  start: (operationId: string) => Promise<Started>;
  /** Sends the requests, authenticated as the signed-in user. @default createHeadwayClient() */
  client?: HeadwayClient;
  /**
   * Filter of the server's list. The newest matching live job of this user is followed, on any
   * device. Without it, only this device finds its job again.
   */
  list?: Pick<JobListQuery, 'kind' | 'knowledge_id' | 'input'>;
  /**
   * Name of this job in the device's storage: the job is found again after a reload, and its end is
   * reported once over all tabs. Only ids are stored, for one user. Without it nothing outlives the
   * page.
   */
  storageKey?: string;
  /** Milliseconds from one answer to the next request. @default 5000 */
  pollInterval?: number;
  /**
   * Milliseconds of following after which it ends with `still_running`. The job itself goes on;
   * `follow()`, a reload or showing the page again resumes following. @default 1800000
   */
  maxPollTime?: number;
  /**
   * Milliseconds between requests for the server's list while there is no job to follow and the
   * page is visible. @default 30000
   */
  lookInterval?: number;
  /** Parses a result; an error thrown here fails the job. @default the result unchanged */
  parse?: (result: unknown) => Result;
  /**
   * Called when a job succeeds: once for each job on a device, in one of its tabs, also after a
   * reload.
   */
  onComplete?: (result: Result, job: FinishedJob) => void;
  /**
   * Called on any other end. An end of the job itself (`session_failed`, `cancelled`, `job_failed`,
   * `analysis_failed`, …) is reported as `onComplete` is. An end of following it (`still_running`,
   * `unauthenticated`, `forbidden`, `not_found`, …) is reported each time, in each page.
   */
  onError?: (error: PollingError) => void;
  /** Called for every visible change. */
  onProgress?: (status: SessionStatusDocument) => void;
  /** @default localStorage */
  storage?: TextStorage | null;
  /** Prevents two tabs from reporting the same end. @default navigator.locks */
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

/**
 * The pollers' part of the options. Temporary failures never end a poller: only its time limit
 * does.
 */
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
