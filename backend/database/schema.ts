/**
 * The tables for drizzle: the existing app's, which Headway only uses, and its own.
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { Notice } from '#contract/notices.ts';
import {
  bigint,
  boolean,
  doublePrecision,
  integer,
  json,
  jsonb,
  pgSchema,
  pgTable,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

const NO_MESSAGE: MessageDetails = { code: 'text', params: { text: '' } };

const epoch = (name: string) => bigint(name, { mode: 'number' });
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const user = pgTable('user', {
  id: text().primaryKey(),
  name: text().notNull(),
  email: text().notNull(),
  role: text().notNull(),
});

export const groupMember = pgTable('group_member', {
  id: text().primaryKey(),
  groupId: text('group_id').notNull(),
  userId: text('user_id').notNull(),
});

export const accessGrant = pgTable('access_grant', {
  id: text().primaryKey(),
  resourceType: text('resource_type').notNull(),
  resourceId: text('resource_id').notNull(),
  principalType: text('principal_type').notNull(),
  principalId: text('principal_id').notNull(),
  permission: text().notNull(),
  createdAt: epoch('created_at').notNull(),
});

/** Only `knowledge/meta.ts` writes `meta`; it may be `json` or `jsonb` in the database. */
export const knowledge = pgTable('knowledge', {
  id: text().primaryKey(),
  userId: text('user_id').notNull(),
  name: text().notNull(),
  description: text(),
  meta: json().$type<Record<string, unknown> | null>(),
  createdAt: epoch('created_at').notNull(),
  updatedAt: epoch('updated_at'),
});

export interface FileData {
  status?: 'pending' | 'processing' | 'completed' | 'failed';
  error?: string | null;
  content?: string;
}

export interface FileMeta {
  name?: string;
  content_type?: string | null;
  size?: number | null;
  file_hash?: string | null;
  data?: { knowledge_id?: string | null; language?: string | null; [key: string]: unknown };
  [key: string]: unknown;
}

export const file = pgTable('file', {
  id: text().primaryKey(),
  userId: text('user_id').notNull(),
  hash: text(),
  filename: text().notNull(),
  path: text(),
  data: json().$type<FileData | null>(),
  meta: json().$type<FileMeta | null>(),
  createdAt: epoch('created_at'),
  updatedAt: epoch('updated_at'),
});

export const knowledgeFile = pgTable('knowledge_file', {
  id: text().primaryKey(),
  knowledgeId: text('knowledge_id').notNull(),
  fileId: text('file_id').notNull(),
  userId: text('user_id').notNull(),
  createdAt: epoch('created_at').notNull(),
  updatedAt: epoch('updated_at').notNull(),
});

const headway = pgSchema('headway');

export const session = headway.table('session', {
  id: text().primaryKey(),
  knowledgeId: text('knowledge_id'),
  userId: text('user_id').notNull(),
  /** Role of the user who requested a job; null if the app's table has it. */
  userRole: text('user_role'),
  kind: text().notNull().default('files'),
  operationId: text('operation_id'),
  priority: smallint().notNull().default(1),
  status: text().notNull(),
  attempt: integer().notNull().default(1),
  totalFiles: integer('total_files').notNull().default(0),
  processedFiles: integer('processed_files').notNull().default(0),
  failedFiles: integer('failed_files').notNull().default(0),
  /** Completed files with notices. */
  noticedFiles: integer('noticed_files').notNull().default(0),
  currentFile: text('current_file'),
  progress: doublePrecision().notNull().default(0),
  phase: text(),
  message: jsonb().$type<MessageDetails>().notNull().default(NO_MESSAGE),
  error: jsonb().$type<MessageDetails>(),
  etaSeconds: doublePrecision('eta_seconds'),
  revision: bigint({ mode: 'number' }).notNull().default(1),
  published: boolean().notNull().default(true),
  createdAt: moment('created_at').notNull().defaultNow(),
  startedAt: moment('started_at'),
  updatedAt: moment('updated_at').notNull().defaultNow(),
  finishedAt: moment('finished_at'),
  /** Time at which the current attempt was enqueued. */
  queuedAt: moment('queued_at').notNull().defaultNow(),
  /** Reason why its jobs are not enqueued. */
  hold: jsonb().$type<MessageDetails>(),
  /** Time at which it was hidden from users; its jobs remain for statistics. */
  clearedAt: moment('cleared_at'),
});
export type SessionRow = typeof session.$inferSelect;

export const job = headway.table('job', {
  id: uuid().primaryKey(),
  sessionId: text('session_id').notNull(),
  fileId: text('file_id'),
  position: integer().notNull(),
  name: text().notNull(),
  size: bigint({ mode: 'number' }),
  mediaType: text('media_type'),
  language: text(),
  withUpload: boolean('with_upload').notNull().default(false),
  weight: doublePrecision().notNull().default(1),
  status: text().notNull(),
  step: text().notNull(),
  progress: doublePrecision().notNull().default(0),
  message: jsonb().$type<MessageDetails>().notNull().default(NO_MESSAGE),
  error: jsonb().$type<MessageDetails>(),
  errorCode: text('error_code'),
  /** Notices of the completed file; null if there are none. */
  notices: jsonb().$type<readonly Notice[]>(),
  attempt: integer().notNull().default(0),
  worker: text(),
  createdAt: moment('created_at').notNull().defaultNow(),
  startedAt: moment('started_at'),
  updatedAt: moment('updated_at').notNull().defaultNow(),
  finishedAt: moment('finished_at'),
  interruptions: integer().notNull().default(0),
  interruptedBy: jsonb('interrupted_by').$type<MessageDetails>(),
  nextAttemptAt: moment('next_attempt_at'),
  unit: text(),
  units: doublePrecision(),
  processor: text(),
  workSeconds: doublePrecision('work_seconds').notNull().default(0),
  budgetProgress: doublePrecision('budget_progress').notNull().default(0),
  /** Null while a background job waits outside the queue. */
  releasedAt: moment('released_at').defaultNow(),
  /** `file`, or the kind of a job that the app defined; only those use the columns below. */
  kind: text().notNull().default('file'),
  input: jsonb().$type<unknown>(),
  checkpoint: jsonb().$type<unknown>(),
  result: jsonb().$type<unknown>(),
});
export type JobRow = typeof job.$inferSelect;

export const extraction = headway.table('extraction', {
  fileId: text('file_id').primaryKey(),
  processor: text().notNull(),
  version: integer().notNull(),
  checkpoint: jsonb().$type<Record<string, unknown>>().notNull(),
  nextIndex: integer('next_index').notNull().default(0),
  fraction: doublePrecision().notNull().default(0),
  duration: doublePrecision(),
  complete: boolean().notNull().default(false),
  /** Null if there are none. */
  notices: jsonb().$type<readonly Notice[]>(),
  fileHash: text('file_hash'),
  updatedAt: moment('updated_at').notNull().defaultNow(),
});

export const part = headway.table('part', {
  fileId: text('file_id').notNull(),
  index: integer().notNull(),
  kind: text().notNull(),
  label: text(),
  text: text().notNull(),
  start: doublePrecision('start_seconds'),
  end: doublePrecision('end_seconds'),
  separator: text(),
});

export const passage = headway.table('passage', {
  fileId: text('file_id').notNull(),
  partIndex: integer('part_index').notNull(),
  ordinal: integer().notNull(),
  text: text().notNull(),
});

export const worker = headway.table('worker', {
  id: text().primaryKey(),
  host: text().notNull(),
  pid: integer().notNull(),
  process: text(),
  jobId: uuid('job_id'),
  version: text(),
  concurrency: smallint().notNull().default(1),
  startedAt: moment('started_at').notNull().defaultNow(),
  seenAt: moment('seen_at').notNull().defaultNow(),
});

export const pace = headway.table('pace', {
  processor: text().notNull(),
  unit: text().notNull(),
  seconds: doublePrecision().notNull().default(0),
  units: doublePrecision().notNull().default(0),
  samples: integer().notNull().default(0),
  updatedAt: moment('updated_at').notNull().defaultNow(),
});

export const preference = headway.table('preference', {
  userId: text('user_id').primaryKey(),
  background: boolean().notNull().default(true),
  quietFrom: smallint('quiet_from'),
  quietTo: smallint('quiet_to'),
  timeZone: text('time_zone').notNull().default('UTC'),
  notifications: boolean().notNull().default(true),
  updatedAt: moment('updated_at').notNull().defaultNow(),
});

export const setting = headway.table('setting', {
  key: text().primaryKey(),
  value: jsonb().$type<unknown>().notNull(),
  updatedAt: moment('updated_at').notNull().defaultNow(),
});
