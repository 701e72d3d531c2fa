/**
 * Parses the server's answer into the result of a job. Pure.
 *
 * @module
 */
import { errorText } from '../api/api-error.ts';
import { PollingError } from '../polling/error.ts';
import type { JobHandle } from './handle.ts';
import type { FinishedJob } from './options.ts';

/**
 * Parser of a result and the current time, epoch milliseconds. An error from `parse` fails the job.
 */
export interface Reading<Result> {
  readonly parse?: ((result: unknown) => Result) | undefined;
  readonly now: number;
}

/**
 * @param handle null where the answer to the start was the result
 * @throws {PollingError} `job_failed`: the result could not be parsed
 */
export function readFinished<Result>(
  answer: { result: unknown },
  handle: JobHandle | null,
  { parse = (value) => value as Result, now }: Reading<Result>,
): { result: Result; job: FinishedJob } {
  const { finished_at, session_id } = answer as Partial<Record<string, unknown>>;
  const id = handle?.id ?? (session_id === undefined ? '' : String(session_id));
  const finishedAt = typeof finished_at === 'number' ? finished_at * 1_000 : now;
  try {
    return { result: parse(answer.result), job: { id, finishedAt } };
  } catch (cause) {
    throw new PollingError(errorText(cause), { code: 'job_failed', cause });
  }
}
