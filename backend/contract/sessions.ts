/**
 * Starting and controlling sessions.
 *
 * @module
 */
import * as v from 'valibot';
import { Id, listOf } from './bounds.ts';
import { DeclaredLanguage } from './language.ts';
import { details } from './messages/schema.ts';
import { FileProgress, PRIORITIES, SessionStatusDocument } from './progress.ts';
import { MOST_COUNTED } from './statuses.ts';

/** A file announced for upload into the session. */
export const AnnouncedFile = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  media_type: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(255)))),
  last_modified: v.optional(
    v.nullable(v.pipe(
      v.number(),
      v.safeInteger(),
      v.description('Epoch milliseconds; tells the file when it is chosen again'),
    )),
  ),
  folder: v.optional(
    v.nullable(v.pipe(
      v.string(),
      v.maxLength(1024),
      v.description('Folder that it lies in, like reports/2024; empty for none'),
    )),
  ),
});
export type AnnouncedFile = v.InferOutput<typeof AnnouncedFile>;

/**
 * Body of `POST /knowledge/{id}/sessions`. Without `file_ids` and `uploads` all unprocessed files
 * of the knowledge base are processed. `uploads` announces files still to be sent. Each gets a job
 * at once; an upload (tus, or `POST /files/`) with that `job_id` in its metadata delivers the
 * bytes.
 */
export const StartSession = v.object({
  file_ids: v.optional(listOf(Id, 10_000)),
  uploads: v.optional(listOf(AnnouncedFile, 10_000)),
  priority: v.optional(v.picklist(PRIORITIES)),
  language: v.optional(v.nullable(DeclaredLanguage)),
});
export type StartSession = v.InferOutput<typeof StartSession>;

/**
 * Response of `POST /knowledge/{id}/sessions` (202). `files` lists announced uploads in their
 * order.
 */
export const SessionAccepted = v.object({
  session_id: v.string(),
  status: v.string(),
  total_files: v.number(),
  status_url: v.string(),
  message: v.string(),
  message_details: details,
  files: v.array(FileProgress),
});
export type SessionAccepted = v.InferOutput<typeof SessionAccepted>;

/**
 * Response of `GET /sessions/{id}/files`. Pass `cursor` as the next `since` to receive only changed
 * files.
 */
export const SessionFiles = v.object({
  items: v.array(FileProgress),
  total: v.pipe(v.number(), v.description('Files that this question is about, on all pages')),
  cursor: v.pipe(v.number(), v.description('Epoch seconds')),
});
export type SessionFiles = v.InferOutput<typeof SessionFiles>;

/** Times of a session in a list, beyond its status. */
export const SessionTimes = v.object({
  knowledge_name: v.nullable(v.string()),
  queued_at: v.pipe(
    v.number(),
    v.description('Epoch seconds; when its present attempt was asked for'),
  ),
  work_seconds: v.pipe(
    v.number(),
    v.description('Work on its files in the present attempt, waiting left out'),
  ),
});
export type SessionTimes = v.InferOutput<typeof SessionTimes>;

/** A session in a list. */
export const ListedSession = v.object({
  ...SessionStatusDocument.entries,
  ...v.partial(SessionTimes).entries,
});
export type ListedSession = v.InferOutput<typeof ListedSession>;

/**
 * Response of `GET /sessions`: newest first; `next_cursor` is the cursor of the next page, if any.
 */
export const SessionList = v.object({
  items: v.array(ListedSession),
  total: v.pipe(
    v.number(),
    v.description(`On all pages; ${MOST_COUNTED + 1} where there are more than ${MOST_COUNTED}`),
  ),
  next_cursor: v.optional(v.string()),
});
export type SessionList = v.InferOutput<typeof SessionList>;
