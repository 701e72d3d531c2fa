/**
 * Messages between tabs: the demand of each, and the answers that the leader received. Plain data
 * that a BroadcastChannel can carry.
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

/** Result of one round of requests. */
export interface Round {
  /** Entries by session id. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Milliseconds to the next round. */
  readonly delayMs: number;
  /** The server's clock, milliseconds since the epoch. */
  readonly serverTimeMs: number | null;
  /** Earliest time of the next request, by this device's clock; it also binds the next leader. */
  readonly notBefore: number;
}

/** One session's part of a round: with neither field, it is unchanged since the previous round. */
export interface Entry {
  readonly document?: SessionStatusDocument;
  /** Reason of a missing answer. */
  readonly event?: PlainFailure;
}

type FailedAnswer = Extract<StatusAnswer, { error: PollingError }>;
/** Plain data: a structured clone keeps neither the class nor the code of an error. */
type PlainFailure = {
  readonly type: 'refused' | 'offline' | 'failed';
  readonly counts?: boolean;
  readonly error: PlainError;
};
export type PlainError = PollingErrorOptions & { readonly message: string };

/** Answers by session id. */
export type Answers = ReadonlyMap<string, StatusAnswer>;

/** Builds a round of the answers, with the documents that have changed. */
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
  // A server that sends `Retry-After` is alive: that is a wait, not a failure.
  return { type: 'failed', error, counts: error.retryAfterMs === undefined };
}

export function toPollEvent({ error, ...event }: PlainFailure): PollEvent {
  return { ...event, error: new PollingError(error.message, error) } as PollEvent;
}

/** True if the user is not signed in any more, which ends every session of every tab. */
export function endsAll({ event }: Entry): boolean {
  return event?.type === 'refused' && event.error.status === 401;
}

/** True if the session goes on after the answer. */
export function goesOn(answers: Answers, sessionId: string): boolean {
  const answer = answers.get(sessionId);
  if (answer?.kind === 'document') return !FINAL_STATUSES.includes(answer.document.status);
  return answer?.kind !== 'refused';
}
