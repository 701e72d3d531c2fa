/**
 * Progress of sessions and of the files in them, as stored in `knowledge.meta` and sent over HTTP.
 *
 * @module
 */
import * as v from 'valibot';
import { details, nullableDetails } from './messages/schema.ts';
import { NoticeDocument } from './notices.ts';
import { ErrorCode } from './problem.ts';
import { FILE_STATUSES, PRIORITIES, SESSION_STATUSES, STEPS } from './statuses.ts';

export * from './statuses.ts';

const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const epochSeconds = v.pipe(v.number(), v.description('Epoch seconds'));

const documentEntries = {
  session_id: v.string(),
  status: v.picklist(SESSION_STATUSES),
  total_files: count,
  processed_files: count,
  current_file: v.nullable(v.string()),
  progress: percent,
  message: v.string(),
  last_updated: v.pipe(v.number(), v.integer(), v.description('Epoch seconds')),
  error: v.nullable(v.string()),
};

/** The content of `knowledge.meta.processing_progress`: exactly these nine keys. */
export const ProgressDocument = v.object(documentEntries);
export type ProgressDocument = v.InferOutput<typeof ProgressDocument>;

/** One file of a session. `file_id` is null until its bytes have arrived. */
export const FileProgress = v.object({
  job_id: v.string(),
  kind: v.pipe(v.string(), v.description("`file`, or the kind of a job of the app's own")),
  file_id: v.nullable(v.string()),
  name: v.string(),
  size: v.nullable(count),
  media_type: v.nullable(v.string()),
  status: v.picklist(FILE_STATUSES),
  step: v.picklist(STEPS),
  progress: percent,
  message: v.string(),
  message_details: details,
  error: v.nullable(v.string()),
  error_details: nullableDetails,
  error_code: ErrorCode,
  notices: v.pipe(
    v.array(NoticeDocument),
    v.description('What was not read in full or not reliably; of completed files'),
  ),
  eta_seconds: v.nullable(v.number()),
  priority: v.pipe(v.nullable(v.picklist(PRIORITIES)), v.description('null: not in the queue')),
  queue_position: v.pipe(v.nullable(count), v.description('Files before it; null: not waiting')),
  attempt: count,
  next_attempt_at: v.nullable(epochSeconds),
  interruptions: v.pipe(count, v.description('How often it gave way; costs no attempt')),
  interrupted_by: v.nullable(v.string()),
  interrupted_by_details: nullableDetails,
  work_seconds: v.pipe(v.number(), v.description('Time it was worked on, waiting left out')),
  started_at: v.nullable(epochSeconds),
  finished_at: v.nullable(epochSeconds),
  last_updated: epochSeconds,
});
export type FileProgress = v.InferOutput<typeof FileProgress>;

/** Reasons that block all work of a session for an unknown time. */
const HOLDS = ['no_worker', 'queue_paused'] as const;

/** Response of the status route: the document, Headway's extensions, and the files on request. */
export const SessionStatusDocument = v.object({
  ...documentEntries,
  message_details: details,
  error_details: nullableDetails,
  kind: v.pipe(
    v.string(),
    v.description("`files`, `background`, `app` (reported by the app) or `job` (of the app's own)"),
  ),
  title: v.pipe(v.nullable(v.string()), v.description("What a job of the app's own is called")),
  job_kind: v.optional(v.pipe(v.string(), v.description('Of a job: its kind'))),
  knowledge_id: v.nullable(v.string()),
  phase: v.nullable(v.picklist(STEPS)),
  eta_seconds: v.nullable(v.number()),
  queue_position: v.nullable(count),
  attempt: count,
  priority: v.picklist(PRIORITIES),
  failed_files: count,
  noticed_files: v.pipe(count, v.description('Completed files with notices')),
  created_at: epochSeconds,
  started_at: v.nullable(epochSeconds),
  finished_at: v.nullable(epochSeconds),
  stale: v.pipe(v.boolean(), v.description('No update for longer than the backend allows')),
  held_by: v.optional(
    v.pipe(
      v.picklist(HOLDS),
      v.description('Why nothing is worked on; `eta_seconds` is null then. Absent: nothing does'),
    ),
  ),
  retry_after_ms: v.pipe(v.number(), v.description('When an adaptive poller asks again')),
  files: v.optional(v.array(FileProgress)),
});
export type SessionStatusDocument = v.InferOutput<typeof SessionStatusDocument>;

/** Status of many sessions; ids that do not exist for the actor are listed as missing. */
export const BatchStatus = v.object({
  sessions: v.array(SessionStatusDocument),
  missing: v.array(v.string()),
});
export type BatchStatus = v.InferOutput<typeof BatchStatus>;

export const Cleared = v.object({ message: v.string() });
export type Cleared = v.InferOutput<typeof Cleared>;
