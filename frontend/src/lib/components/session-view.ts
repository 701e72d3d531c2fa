/**
 * View model of a session card. Pure.
 *
 * @module
 */
import type { SessionAction } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { UploadTotals } from '../uploads/totals.ts';
import { formatBytes, formatDuration } from './formatting.ts';
import { jobNews, jobTitle } from './job-view.ts';
import { heldProgress } from './held-progress.ts';
import type { Messages } from './messages.ts';

export interface SessionView {
  title: string;
  details: string[];
  /** 0–100; at most 99 until all is done. */
  progress: number;
  /** 0–100: share of the bytes that has been sent, drawn behind the bar. */
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
  const { status } = session;
  const ended = FINAL_STATUSES.includes(status);
  return {
    title: titleOf(session, uploads, messages),
    details: uploads.busy ? uploadDetails(uploads, messages) : workDetails(session, messages),
    progress: heldProgress(session.progress, ended),
    buffer: uploads.bytes > 0 ? (100 * uploads.sentBytes) / uploads.bytes : 0,
    tone: toneOf(session),
    actions: actionsOf(session),
    ended,
  };
}

function titleOf(
  session: SessionStatusDocument,
  uploads: UploadTotals,
  messages: Messages,
): string {
  const { status, processed_files: processed, failed_files: failed, total_files: total } = session;
  if (session.kind === 'job' && session.title !== null) {
    return messages.jobs.told[status](jobTitle(session.job_kind, session.title, messages));
  }
  if (isUploading(session, uploads)) return messages.uploadingTitle(total);
  if (status === 'completed' && failed > 0) return messages.partlyDone(processed, failed);
  if (status === 'completed') return messages.sessionTitles.completed(processed);
  return messages.sessionTitles[status](status === 'error' && failed > 0 ? failed : total);
}

/** True if the session only uploads: processing of the first files starts while others upload. */
function isUploading({ phase }: SessionStatusDocument, uploads: UploadTotals): boolean {
  return uploads.busy && (phase === 'upload' || phase === null);
}

function toneOf({ status, failed_files: failed }: SessionStatusDocument): SessionView['tone'] {
  if (status === 'completed') return failed > 0 ? 'waiting' : 'done';
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
  // At the end the message is the first failure, which has its own row if files are listed.
  const hasRow = session.finished_at !== null && session.files !== undefined;
  const news = hasRow ? null : jobNews(session, messages);
  if (news !== null) details.push(news);
  if (session.status === 'queued' && session.queue_position !== null) {
    details.push(messages.queuePosition(session.queue_position));
  }
  if (session.eta_seconds !== null) {
    details.push(messages.timeLeft(formatDuration(session.eta_seconds, messages.locale)));
  }
  if (session.status === 'processing' && session.failed_files > 0) {
    details.push(messages.someFailed(session.failed_files));
  }
  if (session.noticed_files > 0 && (hasRow || session.finished_at === null)) {
    details.push(messages.notices.files(session.noticed_files));
  }
  return details.length > 0 || session.finished_at !== null ? details : [messages.starting];
}

function uploadDetails(totals: UploadTotals, messages: Messages): string[] {
  const left = totals.bytes - totals.sentBytes;
  const details = [
    messages.uploadingCount(totals.sentFiles, totals.files),
    messages.ofSize(
      formatBytes(totals.sentBytes, messages.locale),
      formatBytes(totals.bytes, messages.locale),
    ),
  ];
  if (totals.bytesPerSecond > 1) {
    details.push(messages.perSecond(formatBytes(totals.bytesPerSecond, messages.locale)));
    details.push(messages.timeLeft(formatDuration(left / totals.bytesPerSecond, messages.locale)));
  }
  return details;
}
