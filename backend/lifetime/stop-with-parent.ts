/**
 * Processes of ours that end with the one that started them, however that ends.
 *
 * @module
 */

/**
 * Stops on SIGTERM, and when standard input ends, which only the process that started this one
 * holds. A terminal sends SIGINT to all of them at once: it is left to that process to end this one.
 */
export async function stopWithParent(stop: () => Promise<void>): Promise<void> {
  Deno.addSignalListener('SIGTERM', () => stop());
  Deno.addSignalListener('SIGINT', () => {});
  for await (const _ of Deno.stdin.readable);
  await stop();
}
