/**
 * Polls the address of a result as if it were a status, so that one poller with its waits, backoff
 * and wake-ups serves both.
 *
 * @module
 */
import type { AnalysisProcessing, AnalysisResults } from '#contract/analysis.ts';
import type { JobPending, JobResult } from '#contract/jobs.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { ask, type StatusTransport, type TransportOptions } from '../polling/transport.ts';
import type { JobHandle } from './handle.ts';

type Pending = AnalysisProcessing | JobPending;
export type Finished = AnalysisResults | JobResult;

/** The service failed for good: a 500 that a retry does not cure. */
const FINAL = ['analysis_failed', 'job_failed'];

/** Requests the result once. Calls `take` with it before the answer that reports the end. */
export function resultTransport(
  handle: JobHandle,
  options: TransportOptions,
  take: (finished: Finished) => void,
): StatusTransport {
  const { now = Date.now } = options;
  let seconds = 0;
  return async ({ signal }) => {
    const answer = await ask<Pending | Finished>(options, handle.resultPath, { signal });
    if (answer.kind === 'failed' && FINAL.includes(answer.error.code)) {
      return { kind: 'refused', error: answer.error };
    }
    if (answer.kind !== 'document') return answer;
    // A clock that was set back must not make an answer look old.
    seconds = Math.max(seconds, now() / 1_000);
    if (!('result' in answer.document)) {
      return { ...answer, document: atWork(handle, answer.document, seconds) };
    }
    take(answer.document);
    const document = {
      ...nothingKnown(handle, seconds),
      status: 'completed',
      progress: 100,
    } as const;
    return { ...answer, document };
  };
}

function atWork(handle: JobHandle, pending: Pending, seconds: number): SessionStatusDocument {
  const startedAt = seconds - (pending.elapsed_seconds ?? 0);
  return {
    ...nothingKnown(handle, seconds),
    message: pending.message ?? '',
    message_details: pending.message_details,
    progress: 'progress' in pending ? pending.progress : 0,
    created_at: startedAt,
    started_at: startedAt,
  };
}

function nothingKnown({ id }: JobHandle, seconds: number): SessionStatusDocument {
  return {
    session_id: id,
    status: 'processing',
    total_files: 1,
    processed_files: 0,
    current_file: null,
    progress: 0,
    message: '',
    last_updated: Math.floor(seconds),
    error: null,
    kind: 'job',
    title: null,
    knowledge_id: null,
    phase: 'run',
    eta_seconds: null,
    queue_position: null,
    attempt: 1,
    priority: 'high',
    failed_files: 0,
    noticed_files: 0,
    created_at: seconds,
    started_at: seconds,
    finished_at: null,
    stale: false,
    retry_after_ms: 1_000,
  };
}
