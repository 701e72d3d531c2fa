/**
 * How fast recordings are played: remembered in this browser for all of them.
 *
 * @module
 */
export const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

const KEY = 'headway:playback-rate';

/** 1 where nothing, or nothing usable, is remembered. */
export function readRate(storage: () => Pick<Storage, 'getItem'> = () => localStorage): number {
  try {
    const rate = Number(storage().getItem(KEY));
    return rate >= 0.25 && rate <= 4 ? rate : 1;
  } catch {
    // A browser may forbid its storage altogether.
    return 1;
  }
}

export function rememberRate(
  rate: number,
  storage: () => Pick<Storage, 'setItem'> = () => localStorage,
): void {
  try {
    storage().setItem(KEY, String(rate));
  } catch {
    // It holds for this page at least.
  }
}
