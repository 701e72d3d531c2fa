/**
 * Notes about a drop that was not taken in whole. Pure.
 *
 * @module
 */
import type { LeftOut } from '../state/adding.svelte.ts';
import type { Messages } from './messages.ts';

/** Maximum number of folders listed by name; the rest are counted. */
const NAMED = 3;

export function leftOutNotes(
  { hidden, emptyFolders, nothing, portions }: LeftOut,
  messages: Messages,
): string[] {
  const { knowledge } = messages;
  const named = emptyFolders.slice(0, NAMED).join(', ');
  return [
    ...(nothing ? [messages.nothingDropped] : []),
    ...(hidden > 0 ? [knowledge.leftOutHidden(hidden)] : []),
    ...(emptyFolders.length > 0
      ? [knowledge.emptyFolders(named, Math.max(0, emptyFolders.length - NAMED))]
      : []),
    ...(portions > 1 ? [knowledge.portions(portions)] : []),
  ];
}
