/**
 * The umask of the program's processes.
 *
 * @module
 */
import { OTHERS } from './folders.ts';

/**
 * Removes all permissions of other users from files that this process and its children create;
 * files for others set a mode of their own. For a program at its start, never for a library: the
 * umask applies to the whole process.
 */
export function closeToOthers(): void {
  // Windows has access lists instead.
  if (Deno.build.os !== 'windows') Deno.umask(OTHERS);
}
