/**
 * Texts of the tray and for screen readers. Pure.
 *
 * @module
 */
import { isA } from '#contract/messages/catalogue.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { formatDuration, formatPercent } from '../components/formatting.ts';
import { jobTitle } from '../components/job-view.ts';
import { viewSession } from '../components/session-view.ts';
import type { Messages } from '../messages/index.ts';
import { innerText, messageText } from '../messages/server-text.ts';
import type { Announcement } from './announce.ts';
import type { EndedJob, Summary } from './burst.ts';
import type { Work } from './work.ts';

/** Describes the current work; never empty, so that no bar stands without a text. */
export function describeWork(work: Work, online: boolean, messages: Messages): string[] {
  const { session, uploads, obstacle } = work;
  const { title, details } = viewSession(session, uploads, messages);
  switch (obstacle) {
    case 'failed':
      return [title, ...reasonOf(session, messages)];
    case 'paused':
      return [messages.fileStatuses.paused, ...reasonOf(session, messages)];
    case 'unsent':
      return [messages.uploadsFailed(uploads.failedFiles)];
    case 'stalled':
      return [messages.tray.stalled];
    case 'unreachable':
      return [online ? messages.tray.unreachable : messages.tray.offline];
    case 'refused':
      return [messages.tray.refused];
    case 'reconnecting':
      return [online ? messages.tray.reconnecting : messages.tray.offline];
    case null:
      return work.live && uploads.busy
        ? [title, ...details]
        : describeCourse(work, title, messages);
  }
}

/** The first failure; the number of failures is in an earlier line. */
function reasonOf(session: SessionStatusDocument, messages: Messages): string[] {
  const { error, error_details: details } = session;
  if (error === null) return [];
  if (!details) return messages.server.speaksServer ? [error] : [];
  if (!isA(details, 'files_failed')) return [messageText(messages, details, error)];
  const { first } = details.params;
  return first ? [`${first.name}: ${innerText(messages, first.reason)}`] : [];
}

function describeCourse({ session, live }: Work, title: string, messages: Messages): string[] {
  if (!live) return [title];
  if (session.status === 'paused') return [title];
  const left = session.eta_seconds === null
    ? []
    : [messages.timeLeft(formatDuration(session.eta_seconds, messages.locale))];
  const files = session.total_files > 1 ? [messages.files(session.total_files)] : [];
  if (session.held_by === 'no_worker') return [messages.tray.noWorker, ...files];
  if (session.status === 'queued' || session.phase === 'queue') {
    const { queue_position: position } = session;
    const place = position === null ? [] : [messages.queuePosition(position)];
    return [messages.tray.waiting, ...place, ...files, ...left];
  }
  const step = session.phase === null ? messages.starting : messages.steps[session.phase];
  return [step, ...files, ...left];
}

/** `12 files ready, 1 failed`; jobs of the app's own by their titles. */
export function describeSummary(summary: Summary, messages: Messages): string {
  const { ready, failed, cancelled, jobs = [] } = summary;
  const files = ready + failed + cancelled > 0 || jobs.length === 0
    ? [messages.tray.summary(ready, failed, cancelled)]
    : [];
  return [...files, ...jobs.map((job) => tellJob(job, messages))].join('. ');
}

function tellJob({ kind, title, status }: EndedJob, messages: Messages): string {
  return messages.jobs.told[status](jobTitle(kind, title, messages));
}

/** One sentence for a screen reader. */
export function describeAnnouncement(
  { kind, subject, quarter }: Announcement,
  name: string,
  messages: Messages,
): string {
  const { session, files } = subject;
  const about = (text: string) => session ? messages.tray.saidAbout(name, text) : text;
  const told = session?.kind === 'job' && session.title !== null
    ? about(tellJob(
      { kind: session.job_kind, title: session.title, status: session.status },
      messages,
    ))
    : null;
  switch (kind) {
    case 'started':
      if (told !== null) return told;
      return session ? about(messages.tray.started(files)) : messages.tray.startedMany(files);
    case 'step':
      return about(messages.steps[session?.phase ?? 'queue']);
    case 'quarter':
      return about(messages.tray.percentDone(formatPercent(quarter, messages.locale)));
    case 'ended': {
      if (told !== null) return told;
      const { processed_files: ready = 0, failed_files: failed = 0 } = session ?? {};
      return about(messages.tray.summary(ready, failed, Math.max(0, files - ready - failed)));
    }
  }
}
