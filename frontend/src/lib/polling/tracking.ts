/**
 * Tracking by session id, for code that cannot hold on to a poller.
 *
 * @module
 */
import { pollingPaths } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import type { SessionList } from '#contract/sessions.ts';
import { FINAL_STATUSES } from '#contract/statuses.ts';
import type { PollingOptions } from './options.ts';
import { type OnComplete, type OnError, ProgressPoller } from './poller.ts';
import { hearSessions } from './shared/hearing.ts';
import { ask } from './transport.ts';
import { listenForWakeups, pageTargets } from './wakeups.ts';

const trackers = new Map<string, ProgressPoller>();

/**
 * Follows a session until it ends. A second call for the same id replaces the first, whose
 * callbacks are not called any more. A page that mounts twice thus gets each callback once.
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
  // Stopped last, so that the stream of a page with one session does not end in between.
  before?.stop();
  return poller;
}

/** Stops tracking a session without callbacks; does nothing when it is not tracked. */
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
 * Follows every live session of this user, after a reload, in a new tab or on another device.
 * Resolves with the sessions found, newest first. With a `signal` it also follows later ones until
 * that aborts. Those of another tab are found as soon as that tab polls them, others when the page
 * is shown again or its network is back.
 *
 * @throws {PollingError} the list could not be loaded
 */
export async function resumeTracking(
  onComplete: OnComplete,
  onError: OnError,
  { knowledgeId, ...options }: ResumeOptions = {},
): Promise<SessionStatusDocument[]> {
  const { signal } = options;
  const begin = ({ session_id: id }: SessionStatusDocument) =>
    startProgressTracking(id, onComplete, onError, options);
  const meet = (session: SessionStatusDocument) => {
    if (!trackers.has(session.session_id) && !FINAL_STATUSES.includes(session.status)) {
      begin(session);
    }
  };
  const look = async (take: (session: SessionStatusDocument) => void) => {
    const items = await listLive(options, knowledgeId);
    if (!signal?.aborted) items.forEach(take);
    return items;
  };
  if (signal && !signal.aborted) {
    const stops = [
      hearSessions(options, (session) => {
        if (!knowledgeId || session.knowledge_id === knowledgeId) meet(session);
      }),
      // A failure is retried with the next of these events.
      listenForWakeups(options.wakeTargets ?? pageTargets(), () => void look(meet).catch(() => {})),
    ];
    signal.addEventListener('abort', () => stops.forEach((stop) => stop()));
  }
  return await look(begin);
}

async function listLive(
  options: PollingOptions,
  knowledgeId: string | undefined,
): Promise<SessionStatusDocument[]> {
  const place = knowledgeId ? `&knowledge_id=${encodeURIComponent(knowledgeId)}` : '';
  const path = `${pollingPaths.sessions}?live=true${place}`;
  const answer = await ask<SessionList>(options, path, options);
  if ('error' in answer) throw answer.error;
  return answer.kind === 'document' ? answer.document.items : [];
}
