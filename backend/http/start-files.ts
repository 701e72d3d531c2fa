/**
 * Starting a session for files that are here, on behalf of whoever asks.
 *
 * @module
 */
import type { Actor } from '../access/actor.ts';
import { type StartedSession, startSession } from '../queue/submit.ts';
import type { Services } from './services.ts';

/** Files asked for by name go first: their session is of high priority. */
export function startFiles(
  { db, queue }: Services,
  actor: Actor,
  knowledgeId: string | null,
  fileIds: readonly string[],
): Promise<StartedSession> {
  return startSession(db, queue, {
    knowledgeId,
    userId: actor.id,
    fileIds,
    uploads: [],
    priority: 'high',
    language: null,
    operationId: null,
  });
}
