/**
 * Headway for Svelte: progress that can be trusted, in two components.
 *
 * @module
 */
export * from './utils/polling.ts';
export * from './utils/progress-store.ts';
export { ApiError } from './api/api-error.ts';
export { createHeadwayClient, type HeadwayClient } from './api/client.ts';
export type { ClientOptions } from './api/request.ts';
export { AsyncJob, createAsyncJob } from './jobs/async-job.svelte.ts';
export type { AsyncJobState } from './jobs/job-state.svelte.ts';
export { ASYNC_JOB_DEFAULTS, type AsyncJobOptions, type FinishedJob } from './jobs/options.ts';
export type { JobHandle, Started } from './jobs/handle.ts';
export { createProgress, Progress, type ProgressOptions } from './state/progress.svelte.ts';
export { type Dismissed, rememberDismissed } from './state/dismissed.ts';
export { Notifications } from './state/notifications.svelte.ts';
export type { PageSessions } from './state/sessions-of.ts';
export { type Remembered, rememberSessions } from './state/remembered.ts';
export { Sessions, type SessionsOptions } from './state/sessions.svelte.ts';
export { createUploads, Uploads } from './state/uploads.svelte.ts';
export type { Upload } from './uploads/upload.ts';
export { UploadQueue, type UploadQueueOptions } from './uploads/upload-queue.ts';
export { failureText, problemText } from './messages/server-text.ts';
export { type Filters, readFilters, writeFilters } from './components/address.ts';
export { QUEUE_FILTERS, type QueueFilters } from './components/queue/queue-view.ts';
export { HISTORY_FILTERS, type HistoryFilters } from './components/history/history-view.ts';
export { default as History } from './components/History.svelte';
export { default as Preferences } from './components/Preferences.svelte';
export { default as QueueDashboard } from './components/QueueDashboard.svelte';
export { defaultHrefs, type FilePlace, type Hrefs, placeOf } from './components/hrefs.ts';
export {
  type FileFilter,
  filterFromParams,
  filterToParams,
  NO_FILTER,
} from './components/file-filter.ts';
export { englishMessages, germanMessages, type Messages } from './messages/index.ts';
export type { PartSource } from './state/part-store.svelte.ts';
export { default as DocumentView } from './components/DocumentView.svelte';
export { default as FileRow } from './components/FileRow.svelte';
export { default as FileView } from './components/FileView.svelte';
export { default as JobCard } from './components/JobCard.svelte';
export { default as KnowledgeBase } from './components/KnowledgeBase.svelte';
export { default as MarkdownText } from './components/MarkdownText.svelte';
export { default as ProgressBar } from './components/ProgressBar.svelte';
export { default as ProgressCenter } from './components/ProgressCenter.svelte';
export { default as ReportView } from './components/ReportView.svelte';
export { default as SearchEverywhere } from './components/SearchEverywhere.svelte';
export { default as SessionCard } from './components/SessionCard.svelte';
export { default as Webhooks } from './components/Webhooks.svelte';
export { default as TranscriptView } from './components/TranscriptView.svelte';
