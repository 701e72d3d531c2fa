/**
 * Small values in local storage, which may be full, invalid or absent.
 *
 * @module
 */
/// <reference lib="dom" />

export type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** Local storage, or null where access is denied. */
export function deviceStorage(): TextStorage | null {
  try {
    return typeof localStorage === 'undefined' ? null : localStorage;
  } catch {
    return null;
  }
}

/** The JSON value of a key; null where there is none or it is invalid. */
export function readStored(storage: TextStorage | null, key: string): unknown {
  try {
    return JSON.parse(storage?.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** Writes a value; a failure, for want of space say, is ignored. */
export function writeStored(storage: TextStorage | null, key: string, value: unknown): void {
  try {
    storage?.setItem(key, JSON.stringify(value));
  } catch {
    // The value is not stored, which is harmless.
  }
}

/** The strings of a stored list; any other value is ignored. */
export function readStoredTexts(storage: TextStorage | null, key: string): string[] {
  const value = readStored(storage, key);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
