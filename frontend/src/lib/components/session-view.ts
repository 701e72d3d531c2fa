/**
 * What a card shows of a session. Pure.
 *
 * @module
 */
import type { SessionAction } from '#contract/paths.ts';
import type { FileProgress, SessionStatusDocument } from '#contract/progress.ts';
import type { UploadTotals } from '../uploads/totals.ts';
import { formatBytes, formatDuration } from './formatting.ts';
import type { Messages } from './messages.ts';

export interface SessionView {
  title: string;
  details: string[];
  /** 0–100: the share whose bytes are there, behind the bar. */
  buffer: number;
  tone: 'active' | 'done' | 'failed' | 'waiting';
  actions: SessionAction[];
  ended: boolean;
}

export function viewSession(
  session: SessionStatusDocument,
  uploads: UploadTotals,
  messages: Messages,
): SessionView {
  const { status, failed_files: failed } = session;
  const count = status === 'completed'
    ? session.processed_files
    : status === 'error'
    ? failed || session.total_files
    : session.total_files;
  return {
    title: isUploading(session, uploads)
      ? messages.uploadingTitle(count)
      : messages.sessionTitles[status](count),
    details: uploads.busy ? uploadDetails(uploads, messages) : workDetails(session, messages),
    buffer: uploads.bytes > 0 ? (100 * uploads.sentBytes) / uploads.bytes : 0,
    tone: toneOf(session),
    actions: actionsOf(session),
    ended: status === 'completed' || status === 'error' || status === 'cancelled',
  };
}

/** Whether sending is all that happens: work on the first files begins while others are sent. */
function isUploading({ phase }: SessionStatusDocument, uploads: UploadTotals): boolean {
  return uploads.busy && (phase === 'upload' || phase === null);
}

function toneOf({ status, failed_files: failed }: SessionStatusDocument): SessionView['tone'] {
  if (status === 'completed') return failed > 0 ? 'failed' : 'done';
  if (status === 'error') return 'failed';
  return status === 'processing' ? 'active' : 'waiting';
}

function actionsOf({ status, failed_files: failed }: SessionStatusDocument): SessionAction[] {
  switch (status) {
    case 'queued':
    case 'processing':
      return ['pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'completed':
      return failed > 0 ? ['retry'] : [];
    case 'error':
    case 'cancelled':
      return ['retry'];
  }
}

function workDetails(session: SessionStatusDocument, messages: Messages): string[] {
  const details: string[] = [];
  if (session.message) details.push(session.message);
  if (session.status === 'queued' && session.queue_position !== null) {
    details.push(messages.queuePosition(session.queue_position));
  }
  if (session.eta_seconds !== null) {
    details.push(messages.timeLeft(formatDuration(session.eta_seconds)));
  }
  if (session.status === 'processing' && session.failed_files > 0) {
    details.push(messages.someFailed(session.failed_files));
  }
  return details.length > 0 ? details : [messages.starting];
}

function uploadDetails(totals: UploadTotals, messages: Messages): string[] {
  const left = totals.bytes - totals.sentBytes;
  const details = [
    messages.uploadingCount(totals.sentFiles, totals.files),
    messages.ofSize(formatBytes(totals.sentBytes), formatBytes(totals.bytes)),
  ];
  if (totals.bytesPerSecond > 1) {
    details.push(messages.perSecond(formatBytes(totals.bytesPerSecond)));
    details.push(messages.timeLeft(formatDuration(left / totals.bytesPerSecond)));
  }
  return details;
}

const URGENCY: Record<FileProgress['status'], number> = {
  error: 0,
  processing: 1,
  uploading: 2,
  paused: 3,
  queued: 4,
  cancelled: 5,
  completed: 6,
};

/** The few files of a long list that say most: what failed and what is being done. */
export function mostTelling(files: readonly FileProgress[], count: number): FileProgress[] {
  return [...files].sort((a, b) => URGENCY[a.status] - URGENCY[b.status]).slice(0, count);
}
