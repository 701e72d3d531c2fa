/**
 * View model of a job card. Pure.
 *
 * @module
 */
import { isA } from '#contract/messages/catalogue.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { innerText, messageText, problemText } from '../messages/server-text.ts';
import type { PollingError } from '../polling/error.ts';
import { formatClock, formatDuration } from './formatting.ts';
import type { Messages } from './messages.ts';

export interface JobView {
  /** 0–100; null if it is not measured. */
  readonly progress: number | null;
  readonly tone: 'active' | 'waiting';
  /** Current step, with its activity. */
  readonly step: string;
  /** Queue position, elapsed time and estimated time left. */
  readonly details: readonly string[];
}

export interface JobMoment {
  readonly status: SessionStatusDocument | null;
  /** True if the job reports its progress; an operation of an external service does not. */
  readonly measured: boolean;
  /** Start time, epoch milliseconds. */
  readonly startedAt: number | null;
  /** Current time, epoch milliseconds. */
  readonly now: number;
}

export function viewJob(
  { status, measured, startedAt, now }: JobMoment,
  messages: Messages,
): JobView {
  // A completed job only awaits the reading of its result here.
  const waits = status?.status === 'queued' || status?.status === 'paused';
  // Before its first step a job has no message besides its title.
  const news = status && jobNews(status, messages);
  const seconds = startedAt === null ? 0 : Math.max(0, (now - startedAt) / 1_000);
  return {
    progress: measured ? status?.progress ?? 0 : null,
    tone: waits ? 'waiting' : 'active',
    step: news ?? messages.jobs.starting,
    details: [
      ...(status?.status === 'queued' && status.queue_position !== null
        ? [messages.queuePosition(status.queue_position)]
        : []),
      ...(seconds >= 1 ? [messages.jobs.soFar(formatClock(seconds))] : []),
      ...(typeof status?.eta_seconds === 'number'
        ? [messages.timeLeft(formatDuration(status.eta_seconds, messages.locale))]
        : []),
    ],
  };
}

/** Returns the title of a job, in the page's language if its kind is known. */
export const jobTitle = (kind: string | undefined, title: string, { server }: Messages): string =>
  server.jobTitle(kind ?? '', title);

/** Returns a session's message, null if empty. A job's omits the title, which stands above. */
export function jobNews(
  { kind, message, message_details: details }: Pick<
    SessionStatusDocument,
    'kind' | 'message' | 'message_details'
  >,
  messages: Messages,
): string | null {
  if (kind === 'job' && details && isA(details, 'work_on')) {
    const { now } = details.params;
    return now && innerText(messages, now);
  }
  return messageText(messages, details, message) || null;
}

/** Describes why a job ended. */
export function jobEndText(error: PollingError, messages: Messages): string {
  if (error.code === 'cancelled') return messages.jobs.cancelled;
  if (error.code === 'still_running') return messages.jobs.stillRunning;
  return problemText(messages, error);
}
