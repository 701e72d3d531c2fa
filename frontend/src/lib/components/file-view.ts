/**
 * View model of a file row: the server's state, or this tab's own upload while it runs.
 *
 * @module
 */
import type { MessageCode } from '#contract/messages/catalogue.ts';
import type { FileProgress } from '#contract/progress.ts';
import type { SessionAction } from '#contract/paths.ts';
import type { Upload } from '../uploads/upload.ts';
import { formatBytes, formatDuration, formatPercent } from './formatting.ts';
import { heldProgress } from './held-progress.ts';
import type { Messages } from './messages.ts';
import { failureText, messageText, problemText } from '../messages/server-text.ts';
import { waitDetails } from './wait-details.ts';

export interface FileView {
  /** Current state, in a word. */
  label: string;
  /** Further details of the state. */
  details: string[];
  reason: string | null;
  /** 0–100 of all the work; null hides the bar. */
  progress: number | null;
  /** 0–100: share of the bytes that has been sent, drawn behind the bar. */
  buffer: number;
  tone: 'active' | 'done' | 'failed' | 'waiting';
  actions: SessionAction[];
}

export function viewFile(
  file: FileProgress,
  upload: Upload | undefined,
  messages: Messages,
  nowMs = Date.now(),
): FileView {
  if (file.status === 'uploading' && upload) return viewUpload(upload, file.progress, messages);
  const view = viewStatus(file, messages, nowMs);
  return { ...view, buffer: upload?.state.kind === 'sent' && view.progress !== null ? 100 : 0 };
}

function viewStatus(file: FileProgress, messages: Messages, nowMs: number): FileView {
  switch (file.status) {
    case 'uploading':
      return {
        ...idle(messages.fileStatuses.uploading),
        details: [messages.knowledge.sentFromElsewhere],
        progress: heldProgress(file.progress, false),
        tone: 'active',
        actions: ['pause', 'cancel'],
      };
    case 'queued':
    case 'interrupted':
      return {
        ...idle(messages.fileStatuses[file.status]),
        details: [...waitDetails(file, messages, nowMs), ...attempts(file, messages)],
        // A preempted file keeps its progress.
        progress: file.started_at === null ? null : heldProgress(file.progress, false),
        actions: ['pause', 'cancel'],
      };
    case 'processing':
      return viewWork(file, messages);
    case 'paused':
      return {
        ...idle(messages.fileStatuses.paused),
        progress: heldProgress(file.progress, false),
        actions: ['resume', 'cancel'],
      };
    case 'completed':
      return { ...idle(messages.fileStatuses.completed), tone: 'done', actions: [] };
    case 'cancelled':
      return { ...idle(messages.fileStatuses.cancelled), actions: ['retry'] };
    case 'error':
      return {
        ...idle(messages.fileStatuses.error),
        reason: reasonOf(file, messages),
        tone: 'failed',
        actions: ['retry'],
      };
  }
}

function idle(label: string): FileView {
  return {
    label,
    details: [],
    reason: null,
    progress: null,
    buffer: 0,
    tone: 'waiting',
    actions: [],
  };
}

function viewWork(file: FileProgress, messages: Messages): FileView {
  const left = file.eta_seconds === null
    ? []
    : [messages.timeLeft(formatDuration(file.eta_seconds, messages.locale))];
  return {
    label: messages.steps[file.step],
    details: [...newsOf(file, messages), ...left, ...attempts(file, messages)],
    reason: null,
    progress: heldProgress(file.progress, false),
    buffer: 0,
    tone: 'active',
    actions: ['pause', 'cancel'],
  };
}

/** Shows the progress of all the work, so that the bar does not restart after the upload. */
function viewUpload({ file, state }: Upload, progress: number, messages: Messages): FileView {
  const label = messages.fileStatuses.uploading;
  switch (state.kind) {
    case 'waiting':
      return {
        ...idle(messages.fileStatuses.queued),
        details: [formatBytes(file.size, messages.locale), messages.knowledge.waitsToBeSent],
        actions: ['pause', 'cancel'],
      };
    case 'sending': {
      const { sentBytes, bytesPerSecond, secondsLeft } = state;
      const buffer = file.size === 0 ? 100 : (100 * sentBytes) / file.size;
      const details = [
        formatPercent(buffer, messages.locale),
        messages.ofSize(
          formatBytes(sentBytes, messages.locale),
          formatBytes(file.size, messages.locale),
        ),
      ];
      if (bytesPerSecond !== null) {
        details.push(messages.perSecond(formatBytes(bytesPerSecond, messages.locale)));
      }
      if (secondsLeft !== null && secondsLeft >= 1) {
        details.push(messages.timeLeft(formatDuration(secondsLeft, messages.locale)));
      }
      if (state.restarted) details.push(messages.uploads.restarted);
      return {
        ...idle(label),
        details,
        progress,
        buffer,
        tone: 'active',
        actions: ['pause', 'cancel'],
      };
    }
    case 'elsewhere':
      return {
        ...idle(label),
        details: [messages.uploads.elsewhere],
        progress,
        tone: 'active',
        actions: ['pause', 'cancel'],
      };
    case 'paused': {
      const buffer = file.size === 0 ? 100 : (100 * state.sentBytes) / file.size;
      return {
        ...idle(messages.fileStatuses.paused),
        details: [
          messages.ofSize(
            formatBytes(state.sentBytes, messages.locale),
            formatBytes(file.size, messages.locale),
          ),
        ],
        progress,
        buffer,
        actions: ['resume', 'cancel'],
      };
    }
    case 'sent':
      return { ...idle(label), progress, buffer: 100, tone: 'active', actions: ['cancel'] };
    case 'failed':
      return {
        ...idle(messages.fileStatuses.error),
        reason: messages.uploadFailed(problemText(messages, state.error)),
        tone: 'failed',
        actions: ['retry', 'cancel'],
      };
    case 'cancelled':
      return { ...idle(messages.fileStatuses.cancelled), actions: ['retry'] };
  }
}

/** Describes the failure and, if the reason does not include it, the remedy. */
function reasonOf(file: FileProgress, messages: Messages): string {
  const { error, error_code: code, error_details: details } = file;
  const reason = failureText(messages, code, error, details);
  const advice = messages.knowledge.whatToDo[code ?? ''];
  return advice ? `${asSentence(reason)} ${advice}` : reason;
}

const asSentence = (text: string) => /[.!?]$/.test(text) ? text : `${text}.`;

/** Messages of work that has not started; they only repeat its status. */
const BARE_WAITS: ReadonlySet<string> = new Set<MessageCode>([
  'waiting_to_start',
  'waiting_for_turn',
  'waiting_for_bytes',
  'waiting_for_kind',
  'service_queued',
]);

/** Returns the server's message (current page, next attempt) unless it only repeats the status. */
function newsOf({ message, message_details: details }: FileProgress, messages: Messages): string[] {
  if (message === '' || BARE_WAITS.has(details?.code ?? '')) return [];
  return [messageText(messages, details, message)];
}

function attempts({ attempt }: FileProgress, messages: Messages): string[] {
  return attempt > 1 ? [messages.attempt(attempt)] : [];
}

/** True while bytes are being sent: the percent of all the work is not meaningful yet. */
export function isSending({ buffer }: FileView): boolean {
  return buffer > 0 && buffer < 100;
}

/** Describes a progress bar for a screen reader. */
export function spokenProgress(view: FileView, locale?: string): string {
  const percent = view.progress === null || isSending(view)
    ? []
    : [formatPercent(view.progress, locale)];
  return [view.label, ...percent, ...view.details].join(', ');
}
