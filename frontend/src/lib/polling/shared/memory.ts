/**
 * The last document of each session: what tells a change from the same said again.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';

/** By the ids of the sessions. */
export type Memory = Map<string, SessionStatusDocument>;

/** Takes in a document, and tells whether it says anything new; else the one before is kept. */
export function learn(memory: Memory, id: string, document: SessionStatusDocument): boolean {
  if (JSON.stringify(memory.get(id)) === JSON.stringify(document)) return false;
  memory.set(id, document);
  return true;
}

/** Forgets what is no longer asked for. */
export function keepOnly(memory: Map<string, unknown>, ids: { has(id: string): boolean }): void {
  for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
}
