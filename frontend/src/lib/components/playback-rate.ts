/**
 * Playback rate of all recordings, stored in this browser.
 *
 * @module
 */
export const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

const KEY = 'headway:playback-rate';

/** Reads the stored rate; 1 if none is stored or usable. */
export function readRate(storage: () => Pick<Storage, 'getItem'> = () => localStorage): number {
  try {
    const rate = Number(storage().getItem(KEY));
    return rate >= 0.25 && rate <= 4 ? rate : 1;
  } catch {
    // A browser may block storage.
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
    // The rate still applies to this page.
  }
}
