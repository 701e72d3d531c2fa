/**
 * Concurrent work with results in order.
 *
 * @module
 */

/** `done` for every item, in the order of the items; `waiting` at each tick before the next one. */
export type InOrder<T, R> =
  | { readonly type: 'done'; readonly item: T; readonly result: R }
  | { readonly type: 'waiting'; readonly item: T; readonly ticks: number };

export interface InOrderOptions {
  /** Concurrent items, which is also how far ahead of the first one they are taken. */
  readonly atOnce: number;
  readonly tickMs: number;
  readonly signal: AbortSignal;
}

interface Flight<T, R> {
  readonly item: T;
  readonly done: Promise<{ readonly result: R }>;
}

/**
 * Runs `work` for each of `items`. A failure ends all of it with its error, after the results of
 * earlier items. At the end, in any case, the signal that items and work received aborts.
 */
export async function* inOrder<T, R>(
  items: (signal: AbortSignal) => AsyncGenerator<T>,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  { atOnce, tickMs, signal }: InOrderOptions,
): AsyncGenerator<InOrder<T, R>> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const source = items(either);
  const ahead: Flight<T, R>[] = [];
  let taking: Promise<{ readonly taken: IteratorResult<T> }> | null = null;
  let isOver = false;
  let ticks = 0;
  try {
    while (!isOver || ahead.length > 0) {
      if (!isOver && ahead.length < atOnce) {
        taking ??= handled(source.next().then((taken) => ({ taken })));
      }
      const [first] = ahead;
      const event = await soonest(first?.done, taking, tickMs);
      if (event === null) {
        if (first) yield { type: 'waiting', item: first.item, ticks: ++ticks };
      } else if ('result' in event) {
        ahead.shift();
        ticks = 0;
        yield { type: 'done', item: first!.item, result: event.result };
      } else {
        taking = null;
        if (event.taken.done) isOver = true;
        else ahead.push(fly(event.taken.value, work, either));
      }
    }
  } finally {
    ending.abort();
    await source.return(undefined);
  }
}

function fly<T, R>(
  item: T,
  work: (item: T, signal: AbortSignal) => Promise<R>,
  signal: AbortSignal,
): Flight<T, R> {
  return { item, done: handled(work(item, signal).then((result) => ({ result }))) };
}

/** Marks a rejection as handled: the promise may be awaited later, or never. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The first of the promises to settle, the earlier one if several have; null after a tick. */
async function soonest<A, B>(
  front: Promise<A> | undefined,
  behind: Promise<B> | null,
  tickMs: number,
): Promise<A | B | null> {
  const tick = Promise.withResolvers<null>();
  const timer = setTimeout(() => tick.resolve(null), tickMs);
  try {
    return await Promise.race([
      ...(front ? [front] : []),
      ...(behind ? [behind] : []),
      tick.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
