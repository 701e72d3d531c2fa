/**
 * Processes of ours that end with the one that started them, however that ends.
 *
 * @module
 */

/** Whoever started us holds our standard input: its end is theirs. */
export async function stopWithParent(stop: () => Promise<void>): Promise<void> {
  for await (const _ of Deno.stdin.readable);
  await stop();
}
