/**
 * Starts a session for stored files on behalf of a user.
 *
 * @module
 */
import type { Executor } from '../database/connection.ts';
import type { Queue } from '../queue/boss.ts';
import { type SessionRequest, type StartedFiles, startSessionIn } from '../queue/submit.ts';

export interface FilesToStart {
  /** Owner of the session. */
  readonly userId: string;
  /** Role of the owner, where it comes with the request. */
  readonly userRole: string | null;
  readonly knowledgeId: string | null;
  readonly fileIds: readonly string[];
}

/** Creates the request. Files selected by the user go first: their session has high priority. */
export function requestOf(files: FilesToStart): SessionRequest {
  return { ...files, uploads: [], priority: 'high', language: null, operationId: null };
}

/** Starts the session in the given transaction. */
export function startFiles(
  tx: Executor,
  queue: Queue,
  files: FilesToStart,
): Promise<StartedFiles> {
  return startSessionIn(tx, queue, requestOf(files));
}
