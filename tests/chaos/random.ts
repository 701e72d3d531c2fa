/**
 * Random numbers that are the same in every run with the same seed.
 *
 * @module
 */

export interface Random {
  /** A number in [from, to). */
  between(from: number, to: number): number;
  /** An integer in [0, below). */
  below(below: number): number;
  /** An element of a list that has at least one. */
  pick<T>(list: readonly T[]): T;
}

/** A linear congruential generator (Numerical Recipes). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    between: (from, to) => from + next() * (to - from),
    below,
    pick: (list) => list[below(list.length)]!,
  };
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
