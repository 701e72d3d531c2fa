/**
 * What a row shows of a file: the server's word, and this tab's own upload while it lasts.
 *
 * @module
 */
import type { FileProgress } from '#contract/progress.ts';
import type { SessionAction } from '#contract/paths.ts';
import type { Upload } from '../uploads/upload-queue.ts';
import { formatBytes, formatDuration, formatPercent } from './formatting.ts';
import type { Messages } from './messages.ts';

export interface FileView {
  /** What is happening, in a word. */
  label: string;
  /** What else there is to say about it. */
  details: string[];
  reason: string | null;
  /** 0–100; null hides the bar. */
  progress: number | null;
  tone: 'active' | 'done' | 'failed' | 'waiting';
  actions: SessionAction[];
}

export function viewFile(
  file: FileProgress,
  upload: Upload | undefined,
  messages: Messages,
): FileView {
  if (file.status === 'uploading' && upload) return viewUpload(upload, messages);
  switch (file.status) {
    case 'uploading':
      return {
        ...idle(messages.fileStatuses.uploading),
        progress: file.progress,
        tone: 'active',
        actions: ['cancel'],
      };
    case 'queued':
      return {
        ...idle(messages.fileStatuses.queued),
        details: [...newsOf(file), ...attempts(file, messages)],
        actions: ['pause', 'cancel'],
      };
    case 'processing':
      return viewWork(file, messages);
    case 'paused':
      return {
        ...idle(messages.fileStatuses.paused),
        progress: file.progress,
        actions: ['resume', 'cancel'],
      };
    case 'completed':
      return { ...idle(messages.fileStatuses.completed), tone: 'done', actions: [] };
    case 'cancelled':
      return { ...idle(messages.fileStatuses.cancelled), actions: ['retry'] };
    case 'error':
      return {
        ...idle(messages.fileStatuses.error),
        reason: file.error ?? messages.failedWithoutReason,
        tone: 'failed',
        actions: ['retry'],
      };
  }
}

function idle(label: string): FileView {
  return { label, details: [], reason: null, progress: null, tone: 'waiting', actions: [] };
}

function viewWork(file: FileProgress, messages: Messages): FileView {
  const left = file.eta_seconds === null
    ? []
    : [messages.timeLeft(formatDuration(file.eta_seconds))];
  const said = file.message && file.message !== messages.steps[file.step] ? [file.message] : [];
  return {
    label: messages.steps[file.step],
    details: [...said, ...left, ...attempts(file, messages)],
    reason: null,
    progress: file.progress,
    tone: 'active',
    actions: ['pause', 'cancel'],
  };
}

function viewUpload({ file, state }: Upload, messages: Messages): FileView {
  const label = messages.fileStatuses.uploading;
  switch (state.kind) {
    case 'waiting':
      return {
        ...idle(messages.fileStatuses.queued),
        details: [formatBytes(file.size)],
        actions: ['cancel'],
      };
    case 'sending': {
      const { sentBytes, bytesPerSecond, secondsLeft } = state;
      const details = [messages.ofSize(formatBytes(sentBytes), formatBytes(file.size))];
      if (bytesPerSecond !== null) details.push(messages.perSecond(formatBytes(bytesPerSecond)));
      if (secondsLeft !== null && secondsLeft >= 1) {
        details.push(messages.timeLeft(formatDuration(secondsLeft)));
      }
      const progress = file.size === 0 ? 100 : (100 * sentBytes) / file.size;
      return { ...idle(label), details, progress, tone: 'active', actions: ['cancel'] };
    }
    case 'sent':
      return { ...idle(label), progress: 100, tone: 'active', actions: ['cancel'] };
    case 'failed':
      return {
        ...idle(messages.fileStatuses.error),
        reason: messages.uploadFailed(state.reason),
        tone: 'failed',
        actions: ['retry', 'cancel'],
      };
    case 'cancelled':
      return { ...idle(messages.fileStatuses.cancelled), actions: ['retry'] };
  }
}

/** A wait has news when it waits for something: the next attempt, say. */
function newsOf({ message }: FileProgress): string[] {
  return message === '' || message.startsWith('Waiting') ? [] : [message];
}

function attempts({ attempt }: FileProgress, messages: Messages): string[] {
  return attempt > 1 ? [messages.attempt(attempt)] : [];
}

/** What a screen reader says about a bar. */
export function spokenProgress(view: FileView): string {
  const percent = view.progress === null ? [] : [formatPercent(view.progress)];
  return [view.label, ...percent, ...view.details].join(', ');
}
