/**
 * The umask of the program's processes.
 *
 * @module
 */
import { OTHERS } from './folders.ts';

/**
 * Closes all that this process and its children make to other users; what others need has a mode of
 * its own. For a program at its start, never for a library: the umask is the whole process's.
 */
export function closeToOthers(): void {
  // Windows has access lists instead.
  if (Deno.build.os !== 'windows') Deno.umask(OTHERS);
}
