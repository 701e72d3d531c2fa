/**
 * Ended sessions that were dismissed on this device.
 *
 * @module
 */
import { deviceStorage, readStoredTexts, type TextStorage, writeStored } from './stored.ts';

export interface Dismissed {
  has(sessionId: string): boolean;
  add(sessionId: string): void;
}

const KEY = 'headway:dismissed';
/** Maximum number of stored ids; sessions before them are not shown any more anyway. */
const MOST = 500;

/** Shared by all tabs: storage is read at each call. */
export function rememberDismissed(storage: TextStorage | null = deviceStorage()): Dismissed {
  return {
    has: (id) => readStoredTexts(storage, KEY).includes(id),
    add(id) {
      const others = readStoredTexts(storage, KEY).filter((known) => known !== id);
      writeStored(storage, KEY, [...others, id].slice(-MOST));
    },
  };
}
