/**
 * Asks for many sessions with as few requests as can be, one after the other.
 *
 * @module
 */
import type { BatchStatus, SessionStatusDocument } from '#contract/progress.ts';
import { PollingError } from '../error.ts';
import type { PollingOptions } from '../options.ts';
import {
  type Answer,
  type BatchTransport,
  createBatchTransport,
  createStatusTransport,
  type StatusAnswer,
  type StatusTransport,
  unanswered,
  UNREACHABLE,
} from '../transport.ts';
import type { Answers, Want } from './round.ts';

/** So many ids, named twice at the most, keep an address below the 8 kB that proxies take. */
const MOST_IDS = 90;
/** An id of any other kind could be taken for two, or spoil the question for the others. */
const BATCHED = /^[\w.~:-]{1,40}$/;

interface Question {
  readonly id: string;
  readonly files: boolean;
}

interface Asking {
  readonly signal: AbortSignal;
  /** Whether the last document of a session is still at hand, so that a 304 is of use. */
  readonly isKnown: (id: string) => boolean;
  /** For how long the answer may be held. */
  readonly waitSeconds: number;
  readonly answers: Map<string, StatusAnswer>;
}

/** Asks once for a batch. */
type Send<T> = (
  batch: readonly Question[],
  asking: { etag: string | null; waitSeconds: number; signal: AbortSignal },
) => Promise<Answer<T>>;

/** An answer after which there is no use in asking for others: no server, or nobody signed in. */
type Hindered = Extract<StatusAnswer, { error: PollingError }>;

export class Asker {
  readonly #one: StatusTransport;
  readonly #many: BatchTransport;
  /** By question; only those of the last round are kept. */
  #etags = new Map<string, string>();
  #nextEtags = this.#etags;

  constructor(options: PollingOptions) {
    this.#one = options.transport ?? createStatusTransport(options);
    this.#many = createBatchTransport(options);
  }

  /** An answer for every session; never rejects. An abort is a question without an answer. */
  async ask(
    wants: readonly Want[],
    signal: AbortSignal,
    isKnown: (id: string) => boolean,
    heldMs = 0,
  ): Promise<Answers> {
    this.#nextEtags = new Map();
    const batches = batchesOf(wants);
    // One after the other, none may keep the others waiting.
    const waitSeconds = batches.length === 1 ? heldMs / 1_000 : 0;
    const asking: Asking = { signal, isKnown, waitSeconds, answers: new Map() };
    let stopped: Hindered | null = null;
    for (const batch of batches) {
      if (stopped) hand(stopped, batch, asking.answers);
      else stopped = await this.#batch(batch, asking);
    }
    this.#etags = this.#nextEtags;
    return asking.answers;
  }

  /** Answers with what makes it useless to ask on, or null. */
  async #batch(batch: readonly Question[], asking: Asking): Promise<Hindered | null> {
    const [first, ...others] = batch;
    const alone = first !== undefined && others.length === 0;
    const answer = await this.#conditional<SessionStatusDocument | BatchStatus>(
      batch,
      asking,
      alone ? this.#askOne : this.#askMany,
    );
    if (alone) asking.answers.set(first.id, answer as StatusAnswer);
    else hand(answer as Answer<BatchStatus>, batch, asking.answers);
    return hindered(answer);
  }

  readonly #askOne: Send<SessionStatusDocument> = ([question], asking) =>
    this.#one({ sessionId: question?.id ?? '', files: question?.files ?? false, ...asking });

  readonly #askMany: Send<BatchStatus> = (batch, asking) =>
    this.#many({
      ids: batch.map(({ id }) => id),
      withFiles: batch.filter(({ files }) => files).map(({ id }) => id),
      ...asking,
    });

  async #conditional<T>(
    batch: readonly Question[],
    { isKnown, signal, waitSeconds }: Asking,
    send: Send<T>,
  ): Promise<Answer<T>> {
    const key = JSON.stringify(batch);
    const etag = batch.every(({ id }) => isKnown(id)) ? this.#etags.get(key) ?? null : null;
    const answer = await orAborted(send(batch, { etag, waitSeconds, signal }), signal);
    const next = answer.kind === 'document' ? answer.etag : etag;
    if (next !== null) this.#nextEtags.set(key, next);
    return answer;
  }
}

/** Sorted, so that the same sessions are the same question whoever asks. */
function batchesOf(wants: readonly Want[]): Question[][] {
  const files = new Map<string, boolean>();
  for (const want of wants) {
    files.set(want.sessionId, want.files || files.get(want.sessionId) === true);
  }
  const questions = [...files].map(([id, wanted]) => ({ id, files: wanted }))
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const batched = questions.filter(({ id }) => BATCHED.test(id));
  const count = Math.ceil(batched.length / MOST_IDS);
  const chunks = Array.from(
    { length: count },
    (_, n) => batched.slice(n * MOST_IDS, (n + 1) * MOST_IDS),
  );
  return [...chunks, ...questions.filter(({ id }) => !BATCHED.test(id)).map((one) => [one])];
}

function hindered(answer: Answer<unknown>): Hindered | null {
  if (answer.kind === 'failed') return answer;
  return answer.kind === 'refused' && answer.error.status === 401 ? answer : null;
}

/** Gives each session of a batch its own answer. */
function hand(
  answer: Answer<BatchStatus>,
  batch: readonly Question[],
  answers: Map<string, StatusAnswer>,
): void {
  for (const { id } of batch) {
    const own = answer.kind === 'document' ? partOf(answer, id) : answer;
    answers.set(id, own);
  }
}

function partOf(
  answer: Extract<Answer<BatchStatus>, { kind: 'document' }>,
  id: string,
): StatusAnswer {
  const { sessions } = answer.document;
  // Something between us and the server that answers with anything at all.
  if (!Array.isArray(sessions)) return unanswered(UNREACHABLE);
  const document = sessions.find((session) => session.session_id === id);
  return document ? { ...answer, document } : { kind: 'refused', error: notFound() };
}

function notFound(): PollingError {
  const detail = 'This does not exist any more, or you may not see it.';
  return new PollingError(detail, { code: 'session_not_found', status: 404 });
}

/** A transport need not heed its signal: it is over all the same. */
async function orAborted<T>(sent: Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T>> {
  const { promise: aborted, resolve } = Promise.withResolvers<Answer<T>>();
  const abort = () => resolve(unanswered('The server did not answer in time'));
  signal.addEventListener('abort', abort);
  const answered = sent.catch((cause) => unanswered(UNREACHABLE, cause));
  return await Promise.race([answered, aborted]);
}
