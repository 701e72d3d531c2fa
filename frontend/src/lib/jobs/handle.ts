/**
 * What stands for a job while it is done elsewhere. Two kinds of work answer in two shapes: jobs of
 * the app's own are sessions, analyses are operations with an address for their results.
 *
 * @module
 */
import type { AnalysisResults, AnalysisSubmitted } from '#contract/analysis.ts';
import type { JobAccepted, JobResult } from '#contract/jobs.ts';
import { API_BASE, paths } from '#contract/paths.ts';

/** Plain data: it is kept in storage. */
export interface JobHandle {
  readonly kind: 'session' | 'operation';
  readonly id: string;
  /** Where its result is, below the API. */
  readonly resultPath: string;
}

/** What the server may answer to a start: 202 with what to follow, or 200 with the result. */
export type Started =
  | Pick<JobAccepted, 'session_id'>
  | Pick<AnalysisSubmitted, 'operationId' | 'resultsEndpoint'>
  | Pick<JobResult | AnalysisResults, 'result'>;

export function sessionHandle(id: string): JobHandle {
  return { kind: 'session', id, resultPath: paths.jobResult(id) };
}

/** @throws {RangeError} the answer names nothing that could be followed */
export function handleOf(started: Exclude<Started, { result: unknown }>): JobHandle {
  if ('session_id' in started) return sessionHandle(started.session_id);
  const { operationId: id, resultsEndpoint } = started;
  // Whatever stands before it: the client knows where its API is.
  const at = resultsEndpoint?.indexOf(`${API_BASE}/`) ?? -1;
  if (at < 0) throw new RangeError(`Cannot follow what was started: ${JSON.stringify(started)}`);
  return { kind: 'operation', id, resultPath: resultsEndpoint.slice(at + API_BASE.length) };
}

export function isHandle(value: unknown): value is JobHandle {
  const { kind, id, resultPath } = (value ?? {}) as Partial<Record<string, unknown>>;
  return (kind === 'session' || kind === 'operation') && typeof id === 'string' &&
    typeof resultPath === 'string' && /^\/(jobs|analyzers)\//.test(resultPath);
}
