/**
 * Jobs of the app's own, over HTTP.
 *
 * @module
 */
import * as v from 'valibot';
import { isFlatterThan } from './bounds.ts';
import { details } from './messages/schema.ts';
import { ListedSession } from './sessions.ts';
import { PRIORITIES } from './statuses.ts';

/** Kinds of jobs that this backend can run. `input` is a JSON Schema. */
export const JobKinds = v.array(v.object({
  kind: v.string(),
  title: v.string(),
  description: v.string(),
  steps: v.array(v.string()),
  scope: v.picklist(['knowledge', 'user']),
  input: v.record(v.string(), v.unknown()),
}));
export type JobKinds = v.InferOutput<typeof JobKinds>;

/** Maximum nesting of lists and objects in the input of a job. */
const MOST_LEVELS = 64;

/**
 * Body of `POST /jobs/{kind}`. `knowledge_id` is required for kinds that work on a knowledge base.
 */
export const StartJob = v.strictObject({
  input: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.check((input) => isFlatterThan(input, MOST_LEVELS), 'holds too many levels'),
    ),
    {},
  ),
  knowledge_id: v.optional(v.nullable(v.pipe(v.string(), v.minLength(1), v.maxLength(200)))),
  priority: v.optional(v.picklist(PRIORITIES)),
});
export type StartJob = v.InferOutput<typeof StartJob>;

/** Response of `POST /jobs/{kind}` (202): its session, and the address of its future result. */
export const JobAccepted = v.object({
  session_id: v.string(),
  kind: v.string(),
  status: v.string(),
  status_url: v.string(),
  result_url: v.string(),
  message: v.string(),
  message_details: details,
});
export type JobAccepted = v.InferOutput<typeof JobAccepted>;

/** Response of `GET /jobs/{session_id}/result` while there is none (202). */
export const JobPending = v.object({
  status: v.string(),
  message: v.string(),
  message_details: details,
  progress: v.number(),
  elapsed_seconds: v.number(),
});
export type JobPending = v.InferOutput<typeof JobPending>;

/** Response of `GET /jobs/{session_id}/result` (200). The kind defines the shape of `result`. */
export const JobResult = v.object({
  session_id: v.string(),
  kind: v.string(),
  title: v.string(),
  knowledge_id: v.nullable(v.string()),
  input: v.unknown(),
  result: v.unknown(),
  finished_at: v.pipe(v.number(), v.description('Epoch seconds')),
});
export type JobResult = v.InferOutput<typeof JobResult>;

/** A job in a list: its session, its kind and its input. */
export const ListedJob = v.object({
  ...ListedSession.entries,
  job_kind: v.string(),
  input: v.unknown(),
});
export type ListedJob = v.InferOutput<typeof ListedJob>;

/** Response of `GET /jobs`: newest first; `next_cursor` is the cursor of the next page. */
export const JobList = v.object({
  items: v.array(ListedJob),
  total: v.number(),
  next_cursor: v.optional(v.string()),
});
export type JobList = v.InferOutput<typeof JobList>;
