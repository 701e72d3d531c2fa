/**
 * Cache of the last document of each session, which distinguishes a change from a repetition.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';

/** Documents by session id. */
export type Memory = Map<string, SessionStatusDocument>;

/** Caches a document and returns true if it differs from the cached one; else keeps that one. */
export function learn(memory: Memory, id: string, document: SessionStatusDocument): boolean {
  if (JSON.stringify(memory.get(id)) === JSON.stringify(document)) return false;
  memory.set(id, document);
  return true;
}

/** Evicts entries that are no longer wanted. */
export function keepOnly(memory: Map<string, unknown>, ids: { has(id: string): boolean }): void {
  for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
}
