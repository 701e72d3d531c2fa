/**
 * Jobs of the app's own, and analyses by a slow service: what is started here and done elsewhere.
 *
 * @module
 */
import type { AnalysisSubmitted, Analyze } from '#contract/analysis.ts';
import type { JobAccepted, JobKinds, JobList, JobResult, StartJob } from '#contract/jobs.ts';
import { paths } from '#contract/paths.ts';
import type { Request } from './request.ts';

/** What is left out does not matter. */
export interface JobListQuery {
  kind?: string | undefined;
  knowledge_id?: string | undefined;
  /** Keys that the input must have with these values. */
  input?: Readonly<Record<string, unknown>> | undefined;
  /** Only those that have not ended, or only those that have. */
  live?: 'true' | 'false' | undefined;
  /** Leaves out those of others. */
  mine?: 'true' | undefined;
  limit?: number;
  /** The `next_cursor` of the page before. */
  cursor?: string | undefined;
}

// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function jobCalls(request: Request) {
  const again = (operationId: string) => ({ 'operation-id': operationId });
  return {
    jobKinds: () => request<JobKinds>('GET', paths.jobKinds),
    /** Newest first; the results of those that ended well are kept as long as they are listed. */
    jobs: ({ input, ...query }: JobListQuery = {}, signal?: AbortSignal) =>
      request<JobList>('GET', paths.jobs, {
        query: { ...query, input: input && JSON.stringify(input) },
        signal,
      }),
    /** The same `operationId` again is the same job. */
    startJob: (kind: string, body: Partial<StartJob>, operationId: string) =>
      request<JobAccepted>('POST', paths.startJob(kind), { body, headers: again(operationId) }),
    /** Of a job that ended well; for one that goes on there is `createAsyncJob`. */
    jobResult: (sessionId: string, signal?: AbortSignal) =>
      request<JobResult>('GET', paths.jobResult(sessionId), { signal }),
    /** The same `operationId` again is the same analysis. */
    analyze: (analyzer: string, body: Analyze, operationId: string) =>
      request<AnalysisSubmitted>('POST', paths.analyze(analyzer), {
        body,
        headers: again(operationId),
      }),
  };
}
