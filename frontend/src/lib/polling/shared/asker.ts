/**
 * Requests the statuses of many sessions in as few requests as possible, one after the other.
 *
 * @module
 */
import { pollingPaths } from '#contract/paths.ts';
import type { BatchStatus, SessionStatusDocument } from '#contract/progress.ts';
import { PollingError } from '../error.ts';
import type { PollingOptions } from '../options.ts';
import { type Answer, ask, type StatusAnswer, unanswered, UNREACHABLE } from '../transport.ts';
import type { Answers, Want } from './round.ts';

/** Maximum ids of a request: named twice, they keep its URL below the 8 kB that proxies allow. */
const MOST_IDS = 90;
/** Ids that can be batched. Others could be taken for two, or break the request for the rest. */
const BATCHED = /^[\w.~:-]{1,40}$/;

interface Asking {
  readonly signal: AbortSignal;
  /** True if the last document of a session is cached, so that a 304 can be used. */
  readonly isKnown: (id: string) => boolean;
  /** Milliseconds for which the server may hold the response. */
  readonly heldMs: number;
}

/** An answer that rules out further requests: no server, or no signed-in user. */
type Hindered = Extract<StatusAnswer, { error: PollingError }>;

/** Requests all statuses. Never rejects: an abort counts as a request without an answer. */
export type Ask = (wants: readonly Want[], asking: Asking) => Promise<Answers>;

/** Creates the function that requests the statuses of all given sessions. */
export function createAsk(options: PollingOptions): Ask {
  /** ETags by URL; only those of the last round are kept. */
  let etags = new Map<string, string>();
  return async (wants, { signal, isKnown, heldMs }) => {
    const answers = new Map<string, StatusAnswer>();
    const [known, next] = [etags, new Map<string, string>()];
    const withFiles = new Set(wants.filter(({ files }) => files).map(({ sessionId }) => sessionId));
    const batches = batchesOf(wants);
    // With several sequential batches, a held response would delay the others.
    const waitSeconds = batches.length === 1 ? heldMs / 1_000 : 0;
    let end: Hindered | null = null;
    for (const ids of batches) {
      const path = pathOf(ids, withFiles);
      const etag = ids.every(isKnown) ? known.get(path) ?? null : null;
      const [sessionId = ''] = ids;
      const asking = { etag, signal, waitSeconds };
      const send = () =>
        options.transport?.({ sessionId, files: withFiles.has(sessionId), ...asking }) ??
          ask<SessionStatusDocument & BatchStatus>(options, path, asking);
      const answer = end ?? await orAborted(send, signal);
      const tag = answer.kind === 'document' ? answer.etag : etag;
      if (tag !== null) next.set(path, tag);
      for (const id of ids) answers.set(id, ids.length > 1 ? partOf(answer, id) : answer);
      end = hindered(answer);
    }
    etags = next;
    return answers;
  };
}

/** Sorted, so that the same sessions give the same request from every tab. */
function batchesOf(wants: readonly Want[]): string[][] {
  const ids = [...new Set(wants.map(({ sessionId }) => sessionId))].sort();
  const batches: string[][] = [];
  let open: string[] | null = null;
  for (const id of ids) {
    if (!BATCHED.test(id)) batches.push([id]);
    else if (open !== null && open.length < MOST_IDS) open.push(id);
    else batches.push(open = [id]);
  }
  return batches;
}

function pathOf(ids: readonly string[], withFiles: ReadonlySet<string>): string {
  const files = ids.filter((id) => withFiles.has(id));
  const [first = '', second] = ids;
  if (second !== undefined) return pollingPaths.batchStatus(ids, files);
  return pollingPaths.sessionStatus(first) + (files.length > 0 ? '?files=true' : '');
}

function hindered(answer: StatusAnswer | Answer<BatchStatus>): Hindered | null {
  if (answer.kind === 'failed') return answer;
  return answer.kind === 'refused' && answer.error.status === 401 ? answer : null;
}

/** Extracts one session's part of a batch answer. */
function partOf(answer: Answer<BatchStatus | SessionStatusDocument>, id: string): StatusAnswer {
  if (answer.kind !== 'document') return answer;
  const { sessions } = answer.document as Partial<BatchStatus>;
  // A proxy may have answered with some other content.
  if (!Array.isArray(sessions)) return unanswered(UNREACHABLE);
  const document = sessions.find((session) => session.session_id === id);
  return document ? { ...answer, document } : { kind: 'refused', error: notFound() };
}

function notFound(): PollingError {
  const detail = 'This does not exist any more, or you may not see it.';
  return new PollingError(detail, { code: 'session_not_found', status: 404 });
}

/** Resolves as unanswered on abort, also where a transport ignores its signal. */
async function orAborted<T>(
  send: () => Promise<Answer<T>>,
  signal: AbortSignal,
): Promise<Answer<T>> {
  const { promise: aborted, resolve } = Promise.withResolvers<Answer<T>>();
  const abort = () => resolve(unanswered('The server did not answer in time'));
  signal.addEventListener('abort', abort);
  return await Promise.race([send().catch((cause) => unanswered(UNREACHABLE, cause)), aborted]);
}
