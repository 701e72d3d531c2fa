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

/** What the kinds of jobs that this backend knows ask for. `input` is a JSON Schema. */
export const JobKinds = v.array(v.object({
  kind: v.string(),
  title: v.string(),
  description: v.string(),
  steps: v.array(v.string()),
  scope: v.picklist(['knowledge', 'user']),
  input: v.record(v.string(), v.unknown()),
}));
export type JobKinds = v.InferOutput<typeof JobKinds>;

/** Lists and objects within each other in the input of a job. */
const MOST_LEVELS = 64;

/** Body of `POST /jobs/{kind}`. `knowledge_id` is needed where the kind works on a knowledge base. */
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

/** Answer of `POST /jobs/{kind}` (202): a session like any other, and where its result will be. */
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

/** Answer of `GET /jobs/{session_id}/result` while there is none (202). */
export const JobPending = v.object({
  status: v.string(),
  message: v.string(),
  message_details: details,
  progress: v.number(),
  elapsed_seconds: v.number(),
});
export type JobPending = v.InferOutput<typeof JobPending>;

/** Answer of `GET /jobs/{session_id}/result` (200). The shape of `result` is the kind's own. */
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

/** A job in a list: its session, which kind of job that is, and what it was given. */
export const ListedJob = v.object({
  ...ListedSession.entries,
  job_kind: v.string(),
  input: v.unknown(),
});
export type ListedJob = v.InferOutput<typeof ListedJob>;

/** Answer of `GET /jobs`: newest first; `next_cursor` asks for the page after this one. */
export const JobList = v.object({
  items: v.array(ListedJob),
  total: v.number(),
  next_cursor: v.optional(v.string()),
});
export type JobList = v.InferOutput<typeof JobList>;
