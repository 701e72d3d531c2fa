/**
 * One session's progress as a store with the `subscribe` contract, for code without Svelte's runes
 * or without Svelte.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { PollingError } from './error.ts';
import type { PollingOptions } from './options.ts';
import { ProgressPoller } from './poller.ts';

export interface ProgressState {
  /** The newest known status, or null before the first answer. */
  readonly document: SessionStatusDocument | null;
  /** Reason of an unsuccessful end of tracking, or null. */
  readonly error: PollingError | null;
  /** Set while polls fail and are retried. */
  readonly trouble: PollingError | null;
  /** True after more time without an update than allowed. */
  readonly stale: boolean;
  readonly ended: boolean;
}

export interface ProgressStore {
  /**
   * Calls `run` at once and with every change, until the returned function is called. Polls while
   * there is a subscriber, until the session ends.
   */
  subscribe(run: (state: ProgressState) => void): () => void;
}

const NOTHING: ProgressState = {
  document: null,
  error: null,
  trouble: null,
  stale: false,
  ended: false,
};

/** @throws {RangeError} an option is out of its range */
export function createProgressStore(
  sessionId: string,
  options: Omit<PollingOptions, 'onProgress' | 'onStale' | 'onTrouble'> = {},
): ProgressStore {
  let state = NOTHING;
  const runs = new Set<{ run: (state: ProgressState) => void }>();
  const change = (given: Partial<ProgressState>) => {
    state = { ...state, ...given };
    for (const { run } of [...runs]) run(state);
  };
  const poller = new ProgressPoller(
    sessionId,
    (document) => change({ document, ended: true }),
    (error) => change({ error, document: error.document ?? state.document, ended: true }),
    {
      ...options,
      onProgress: (document) => change({ document, stale: false }),
      onStale: () => change({ stale: true }),
      onTrouble: (trouble) => change({ trouble }),
    },
  );
  return {
    subscribe(run) {
      // The same function may subscribe twice.
      const entry = { run };
      runs.add(entry);
      run(state);
      if (!state.ended) poller.start();
      return () => {
        runs.delete(entry);
        if (runs.size === 0) poller.stop();
      };
    },
  };
}
