/**
 * What a card shows of a job. Pure.
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
  /** 0–100; null where nobody can know. */
  readonly progress: number | null;
  readonly tone: 'active' | 'waiting';
  /** Which step it is at, with what it does there. */
  readonly step: string;
  /** How long it has taken, and may still take. */
  readonly details: readonly string[];
}

export interface JobMoment {
  readonly status: SessionStatusDocument | null;
  /** Whether it says how far it is: an operation of a service does not. */
  readonly measured: boolean;
  /** When it was started, epoch milliseconds. */
  readonly startedAt: number | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

export function viewJob(
  { status, measured, startedAt, now }: JobMoment,
  messages: Messages,
): JobView {
  // One that is completed here only waits for its result to be read.
  const waits = status?.status === 'queued' || status?.status === 'paused';
  // Before its first step it has nothing but its title to say.
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

/** Title of a job, in the language of the page where its kind is known. */
export const jobTitle = (kind: string | undefined, title: string, { server }: Messages): string =>
  server.jobTitle(kind ?? '', title);

/** What a session says; of a job without its title, which stands above. Null where it is nothing. */
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

/** Why it ended, in words for people. */
export function jobEndText(error: PollingError, messages: Messages): string {
  if (error.code === 'cancelled') return messages.jobs.cancelled;
  if (error.code === 'still_running') return messages.jobs.stillRunning;
  return problemText(messages, error);
}
