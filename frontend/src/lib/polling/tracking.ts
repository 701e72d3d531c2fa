/**
 * Tracking by session id, for code that has no place to keep a poller.
 *
 * @module
 */
import { pollingPaths } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { SessionList } from '#contract/sessions.ts';
import { ApiError } from '../api/api-error.ts';
import type { PollingOptions } from './options.ts';
import { type OnComplete, type OnError, ProgressPoller } from './poller.ts';
import { ask } from './transport.ts';

const trackers = new Map<string, ProgressPoller>();

/**
 * Follows a session until it ends. A second call for the same id takes its place: the callbacks of
 * the first are not called any more, so that a page that mounts twice is told once.
 *
 * @throws {RangeError} an option is out of its range
 */
export function startProgressTracking(
  sessionId: string,
  onComplete: OnComplete,
  onError: OnError,
  options: PollingOptions = {},
): ProgressPoller {
  const poller = new ProgressPoller(
    sessionId,
    (status) => {
      forget(poller);
      onComplete(status);
    },
    (error) => {
      forget(poller);
      onError(error);
    },
    options,
  );
  const before = trackers.get(sessionId);
  trackers.set(sessionId, poller);
  poller.start();
  // Only now, so that the stream of a page with one session does not end in between.
  before?.stop();
  return poller;
}

/** Ends tracking of a session in silence; does nothing when it is not tracked. */
export function stopProgressTracking(sessionId: string): void {
  trackers.get(sessionId)?.stop();
  trackers.delete(sessionId);
}

function forget(poller: ProgressPoller): void {
  if (trackers.get(poller.sessionId) === poller) trackers.delete(poller.sessionId);
}

export interface ResumeOptions extends PollingOptions {
  /** Only sessions of this knowledge base. */
  knowledgeId?: string;
}

/**
 * Follows every session of this user that the server calls live, after a reload, in a new tab or
 * on another device. Answers with what was found, newest first.
 *
 * @throws {ApiError} the list could not be had
 */
export async function resumeTracking(
  onComplete: OnComplete,
  onError: OnError,
  { knowledgeId, ...options }: ResumeOptions = {},
): Promise<SessionStatusDocument[]> {
  const items = await listLive(options, knowledgeId);
  for (const { session_id } of items) {
    startProgressTracking(session_id, onComplete, onError, options);
  }
  return items;
}

async function listLive(
  options: PollingOptions,
  knowledgeId: string | undefined,
): Promise<SessionStatusDocument[]> {
  const query = new URLSearchParams({
    live: 'true',
    ...(knowledgeId && { knowledge_id: knowledgeId }),
  });
  const answer = await ask<SessionList>(
    options,
    `${pollingPaths.sessions}?${query}`,
    null,
    options.signal,
  );
  if (answer.kind === 'document') return answer.document.items;
  if (answer.kind === 'unchanged') return [];
  const { message, code, status = 0, retryAfterMs, cause } = answer.error;
  throw new ApiError(message, { code, status, retryAfterMs, cause });
}
