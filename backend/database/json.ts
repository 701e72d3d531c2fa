/**
 * Text and JSON that PostgreSQL cannot store: NUL, and lone surrogates. A column of type `json`
 * accepts both as escapes, but then cannot be read as `jsonb`.
 *
 * @module
 */

/** Text without NUL, and with U+FFFD for each lone surrogate. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/**
 * JSON of a value whose texts and keys are all {@link storable}; `null` for a value without JSON.
 */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, storableValue) ?? 'null';
}

/**
 * Replacer of `JSON.stringify`. It edits values, never JSON text, in which `\\u0000` may be no NUL.
 */
function storableValue(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (keys.every((key) => isStorable(key))) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), inner]));
}

/** True if {@link storable} changes no text or key in a value of at most `levels`. */
export function isStorable(value: unknown, levels: number = Infinity): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 &&
    Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner, levels - 1));
}
