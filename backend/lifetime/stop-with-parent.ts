/**
 * Child processes that end with their parent, however it ends.
 *
 * @module
 */

/**
 * Stops on SIGTERM and at the end of standard input, which only the parent process holds open. A
 * terminal sends SIGINT to all processes at once: the parent decides when this one ends.
 */
export async function stopWithParent(stop: () => Promise<void>): Promise<void> {
  Deno.addSignalListener('SIGTERM', () => stop());
  Deno.addSignalListener('SIGINT', () => {});
  for await (const _ of Deno.stdin.readable);
  await stop();
}
