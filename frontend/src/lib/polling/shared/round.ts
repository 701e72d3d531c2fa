/**
 * What tabs tell each other: what each wants to know, and what one of them has been answered. Plain
 * data, as it goes through a BroadcastChannel.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import { PollingError } from '../error.ts';
import type { Pace } from '../options.ts';
import type { StatusAnswer } from '../transport.ts';
import type { Known, Memory } from './memory.ts';

export interface Want {
  readonly sessionId: string;
  readonly files: boolean;
  readonly pace: Pace;
}

/** What one round of asking brought. */
export interface Round {
  readonly entries: readonly Entry[];
  /** Has an entry for every session that the asking tab knows to be wanted. */
  readonly whole: boolean;
  /** Milliseconds to the next round. */
  readonly delayMs: number;
  /** The server's clock, milliseconds since the epoch. */
  readonly serverTimeMs: number | null;
  /** Set when this user is not signed in any more: the end for every tab. */
  readonly signedOut: PlainError | null;
}

/** One session's part of a round. `document` is left out where it is the one sent before. */
export type Entry =
  | {
    readonly kind: 'known';
    readonly sessionId: string;
    readonly version: string;
    readonly document?: SessionStatusDocument;
  }
  | { readonly kind: 'refused'; readonly sessionId: string; readonly error: PlainError }
  | {
    readonly kind: 'failed';
    readonly sessionId: string;
    readonly error: PlainError;
    readonly offline: boolean;
  };

/** A structured clone keeps neither the class nor the code of an error. */
export interface PlainError {
  readonly message: string;
  readonly code: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The answers of all sessions, by their ids. */
export type Answers = ReadonlyMap<string, StatusAnswer>;

export interface RoundOptions {
  /** Sessions whose document is another than before. */
  readonly changed: ReadonlySet<string>;
  readonly delayMs: number;
  readonly online: boolean;
}

/** What was just asked, with the documents that have changed. */
export function toRound(
  answers: Answers,
  memory: Memory,
  { changed, delayMs, online }: RoundOptions,
): Round {
  const all = [...answers.values()];
  const dated = all.find((answer) => 'serverTimeMs' in answer && answer.serverTimeMs);
  const signedOut = all.find((answer) => answer.kind === 'refused' && answer.error.status === 401);
  return {
    entries: [...answers].flatMap(([id, answer]) =>
      toEntry(id, answer, memory.get(id), changed.has(id), online)
    ),
    whole: true,
    delayMs,
    serverTimeMs: dated && 'serverTimeMs' in dated ? dated.serverTimeMs ?? null : null,
    signedOut: signedOut?.kind === 'refused' ? toPlainError(signedOut.error) : null,
  };
}

/** What is known already, for somebody who has not got it. */
export function toReminder(known: ReadonlyMap<string, Known>): Round {
  const entries = [...known].map(([sessionId, { document, version }]): Entry => ({
    kind: 'known',
    sessionId,
    version,
    document,
  }));
  return { entries, whole: false, delayMs: 0, serverTimeMs: null, signedOut: null };
}

function toEntry(
  sessionId: string,
  answer: StatusAnswer,
  known: Known | undefined,
  hasChanged: boolean,
  online: boolean,
): Entry | [] {
  if (answer.kind === 'refused') {
    return { kind: 'refused', sessionId, error: toPlainError(answer.error) };
  }
  if (answer.kind === 'failed') {
    const offline = !answer.reached && !online;
    return { kind: 'failed', sessionId, error: toPlainError(answer.error), offline };
  }
  if (!known) return [];
  const { version, document } = known;
  return { kind: 'known', sessionId, version, ...(hasChanged ? { document } : {}) };
}

/** Whether there is more to come of this session after the answer. */
export function goesOn(answers: Answers, sessionId: string): boolean {
  const answer = answers.get(sessionId);
  if (answer?.kind === 'document') return !FINAL_STATUSES.includes(answer.document.status);
  return answer?.kind !== 'refused';
}

function toPlainError(error: PollingError): PlainError {
  const { message, code, status, retryAfterMs } = error;
  return { message, code, status, retryAfterMs };
}

export function toPollingError({ message, ...options }: PlainError): PollingError {
  return new PollingError(message, options);
}
