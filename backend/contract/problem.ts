/**
 * The catalogue of errors: every code, its HTTP status and its title (RFC 9457).
 *
 * @module
 */
import * as v from 'valibot';
import { FAILURES } from './failures.ts';
import { MessageSchema } from './messages/schema.ts';

export * from './failures.ts';

/** Reason of a failed file or job. */
export const ErrorCode = v.pipe(
  v.nullable(v.string()),
  v.description(`null, or why it failed: ${FAILURES.join(', ')}`),
);

/** `code → [HTTP status, title]`. Codes are stable; titles and details are human-readable. */
export const PROBLEMS = {
  bad_request: [400, 'Bad request'],
  unauthenticated: [401, 'Not signed in'],
  forbidden: [403, 'Not allowed'],
  not_found: [404, 'Not found'],
  session_not_found: [404, 'No such session'],
  job_kind_not_found: [404, 'No such kind of job'],
  result_not_found: [404, 'No such result'],
  analyzer_not_found: [404, 'No such analyzer'],
  operation_not_found: [404, 'No such operation'],
  knowledge_not_found: [404, 'No such knowledge base'],
  file_not_found: [404, 'No such file'],
  webhook_not_found: [404, 'No such webhook'],
  delivery_not_found: [404, 'No such delivery'],
  upload_not_found: [404, 'No such upload'],
  method_not_allowed: [405, 'Method not allowed'],
  upload_stalled: [408, 'Request timeout'],
  conflict: [409, 'Conflict'],
  job_failed: [409, 'The job has no result'],
  upload_paused: [409, 'Paused'],
  upload_mismatch: [409, 'Another file'],
  endpoint_deprecated: [410, 'This endpoint is deprecated'],
  upload_gone: [410, 'This upload is over'],
  precondition_failed: [412, 'Precondition failed'],
  too_large: [413, 'Too large'],
  quota_exceeded: [413, 'No room left'],
  unsupported_media_type: [415, 'Unsupported media type'],
  range_not_satisfiable: [416, 'Range not satisfiable'],
  invalid: [422, 'Invalid input'],
  analysis_refused: [422, 'The analysis service refused this'],
  upload_locked: [423, 'Being sent elsewhere'],
  too_many_requests: [429, 'Too many requests'],
  checksum_mismatch: [460, 'Checksum mismatch'],
  internal: [500, 'Something went wrong'],
  analysis_failed: [500, 'The analysis failed'],
  unavailable: [503, 'Temporarily unavailable'],
  insufficient_storage: [507, 'Insufficient storage'],
} as const satisfies Record<string, readonly [number, string]>;
export type ProblemCode = keyof typeof PROBLEMS;

/** An RFC 9457 problem. `detail` is always an actionable text. */
export const Problem = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  code: v.string(),
  instance: v.optional(v.string()),
  request_id: v.optional(v.string()),
  reason: v.optional(
    v.pipe(
      MessageSchema,
      v.description('`detail` as a code with parameters, for translation'),
    ),
  ),
  errors: v.optional(v.array(v.object({ path: v.string(), message: v.string() }))),
});
export type Problem = v.InferOutput<typeof Problem>;
