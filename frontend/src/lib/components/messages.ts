/**
 * Every text that the components show. Pass an object of the same shape for another language.
 *
 * @module
 */
import type { FileStatus, SessionStatus, Step } from '#contract/progress.ts';
import type { PartKind } from '#contract/files.ts';

const files = (count: number): string => `${count} ${count === 1 ? 'file' : 'files'}`;

const steps: Record<Step, string> = {
  upload: 'Uploading',
  queue: 'Waiting',
  extract: 'Reading',
  transcribe: 'Transcribing',
  index: 'Indexing',
};

const fileStatuses: Record<FileStatus, string> = {
  uploading: 'Uploading',
  queued: 'Waiting',
  interrupted: 'Interrupted',
  processing: 'Processing',
  paused: 'Paused',
  completed: 'Done',
  error: 'Failed',
  cancelled: 'Cancelled',
};

const sessionTitles: Record<SessionStatus, (count: number) => string> = {
  queued: (count) => `${files(count)} waiting`,
  processing: (count) => `Processing ${files(count)}`,
  paused: (count) => `${files(count)} paused`,
  completed: (count) => `${files(count)} processed`,
  error: (count) => count === 1 ? 'A file failed' : `${files(count)} failed`,
  cancelled: (count) => `Cancelled ${files(count)}`,
};

const partKinds: Record<PartKind, (number: number) => string> = {
  page: (number) => `Page ${number}`,
  slide: (number) => `Slide ${number}`,
  sheet: (number) => `Sheet ${number}`,
  chapter: (number) => `Chapter ${number}`,
  section: (number) => `Section ${number}`,
  segment: (number) => `Segment ${number}`,
};

export const englishMessages = {
  steps,
  fileStatuses,
  sessionTitles,
  partKinds,
  files,

  dropTitle: 'Drop files or folders here',
  dropHint: 'Documents, recordings and videos. You can leave once they are uploaded.',
  dropNow: 'Drop to add',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  nothingDropped: 'There was no file in it.',
  announcing: 'Getting ready…',
  keepOpen: 'Keep this page open until everything is uploaded.',

  partlyDone: (done: number, failed: number) => `${files(done)} processed, ${failed} failed`,
  uploadingTitle: (count: number) => `Uploading ${files(count)}`,
  uploadingCount: (sent: number, total: number) => `${sent} of ${total} uploaded`,
  perSecond: (amount: string) => `${amount}/s`,
  timeLeft: (duration: string) => `about ${duration} left`,
  ofSize: (sent: string, total: string) => `${sent} of ${total}`,
  queuePosition: (position: number) =>
    position <= 0 ? 'next in line' : `${position} ahead in the queue`,
  someFailed: (count: number) => `${count} failed`,
  starting: 'Starting',
  reconnecting: 'Connection lost. Trying again; the work itself goes on.',
  noNews: 'No news for a minute. The server looks after it and goes on or says why not.',
  uploadsFailed: (count: number) => `${files(count)} could not be uploaded.`,
  unavailable: 'Not available',
  uploadFailed: (reason: string) => `Upload failed: ${reason}`,
  attempt: (number: number) => `attempt ${number}`,
  sessionEnded: (title: string) => title,

  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Retry',
  dismiss: 'Dismiss',
  remove: 'Remove',
  close: 'Close',
  keep: 'Keep',
  process: 'Process',
  processAll: 'Process all',
  forFile: (action: string, name: string) => `${action} ${name}`,
  showAll: (count: number) => `Show all ${files(count)}`,
  showFewer: 'Show fewer',

  filesTitle: 'Files',
  noFiles: 'Add documents or recordings. Their text becomes searchable as soon as they are read.',
  attentionTitle: 'Not ready',
  notProcessed: 'Not processed yet',
  failedWithoutReason: 'It failed and did not say why.',
  loadMore: 'Load more',
  loading: 'Loading…',
  tryAgain: 'Try again',
  sortLabel: 'Sort by',
  sortNewest: 'Newest',
  sortName: 'Name',
  removeTitle: (name: string) => `Remove “${name}”?`,
  removeText: 'The file and its text leave this knowledge base. This cannot be undone.',

  searchLabel: 'Search in all files',
  searchPlaceholder: 'Search in all files',
  clearSearch: 'Clear search',
  hits: (count: number) => count === 1 ? '1 hit' : `${count} hits`,
  noHits: (query: string) => `Nothing found for “${query}”`,

  searchInside: 'Search inside',
  matchOf: (index: number, count: number) => count === 0 ? 'No match' : `${index} of ${count}`,
  nextMatch: 'Next match',
  previousMatch: 'Previous match',
  contents: 'Contents',
  emptyPart: 'No text here',
  noText: 'There is no text in this file.',
  download: 'Download',
  follow: 'Follow along',
  playFrom: (clock: string) => `Play from ${clock}`,
  transcript: 'Transcript',
  cannotPlay: 'This browser cannot play the recording. Download it to listen.',
  inWorkTitle: 'This file is being worked on',
  failedTitle: 'This file could not be processed',
  pendingTitle: 'This file has not been processed yet',
};

export type Messages = typeof englishMessages;
