/**
 * What tabs tell each other: what each wants to know, and what one of them has been answered. Plain
 * data, as it goes through a BroadcastChannel.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import { PollingError, type PollingErrorOptions } from '../error.ts';
import type { Pace } from '../options.ts';
import type { PollEvent } from '../state.ts';
import type { StatusAnswer } from '../transport.ts';
import type { Memory } from './memory.ts';

export interface Want {
  readonly sessionId: string;
  readonly files: boolean;
  readonly pace: Pace;
}

/** What one round of asking brought. */
export interface Round {
  /** By the ids of their sessions. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Milliseconds to the next round. */
  readonly delayMs: number;
  /** The server's clock, milliseconds since the epoch. */
  readonly serverTimeMs: number | null;
  /** Nobody may ask before, by the clock of this device; also not whoever leads next. */
  readonly notBefore: number;
}

/** One session's part of a round: with neither, it is as it was in the round before. */
export interface Entry {
  readonly document?: SessionStatusDocument;
  /** Why there was no answer. */
  readonly event?: PlainFailure;
}

type FailedAnswer = Extract<StatusAnswer, { error: PollingError }>;
/** A structured clone keeps neither the class nor the code of an error: they go as plain data. */
type PlainFailure = {
  readonly type: 'refused' | 'offline' | 'failed';
  readonly counts?: boolean;
  readonly error: PlainError;
};
export type PlainError = PollingErrorOptions & { readonly message: string };

/** The answers of all sessions, by their ids. */
export type Answers = ReadonlyMap<string, StatusAnswer>;

/** What was just asked, with the documents that are news. */
export function toRound(
  answers: Answers,
  memory: Memory,
  isNews: (id: string) => boolean,
  online: boolean,
): Pick<Round, 'entries' | 'serverTimeMs'> {
  let serverTimeMs: number | null = null;
  const entries = new Map<string, Entry>();
  for (const [id, answer] of answers) {
    if ('error' in answer) {
      entries.set(id, { event: toFailure(answer, online) });
      continue;
    }
    serverTimeMs ??= answer.serverTimeMs ?? null;
    const document = isNews(id) && memory.get(id);
    entries.set(id, document ? { document } : {});
  }
  return { entries, serverTimeMs };
}

function toFailure(answer: FailedAnswer, online: boolean): PlainFailure {
  const error = { ...answer.error, message: answer.error.message };
  if (answer.kind === 'refused') return { type: 'refused', error };
  if (!answer.reached && !online) return { type: 'offline', error };
  // A server that says when to come back is alive: that is a wait, not a failure.
  return { type: 'failed', error, counts: error.retryAfterMs === undefined };
}

export function toPollEvent({ error, ...event }: PlainFailure): PollEvent {
  return { ...event, error: new PollingError(error.message, error) } as PollEvent;
}

/** Whether this user is not signed in any more: the end for every session of every tab. */
export function endsAll({ event }: Entry): boolean {
  return event?.type === 'refused' && event.error.status === 401;
}

/** Whether there is more to come of this session after the answer. */
export function goesOn(answers: Answers, sessionId: string): boolean {
  const answer = answers.get(sessionId);
  if (answer?.kind === 'document') return !FINAL_STATUSES.includes(answer.document.status);
  return answer?.kind !== 'refused';
}
