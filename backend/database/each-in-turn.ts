/**
 * Sequential work on many rows, in which a failure does not stop the others.
 *
 * @module
 */

/** Runs `work` for each item, one after another. Throws the first error after all were tried. */
export async function eachInTurn<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const errors: unknown[] = [];
  for (const item of items) await work(item).catch((error) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
