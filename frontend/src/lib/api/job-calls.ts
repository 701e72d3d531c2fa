/**
 * Jobs of the app, and analyses by a slow service: started here, done on the server.
 *
 * @module
 */
import type { AnalysisSubmitted, Analyze } from '#contract/analysis.ts';
import type { JobAccepted, JobKinds, JobList, JobResult, StartJob } from '#contract/jobs.ts';
import { paths } from '#contract/paths.ts';
import type { Request } from './request.ts';

/** Filters; an omitted one matches everything. */
export interface JobListQuery {
  kind?: string | undefined;
  knowledge_id?: string | undefined;
  /** Keys that the input must have, with these values. */
  input?: Readonly<Record<string, unknown>> | undefined;
  /** `true`: only jobs that have not ended; `false`: only those that have. */
  live?: 'true' | 'false' | undefined;
  /** Excludes jobs of other users. */
  mine?: 'true' | undefined;
  limit?: number;
  /** The `next_cursor` of the previous page. */
  cursor?: string | undefined;
}

// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function jobCalls(request: Request) {
  const again = (operationId: string) => ({ 'operation-id': operationId });
  return {
    jobKinds: () => request<JobKinds>('GET', paths.jobKinds),
    /** Newest first. The result of a successful job is kept as long as the job is listed. */
    jobs: ({ input, ...query }: JobListQuery = {}, signal?: AbortSignal) =>
      request<JobList>('GET', paths.jobs, {
        query: { ...query, input: input && JSON.stringify(input) },
        signal,
      }),
    /** Idempotent: the same `operationId` returns the same job. */
    startJob: (kind: string, body: Partial<StartJob>, operationId: string) =>
      request<JobAccepted>('POST', paths.startJob(kind), { body, headers: again(operationId) }),
    /** Result of a job that succeeded; `createAsyncJob` waits for one that still runs. */
    jobResult: (sessionId: string, signal?: AbortSignal) =>
      request<JobResult>('GET', paths.jobResult(sessionId), { signal }),
    /** Idempotent: the same `operationId` returns the same analysis. */
    analyze: (analyzer: string, body: Analyze, operationId: string) =>
      request<AnalysisSubmitted>('POST', paths.analyze(analyzer), {
        body,
        headers: again(operationId),
      }),
  };
}
