/**
 * What this device remembers: small values in local storage, which may be full, foreign or absent.
 *
 * @module
 */
/// <reference lib="dom" />

export type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Local storage, or nothing where it may not be used. */
export function deviceStorage(): TextStorage | null {
  try {
    return typeof localStorage === 'undefined' ? null : localStorage;
  } catch {
    return null;
  }
}

/** The JSON value of a key; null where there is none that can be read. */
export function readStored(storage: TextStorage | null, key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** Writes a value; a device that has no room for it only forgets. */
export function writeStored(storage: TextStorage | null, key: string, value: unknown): void {
  try {
    storage?.setItem(key, JSON.stringify(value));
  } catch {
    // Forgetting is all that can happen.
  }
}

/** The texts of a list; nothing else that may stand there. */
export function readStoredTexts(storage: TextStorage | null, key: string): string[] {
  const value = readStored(storage, key);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
