/**
 * Reference to a job that runs on the server. Two kinds of work have two shapes: jobs of the app
 * are sessions, analyses are operations with an address for their results.
 *
 * @module
 */
import type { AnalysisResults, AnalysisSubmitted } from '#contract/analysis.ts';
import type { JobAccepted, JobResult } from '#contract/jobs.ts';
import { API_BASE, paths } from '#contract/paths.ts';

/** Plain data, so that it can be stored. */
export interface JobHandle {
  readonly kind: 'session' | 'operation';
  readonly id: string;
  /** Path of its result, relative to the API. */
  readonly resultPath: string;
}

/** The server's answer to a start: 202 with a job to follow, or 200 with the result. */
export type Started =
  | Pick<JobAccepted, 'session_id'>
  | Pick<AnalysisSubmitted, 'operationId' | 'resultsEndpoint'>
  | Pick<JobResult | AnalysisResults, 'result'>;

export function sessionHandle(id: string): JobHandle {
  return { kind: 'session', id, resultPath: paths.jobResult(id) };
}

/** @throws {RangeError} the answer names no job that can be followed */
export function handleOf(started: Exclude<Started, { result: unknown }>): JobHandle {
  if ('session_id' in started) return sessionHandle(started.session_id);
  const { operationId: id, resultsEndpoint } = started;
  // Any origin and prefix before it are dropped: the client has its own base URL.
  const at = resultsEndpoint?.indexOf(`${API_BASE}/`) ?? -1;
  if (at < 0) throw new RangeError(`Cannot follow what was started: ${JSON.stringify(started)}`);
  return { kind: 'operation', id, resultPath: resultsEndpoint.slice(at + API_BASE.length) };
}

export function isHandle(value: unknown): value is JobHandle {
  const { kind, id, resultPath } = (value ?? {}) as Partial<Record<string, unknown>>;
  return (kind === 'session' || kind === 'operation') && typeof id === 'string' &&
    typeof resultPath === 'string' && /^\/(jobs|analyzers)\//.test(resultPath);
}
