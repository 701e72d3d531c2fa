/**
 * Text and JSON that PostgreSQL cannot hold: NUL, and halves of surrogate pairs. A column of type
 * `json` takes both as escapes, and refuses to be read as `jsonb` ever after.
 *
 * @module
 */

/** Text without NUL, and with U+FFFD in the place of half a surrogate pair. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** JSON of a value whose texts and keys are all {@link storable}; `null` for what JSON has none of. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, storableValue) ?? 'null';
}

/** Replacer of `JSON.stringify`: JSON text itself is never edited, for `\\u0000` is no NUL there. */
function storableValue(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (keys.every((key) => isStorable(key))) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), inner]));
}

/** Whether {@link storable} changes nothing of any text or key in a value of at most `levels`. */
export function isStorable(value: unknown, levels: number = Infinity): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 &&
    Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner, levels - 1));
}
