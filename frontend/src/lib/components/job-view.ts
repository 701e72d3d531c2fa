/**
 * What a card shows of a job. Pure.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { isEndOfJob } from '../jobs/job-ends.ts';
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
  const hasNews = status !== null && status.message !== '' && status.message !== status.title;
  const seconds = startedAt === null ? 0 : Math.max(0, (now - startedAt) / 1_000);
  return {
    progress: measured ? status?.progress ?? 0 : null,
    tone: waits ? 'waiting' : 'active',
    step: hasNews ? jobNews(status, messages) : messages.jobs.starting,
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

/** What a job's session says, without its title: that stands above. */
export function jobNews(
  { title, message }: Pick<SessionStatusDocument, 'title' | 'message'>,
  messages: Messages,
): string {
  const isNamed = title !== null && message.startsWith(`${title}: `);
  return messages.server.news(isNamed ? message.slice(title.length + 2) : message);
}

/** Why it ended, in words for people. */
export function jobEndText(error: PollingError, messages: Messages): string {
  const { problems, speaksServer } = messages.server;
  if (error.code === 'cancelled') return messages.jobs.cancelled;
  if (error.code === 'still_running') return messages.jobs.stillRunning;
  if (speaksServer || isEndOfJob(error)) return error.message;
  return (problems as Record<string, string>)[error.code] ?? error.message;
}
