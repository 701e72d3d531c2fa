/**
 * Work on many rows, none of which keeps it from the others.
 *
 * @module
 */

/** Does `work` for each item, one after another. Throws the first error once all were tried. */
export async function eachInTurn<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const errors: unknown[] = [];
  for (const item of items) await work(item).catch((error) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
