/**
 * Starting a session for files that are here, on behalf of whoever asks.
 *
 * @module
 */
import type { Executor } from '../database/connection.ts';
import type { Queue } from '../queue/boss.ts';
import { type SessionRequest, type StartedFiles, startSessionIn } from '../queue/submit.ts';

export interface FilesToStart {
  /** Who asks. */
  readonly userId: string;
  /** Their role, where it comes with the request. */
  readonly userRole: string | null;
  readonly knowledgeId: string | null;
  readonly fileIds: readonly string[];
}

/** Files asked for by name go first: their session is of high priority. */
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
